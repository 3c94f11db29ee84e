"""Parts of the shell drawn once: they are alike for everybody with the same rights."""

from collections.abc import Callable, Hashable

from markupsafe import Markup

MAX_PARTS = 2000
"""More than the menus of a region times its combinations of roles."""


class ShellParts:
    """What was drawn, by what decides how it looks; forgotten together when there is too much."""

    def __init__(self) -> None:
        self._drawn: dict[Hashable, Markup] = {}

    def get(self, key: Hashable, draw: Callable[[], str]) -> Markup:
        """Return the part of this key, drawn now unless it was before."""
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) >= MAX_PARTS:
                self._drawn.clear()
            found = self._drawn[key] = Markup(draw())  # noqa: S704 - drawn with autoescape
        return found
