"""Writing XML as text: escaped by construction, the same input always giving the same bytes."""

import re
from collections.abc import Iterable

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\t": " "}
)
_TEXT_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")
_needs_care = re.compile('[&<>"\x00-\x1f\ud800-\udfff\ufeff\ufffe\uffff]').search
"""Most values are codes and identifiers that need nothing: one look is cheaper than two passes."""


_NAMES = {"xsi_type": "xsi:type"}


class Xml(str):
    """A well-formed fragment; a plain ``str`` given as content is escaped, an ``Xml`` is not."""

    __slots__ = ()


def clean(text: str) -> str:
    """Return text as XML 1.0 can hold it: line ends normalised, forbidden characters and byte-order
    marks dropped.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _FORBIDDEN.sub("", text)


def element(name: str, *content: str | None, **attributes: str | None) -> Xml:
    """Return one element. None is skipped, in content and in attributes alike; ``xsi_type`` stands
    for ``xsi:type``.
    """
    opening = name
    for key, value in attributes.items():
        if value is not None:
            opening += f' {_NAMES.get(key, key)}="{quoted(value)}"'
    inside = "".join([part if type(part) is Xml else escaped(part) for part in content if part])
    return Xml(f"<{opening}>{inside}</{name}>" if inside else f"<{opening}/>")


def quoted(value: str) -> str:
    """Return text as the value of an attribute holds it."""
    return clean(value).translate(_ESCAPES) if _needs_care(value) else value


def escaped(text: str) -> str:
    """Return text as the content of an element holds it."""
    return clean(text).translate(_TEXT_ESCAPES) if _needs_care(text) else text


def join(parts: Iterable[str]) -> Xml:
    """Return fragments, each already well-formed, set one after the other."""
    return Xml("".join(parts))
