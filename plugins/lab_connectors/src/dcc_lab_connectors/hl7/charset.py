"""Character sets: what MSH-18 declares, and what the bytes really are.

Source: HL7 v2.5 table 0211; PAM-FR 2.11 and the CI-SIS volets use `8859/1`, `8859/15` and `UNICODE
UTF-8`.
"""

from dataclasses import dataclass

_CODECS = {
    "": ("utf-8", "cp1252"),
    "ASCII": ("utf-8", "cp1252"),
    "8859/1": ("iso8859-1", "cp1252"),
    "8859/15": ("iso8859-15", "cp1252"),
    "UNICODE UTF-8": ("utf-8", "cp1252"),
    "UNICODE": ("utf-8", "cp1252"),
}
_CONTROL_BYTES = bytes(range(0x80, 0xA0))


@dataclass(frozen=True, slots=True)
class Charset:
    """Codec that reads the message; `suspect` when it is not the one the sender declared."""

    codec: str
    suspect: bool = False

    def decode(self, data: bytes) -> str:
        """Text of `data`.

        A byte that means nothing becomes U+FFFD, the stored bytes stay untouched.
        """
        return data.decode(self.codec, "replace")

    def encode(self, text: str) -> bytes:
        """Bytes of `text`; a character outside the charset becomes `?`."""
        return text.encode(self.codec, "replace")


def declared_codec(declared: str) -> str | None:
    """Codec that a value of MSH-18 names, None when it names none."""
    codec, _ = _CODECS.get(declared.strip().upper(), (None, None))
    return codec


def detect_charset(raw: bytes, declared: str) -> Charset:
    """Choose the codec that reads `raw`, starting from the value of MSH-18.

    Senders mix 8859/1, 8859/15 and UTF-8 up. Two facts decide: bytes that are not valid UTF-8 are
    not UTF-8, and French text in an 8859 charset is practically never valid UTF-8. A wrong choice
    cannot harm: names read wrong do not match, and the message goes to quarantine.
    """
    label = declared.strip().upper()
    known = label in _CODECS
    codec, fallback = _CODECS.get(label, ("utf-8", "cp1252"))
    if raw.isascii():
        return Charset(codec, suspect=not known)
    if _is_utf8(raw):
        return Charset("utf-8", suspect=not known or codec != "utf-8")
    if codec == "utf-8":
        return Charset(_readable(raw, fallback), suspect=label not in {"", "ASCII"} or not known)
    if raw.translate(None, _CONTROL_BYTES) != raw:
        return Charset(_readable(raw, fallback), suspect=True)
    return Charset(codec)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _readable(raw: bytes, codec: str) -> str:
    """`codec` if it has a character for each byte, else Latin-1, which always has one."""
    try:
        raw.decode(codec)
    except UnicodeDecodeError:
        return "iso8859-1"
    return codec
