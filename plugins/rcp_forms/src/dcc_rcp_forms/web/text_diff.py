"""Two texts side by side: the lines that differ, with a little around them."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

_AROUND = 2
_MAX_LINES = 400


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line of a comparison: `kind` is added, removed, same or gap."""

    kind: str
    text: str


def differing_lines(before: str, after: str) -> list[DiffLine]:
    """Return the lines that differ, and two around each; the rest is a gap."""
    old, new = before.split("\n"), after.split("\n")
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    found: list[DiffLine] = []
    for group in matcher.get_grouped_opcodes(_AROUND):
        if found:
            found.append(DiffLine("gap", "…"))
        for tag, a, b, c, d in group:
            found += _lines(tag, old[a:b], new[c:d])
    return found[:_MAX_LINES]


def _lines(tag: str, before: list[str], after: list[str]) -> Iterator[DiffLine]:
    if tag == "equal":
        yield from (DiffLine("same", line) for line in before)
        return
    yield from (DiffLine("removed", line) for line in before)
    yield from (DiffLine("added", line) for line in after)
