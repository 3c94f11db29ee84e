"""Refuse answers from which no sound region can be made, with the reason and the remedy."""

import re
import sys
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

SLUG = "{{ cookiecutter.slug }}"
TIMEZONE = "{{ cookiecutter.timezone }}"
ACCENT, ACCENT_ON = "{{ cookiecutter.accent }}", "{{ cookiecutter.accent_on }}"
SETTINGS = """{{ cookiecutter.settings }}"""
ESTABLISHMENTS = """{{ cookiecutter.establishments }}"""
MIN_CONTRAST = 4.5
ESTABLISHMENT = re.compile(
    r"[0-9][0-9AB][0-9]{7}\s*=\s*[^\s@][^@]*(@\s*[0-2](\.(0|[1-9][0-9]*))+)?"
)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2, definition)."""
    channels = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio of two colours (WCAG 2.2, 1.4.3)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def refusals() -> list[str]:
    """Return what is wrong with the answers, each with its remedy."""
    found = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{1,39}", SLUG):
        found.append(
            f"Le nom court {SLUG!r} ne convient pas : 2 à 40 lettres minuscules sans accent,"
            " chiffres ou _, une lettre en premier."
        )
    try:
        ZoneInfo(TIMEZONE)
    except (ZoneInfoNotFoundError, ValueError):
        found.append(f"Le fuseau {TIMEZONE!r} est inconnu : écrivez par exemple Europe/Paris.")
    colours = [c for c in (ACCENT, ACCENT_ON) if not re.fullmatch(r"#[0-9a-fA-F]{6}", c)]
    if colours:
        found.append(f"La couleur {colours[0]!r} ne s'écrit pas #rrggbb.")
    elif contrast(ACCENT, ACCENT_ON) < MIN_CONTRAST:
        found.append(
            f"Le contraste entre {ACCENT} et {ACCENT_ON} est de {contrast(ACCENT, ACCENT_ON):.1f} :"
            " il en faut 4,5. Foncez la couleur ou changez celle du texte."
        )
    chosen = filter(None, (part.strip() for part in SETTINGS.split(";")))
    found += [
        f"Le réglage {each!r} ne s'écrit pas greffon.clé=valeur."
        for each in chosen
        if not re.fullmatch(r'[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*\s*=[^"\\]+', each)
    ]
    found += [
        f"Le réglage {each!r} ressemble à un secret : il a sa place dans un fichier, pas ici."
        for each in SETTINGS.split(";")
        if re.search(r"secret|password|token", each.partition("=")[0])
    ]
    entries = filter(None, (part.strip() for part in ESTABLISHMENTS.split(";")))
    return found + [
        f"L'établissement {entry!r} ne s'écrit pas FINESS=Nom (9 caractères), puis, si ses numéros"
        " de patient désignent des dossiers, @OID (1.2.250…)."
        for entry in entries
        if not ESTABLISHMENT.fullmatch(entry)
    ]


problems = refusals()
for problem in problems:
    print(problem, file=sys.stderr)
sys.exit(1 if problems else 0)
