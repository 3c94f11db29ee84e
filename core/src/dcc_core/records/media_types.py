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
_ALIASES = {"application/rtf": RTF, "image/jpg": JPEG}
_UNSTATED = frozenset({"", "application/octet-stream"})
_KINDS_OF_XML = frozenset({XML, "application/xml", "application/cda+xml", "application/fhir+xml"})
_KINDS_OF_TEXT = (TEXT, "text/x-", "text/csv", "x-application/hl7-v2")
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


def settle_media_type(declared: str, detected: str) -> str | None:
    """Return the media type to keep: what the sender says when the bytes bear it out, since it may
    say more (a charset, a kind of XML); None when they contradict it.
    """
    stated = declared.strip().lower()
    base = _base(stated)
    if base in _UNSTATED or _ALIASES.get(base) == detected:
        return detected
    if detected == TEXT:
        return stated if base.startswith(_KINDS_OF_TEXT) else None
    if detected == XML:
        return stated if base in _KINDS_OF_XML else None
    return detected if base == detected else None


def is_safe_inline(content: bytes, media_type: str) -> bool:
    """Tell whether a browser may show it on our pages; otherwise it is only downloaded."""
    base = _base(media_type)
    if base in {PNG, JPEG, TEXT}:
        return True
    return base == PDF and not _PDF_ACTIVE.search(_plain_names(content))


def _base(media_type: str) -> str:
    return media_type.partition(";")[0].strip()


def _plain_names(content: bytes) -> bytes:
    """Undo the ``#4A`` escapes by which a PDF name may hide (ISO 32000-1, 7.3.5)."""
    return _PDF_HEX_NAME.sub(lambda match: bytes([int(match.group(1), 16)]), content)


def _is_text(content: bytes) -> bool:
    """Tell text, in any encoding that labs use, by its lack of control bytes but layout's."""
    allowed = {9, 10, 11, 12, 13, 27, 28}
    return not any(byte < 32 and byte not in allowed for byte in set(content))
