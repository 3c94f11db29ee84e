"""Writing XML as text: escaped by construction, the same input always giving the same bytes."""

import re
from collections.abc import Iterable

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_ATTRIBUTE_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": " ", "\t": " "}
)
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufeff\ufffe\uffff]")


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
            key = "xsi:type" if key == "xsi_type" else key
            opening += f' {key}="{clean(value).translate(_ATTRIBUTE_ESCAPES)}"'
    inside = "".join(
        part if isinstance(part, Xml) else clean(part).translate(_ESCAPES)
        for part in content
        if part
    )
    return Xml(f"<{opening}>{inside}</{name}>" if inside else f"<{opening}/>")


def join(parts: Iterable[Xml]) -> Xml:
    """Return fragments set one after the other."""
    return Xml("".join(parts))
