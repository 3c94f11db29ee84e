"""Documents inside a message: OBX-5 of type ED, base64 or text."""

import base64
import binascii
import re
from dataclasses import dataclass
from enum import StrEnum

from dcc_lab_connectors.hl7.message import Field

_BLANKS = re.compile(rb"\s+")


class Defect(StrEnum):
    """Why a payload is not as the standard wants it."""

    PADDING_ADDED = "padding_added"
    NOT_BASE64 = "not_base64"
    UNKNOWN_ENCODING = "unknown_encoding"
    EMPTY = "empty"
    FILE_MISSING = "file_missing"
    OTHER_TYPE = "other_type"


UNKNOWN_TYPE = "application/octet-stream"
_SIGNATURES = {
    "application/pdf": b"%PDF-",
    "text/xml": b"<",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG",
    "text/rtf": b"{\\rtf",
}


@dataclass(frozen=True, slots=True)
class Payload:
    """A decoded document.

    `content` is None when nothing readable can be made of it; the message keeps the field.
    """

    media_type: str
    content: bytes | None
    defect: Defect | None = None

    @property
    def actual_type(self) -> str:
        """The stated media type when the bytes bear it out, else unknown."""
        signature = _SIGNATURES.get(self.media_type, b"")
        is_borne_out = signature in (self.content or b"")[:1024]
        return self.media_type if is_borne_out else UNKNOWN_TYPE

    @property
    def is_readable(self) -> bool:
        """Whether there is a document to show."""
        return self.content is not None


_MEDIA_TYPES = {
    "PDF": "application/pdf",
    "XML": "text/xml",
    "JPEG": "image/jpeg",
    "JPG": "image/jpeg",
    "PNG": "image/png",
    "TIFF": "image/tiff",
    "RTF": "text/rtf",
    "HTML": "text/html",
}


def decode_payload(field: Field) -> Payload:
    """Read an ED field: application ^ type ^ subtype ^ encoding ^ data (HL7 v2.5 §2.A.24)."""
    subtype = field.component(3).value.upper()
    media_type = _MEDIA_TYPES.get(subtype, "text/plain")
    encoding = field.component(4).value.upper()
    data = field.component(5)
    if not data:
        return Payload(media_type, None, Defect.EMPTY)
    if encoding == "BASE64":
        return decode_base64(data, media_type)
    if encoding in {"A", "8BIT", ""}:
        return Payload(media_type, data.text.encode())
    if encoding == "HEX":
        return _decode_hexadecimal(data, media_type)
    return Payload(media_type, None, Defect.UNKNOWN_ENCODING)


def decode_base64(data: Field, media_type: str) -> Payload:
    """Decode base64, adding the padding that some senders forget.

    Line ends and HL7 line breaks inside are dropped. A length of 4n+1 means that characters were
    cut: nothing is guessed and the document is unreadable.
    """
    raw = data.raw
    if data.grammar.delimiters.escape.encode() in raw:
        raw = data.text.encode()
    compact = _BLANKS.sub(b"", raw)
    bare = compact.rstrip(b"=")
    missing = -len(bare) % 4
    if missing == 3:
        return Payload(media_type, None, Defect.NOT_BASE64)
    try:
        content = base64.b64decode(bare + b"=" * missing, validate=True)
    except binascii.Error:
        return Payload(media_type, None, Defect.NOT_BASE64)
    padded = len(compact) - len(bare) >= missing
    return Payload(media_type, content, None if padded else Defect.PADDING_ADDED)


def _decode_hexadecimal(data: Field, media_type: str) -> Payload:
    try:
        return Payload(media_type, bytes.fromhex(data.value))
    except ValueError:
        return Payload(media_type, None, Defect.UNKNOWN_ENCODING)
