"""Version numbers: their order, and the lines that versions of one form follow.

A national form is numbered `2.1.0`. A region that adapts it keeps the number of its base and counts
its own versions behind it, `2.1.0+mq.3`; versions of one form with one mark are one line.
"""

import re

_INFINITE = 10**9
_NUMBER = re.compile(r"\d{1,6}\.\d{1,6}\.\d{1,6}(\+[a-z0-9]+(\.\d{1,6})*)?", re.ASCII)


def is_version(text: str) -> bool:
    """Tell whether a text is a version number; a file may hold anything there."""
    return _NUMBER.fullmatch(text) is not None


def version_key(version: str) -> tuple[int, ...]:
    """Order versions, marks left out; `x` stands for any number and comes last."""
    parts = [*version.partition("+")[0].split("."), "x", "x"][:3]
    return tuple(_INFINITE if part == "x" else int(part) for part in parts)


def line_of(version: str) -> str:
    """Return the mark of a version, `mq` for `2.1.0+mq.3`; empty for a national one."""
    return version.partition("+")[2].partition(".")[0]


def regional_number(version: str) -> int:
    """Return the last number behind the mark, 0 when there is none."""
    number = version.partition("+")[2].rpartition(".")[2]
    return int(number) if number.isdecimal() else 0


def version_order(version: str) -> tuple[tuple[int, ...], str, int]:
    """Order versions whole, a national one before those that adapt it."""
    return version_key(version), line_of(version), regional_number(version)
