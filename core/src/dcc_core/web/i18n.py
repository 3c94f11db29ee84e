"""Message catalogues: sentences are written in French in the source and translated at display.

The French text is the key, so a region in French needs no catalogue; another language is a ``.po``
file in ``locales/<language>/messages.po``, read at the first page in that language. An untranslated
sentence stays in French: it is shown rather than lost.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from gettext import NullTranslations
from importlib.resources import files
from io import BytesIO

from markupsafe import Markup

SOURCE = "fr"
LANGUAGES = ("fr", "en")
_locale: ContextVar[str] = ContextVar("dcc_locale", default=SOURCE)


def current_locale() -> str:
    """Return the language of the page at hand."""
    return _locale.get()


@contextmanager
def use_locale(locale: str) -> Iterator[None]:
    """Write the pages of the block in this language."""
    token = _locale.set(locale if locale in LANGUAGES else SOURCE)
    try:
        yield
    finally:
        _locale.reset(token)


def later(message: str) -> str:
    """Mark a sentence of a table, which ``gettext`` translates when it is shown."""
    return message


def gettext(message: str) -> str:
    """Return a sentence in the language of the page at hand."""
    return _catalogue(current_locale()).gettext(message)


def ngettext(singular: str, plural: str, count: int) -> str:
    """Return the singular or plural sentence for a count; French counts zero as singular."""
    if current_locale() == SOURCE:
        return singular if abs(count) < 2 else plural
    return _catalogue(current_locale()).ngettext(singular, plural, count)


def say(message: str, **values: object) -> Markup:
    """Return a sentence for a template; ``%(name)s`` takes a value, escaped, and ``%%`` a sign."""
    if values:
        return Markup(gettext(message)) % values  # noqa: S704 - our own sentence
    return _said(current_locale(), message)


def say_number(singular: str, plural: str, num: int, **values: object) -> Markup:
    """Return a sentence for a template, singular or plural; ``%(num)d`` takes the count."""
    chosen = Markup(ngettext(singular, plural, num))  # noqa: S704 - our own sentence
    return chosen % {"num": num, **values}


@lru_cache(maxsize=4096)
def _said(locale: str, message: str) -> Markup:
    return Markup(_catalogue(locale).gettext(message)) % {}  # noqa: S704 - our own sentence


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(locale: str) -> NullTranslations:
    if locale == SOURCE:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    source = files("dcc_core.web") / "locales" / locale / "messages.po"
    compiled = BytesIO()
    with source.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=locale))
    compiled.seek(0)
    return Translations(compiled)
