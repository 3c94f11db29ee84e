"""Marks that a page repeats on every row, worked out once per language."""

from collections.abc import Callable
from functools import lru_cache

from markupsafe import Markup

from dcc_core.hooks.contracts.identity import IdentityStatus
from dcc_core.web.i18n import current_locale, gettext, later

_MARK = Markup('<span class="ins ins-{}">{}{}</span>')
_SHAPES = {
    IdentityStatus.QUALIFIED: (
        "qualifiee",
        "shield-check",
        later("Qualifiée"),
        later("Identité qualifiée"),
    ),
    IdentityStatus.VALIDATED: (
        "validee",
        "badge-check",
        later("Validée"),
        later("Identité validée"),
    ),
    IdentityStatus.RETRIEVED: (
        "recuperee",
        "download",
        later("Récupérée"),
        later("Identité récupérée"),
    ),
    IdentityStatus.PROVISIONAL: (
        "provisoire",
        "shield-question-mark",
        "Provisoire",
        later("Identité provisoire"),
    ),
}


def sex_shown(value: str) -> str:
    """Return a sex as it stands in a list."""
    return gettext("non renseigné") if value == "U" else value


def identity_marks(icon: Callable[[str], Markup]) -> Callable[..., Markup]:
    """Return the function that draws a status of trust: shape, icon, word and colour."""

    @lru_cache(maxsize=64)
    def drawn(_locale: str, status: str, full: bool) -> Markup:
        name, symbol, short, whole = _SHAPES[IdentityStatus(status)]
        return _MARK.format(name, icon(symbol), gettext(whole if full else short))

    def mark(status: str, *, full: bool = False) -> Markup:
        return drawn(current_locale(), str(status), full)

    return mark
