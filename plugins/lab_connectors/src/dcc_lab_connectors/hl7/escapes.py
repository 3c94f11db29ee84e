r"""Escape sequences of text fields (HL7 v2.5 §2.7): `\F\ \S\ \T\ \R\ \E\ \.br\ \X0D\ \H\ \N\`."""

import re

from dcc_lab_connectors.hl7.delimiters import Delimiters

_LINE_BREAKS = {".br", ".sp", ".ce"}
_HIGHLIGHT = {"H", "N"}
_HEX = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")


def unescape(text: str, delimiters: Delimiters, codec: str = "utf-8") -> str:
    """Resolve the escape sequences of `text`; one that we do not know stays as it was received."""
    mark = delimiters.escape
    pattern = re.escape(mark) + r"([^" + re.escape(mark) + r"\r\n]{1,64})" + re.escape(mark)
    return re.sub(pattern, lambda match: _resolve(match, delimiters, codec), text)


def _resolve(match: re.Match[str], delimiters: Delimiters, codec: str) -> str:
    name = match[1]
    separators = {
        "F": delimiters.field,
        "S": delimiters.component,
        "T": delimiters.subcomponent,
        "R": delimiters.repetition,
        "E": delimiters.escape,
    }
    if name in separators:
        return separators[name]
    if name.split("+")[0].strip() in _LINE_BREAKS:
        return "\n"
    if name in _HIGHLIGHT:
        return ""
    if hexadecimal := _HEX.fullmatch(name):
        return bytes.fromhex(hexadecimal[1]).decode(codec, "replace")
    return match[0]


def escape(text: str, delimiters: Delimiters) -> str:
    """Write `text` so that no separator and no line end of it is read as structure."""
    mark = delimiters.escape
    names = {
        mark: "E",
        delimiters.field: "F",
        delimiters.component: "S",
        delimiters.subcomponent: "T",
        delimiters.repetition: "R",
        "\r": "X0D",
        "\n": ".br",
    }
    return "".join(f"{mark}{names[c]}{mark}" if c in names else c for c in text)
