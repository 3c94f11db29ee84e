"""Find the source place of one character of a scalar, through quotes, escapes and folded lines."""

from dcc_rcp_forms.language.issues import Place
from dcc_rcp_forms.language.nodes import Scalar

_ESCAPES = {"n": "\n", "t": "\t", "0": "\0"}


def place_in_scalar(scalar: Scalar, offset: int, length: int = 1) -> Place:
    """Return the place of `scalar.text[offset]` in the file.

    Args:
        scalar: the value an expression was read from.
        offset: index in the text; the end of the text when beyond it.
        length: number of characters to underline.
    """
    raw_offset = _raw_offset(scalar, offset)
    before = scalar.raw[:raw_offset]
    line = scalar.place.line + before.count("\n")
    start = -before.rfind("\n") if "\n" in before else scalar.place.column
    column = start + raw_offset
    return Place(scalar.place.file, line, column, max(1, length))


def _raw_offset(scalar: Scalar, offset: int) -> int:
    raw, text = scalar.raw, scalar.text
    position = 0 if scalar.is_plain else 1
    if raw.startswith(("|", ">")):
        position = raw.find("\n") + 1
    for char in text[:offset]:
        position = _skip_to(raw, position, char) + 1
    if offset < len(text):
        position = _skip_to(raw, position, text[offset])
    return min(position, len(raw))


def _skip_to(raw: str, position: int, char: str) -> int:
    """Return the index of the raw character that stands for `char`, at or after `position`.

    A folded line break stands for a space; a doubled quote or a backslash is skipped.
    """
    for index in range(position, len(raw)):
        found = raw[index]
        if found == char or (found == "\n" and char == " "):
            return index
        if index and raw[index - 1] == "\\" and _ESCAPES.get(found) == char:
            return index
    return position
