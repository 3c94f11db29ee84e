"""What a file is, told from its bytes; what a sender calls it is only checked against that."""

import re

PDF, PNG, JPEG, ZIP = "application/pdf", "image/png", "image/jpeg", "application/zip"
XML, RTF, TEXT = "text/xml", "text/rtf", "text/plain"
ACCEPTED = frozenset({PDF, PNG, JPEG, ZIP, XML, RTF, TEXT})

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"PK\x03\x04", ZIP),
    (b"{\\rtf", RTF),
)
_ALIASES = {"application/xml": XML, "application/rtf": RTF, "image/jpg": JPEG}
_UNSTATED = frozenset({"", "application/octet-stream"})
_MARKUP = re.compile(rb"\s*<(?:[?!]|[A-Za-z_])")
_BROWSER_MARKUP = re.compile(rb"<(?:[\w.-]+:)?(?:svg|html|script|iframe)[\s>/]", re.IGNORECASE)
_PDF_ACTIVE = re.compile(
    rb"/(?:JavaScript|JS|Launch|RichMedia|XFA|EmbeddedFile|GoToR|SubmitForm|ImportData)\b"
)
_PDF_HEX_NAME = re.compile(rb"#([0-9A-Fa-f]{2})")
_BOM = b"\xef\xbb\xbf"


def detect_media_type(content: bytes) -> str | None:
    """Return the media type that the bytes show, None when it is none of those accepted.

    Markup that a browser would run (HTML, SVG) is not accepted, whatever it is called.
    """
    head = content[:1024].removeprefix(_BOM)
    if b"%PDF-" in head:
        return PDF
    for magic, media_type in _MAGIC:
        if head.startswith(magic):
            return media_type
    if _MARKUP.match(head):
        return None if _BROWSER_MARKUP.search(content) else XML
    return TEXT if _is_text(content) else None


def agrees(declared: str, detected: str) -> bool:
    """Tell whether what the sender says is compatible with what the bytes show."""
    plain = declared.partition(";")[0].strip().lower()
    if plain in _UNSTATED:
        return True
    if detected == TEXT:
        return plain.startswith(("text/", "x-application/hl7-v2")) and plain != "text/html"
    return _ALIASES.get(plain, plain) == detected


def is_safe_inline(content: bytes, media_type: str) -> bool:
    """Tell whether a browser may show it on our pages; otherwise it is only downloaded."""
    if media_type in {PNG, JPEG, TEXT}:
        return True
    return media_type == PDF and not _PDF_ACTIVE.search(_plain_names(content))


def _plain_names(content: bytes) -> bytes:
    """Undo the ``#4A`` escapes by which a PDF name may hide (ISO 32000-1, 7.3.5)."""
    return _PDF_HEX_NAME.sub(lambda match: bytes([int(match.group(1), 16)]), content)


def _is_text(content: bytes) -> bool:
    """Tell text, in any encoding that labs use, by its lack of control bytes but layout's."""
    allowed = {9, 10, 11, 12, 13, 27, 28}
    return not any(byte < 32 and byte not in allowed for byte in set(content))
