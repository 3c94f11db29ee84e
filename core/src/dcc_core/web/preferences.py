"""Choices of one browser: theme, language, single-letter shortcuts. No account, no database."""

from dataclasses import dataclass

from dcc_core.web.envelope import AnyRequest

THEME_COOKIE = "dcc_theme"
KEYS_COOKIE = "dcc_keys"
LANGUAGE_COOKIE = "dcc_language"
THEMES = ("system", "light", "dark")
ONE_YEAR_S = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Preferences:
    """How this browser wants its pages.

    Attributes:
        theme: ``light``, ``dark`` or ``system``.
        has_letter_keys: Whether shortcuts of a single letter are active (WCAG 2.1.4).
    """

    theme: str = "system"
    has_letter_keys: bool = True


def preferences_of(request: AnyRequest) -> Preferences:
    """Return what the cookies of the browser say; an unknown value counts as not given."""
    theme = request.cookies.get(THEME_COOKIE, "")
    return Preferences(
        theme=theme if theme in THEMES else "system",
        has_letter_keys=request.cookies.get(KEYS_COOKIE) != "off",
    )
