"""Explain a syntax fault in an expression the way a colleague would."""

import re
from dataclasses import dataclass

from lark.exceptions import UnexpectedInput


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """Why an expression cannot be read, and where: `at` is an offset in its text."""

    code: str
    at: int
    fact: str
    remedy: str
    length: int = 1


# Habits brought from spreadsheets, survey tools and programming languages.
_HABITS: tuple[tuple[str, str, str], ...] = (
    (r"==+", "Le signe « == » n'existe pas.", "Écrivez « = »."),
    (r"=[<>]", "Ce signe est à l'envers.", "Écrivez « ≤ » (ou <=) ou « ≥ » (ou >=)."),
    (r"&&?|\b(and|AND|Et|ET)\b", "Ce mot n'existe pas.", "Écrivez « et »."),
    (r"\|\|?|\b(or|OR|Ou|OU)\b", "Ce mot n'existe pas.", "Écrivez « ou »."),
    (r"\b(not|NOT|Non|NON)\b|!", "Ce mot n'existe pas.", "Écrivez « non » ou « ≠ »."),
    (
        r"\$\{[^}]*\}?|\[[^\]]*\]?",
        "Les champs s'écrivent sans signe autour.",
        "Écrivez le nom du champ seul.",
    ),
    (
        r"[«»“”„‘]",
        "Les guillemets typographiques ne sont pas admis dans une règle.",
        "Utilisez les guillemets droits ' ou \".",
    ),
    (
        r"\d[\d.,]*\s*%|%",
        "Une règle ne porte pas d'unité.",
        "Écrivez le nombre seul ; l'unité est celle du champ.",
    ),
    (
        r"\d[\d.,]*[^\W\d]\w*",
        "Une règle ne porte pas d'unité et un nom ne commence pas par un chiffre.",
        "Écrivez le nombre seul ; l'unité est celle du champ.",
    ),
    (r"\d+[.,]\d+[.,]\d+", "Ce nombre est mal écrit.", "Un seul signe décimal : 2,5 ou 2.5."),
    (r"\d{1,2}/\d{1,2}/\d{4}", "Une date s'écrit entre guillemets.", "Par exemple '15/03/2024'."),
    (
        r"\b(vide|vrai|faux|null|true|false)\b",
        "Ce mot n'existe pas.",
        "Écrivez « oui », « non » ou « n'est pas renseigné ».",
    ),
)

SPREADSHEET_FUNCTIONS = ("SI", "IF", "ET", "OU", "AND", "OR", "SOMME", "SUM", "NB", "RECHERCHEV")
SPREADSHEET_REMEDY = "Réécrivez-la avec les noms des champs, les mots et, ou, non, et max(…)."
_FORMULA = re.compile(rf"^\s*=|\b({'|'.join(SPREADSHEET_FUNCTIONS)})\s*\(|\$?[A-Z]{{1,2}}\$\d+")


def explain(error: UnexpectedInput, text: str) -> SyntaxFault:
    """Turn a parser error into a fact and a remedy."""
    if _FORMULA.search(text):
        return SyntaxFault(
            "FRM-207",
            0,
            "C'est une formule de tableur.",
            SPREADSHEET_REMEDY,
            len(text),
        )
    at = _offset(error, text)
    return (
        _unbalanced(text, at)
        or _habit(text, at)
        or _missing_end(text, at)
        or _chained(text, at)
        or SyntaxFault(
            "FRM-201",
            at,
            f"« {_word(text, at)} » n'est pas attendu ici.",
            "Il manque une valeur ou un mot (et, ou) juste avant, ou ce signe est en trop.",
            len(_word(text, at)),
        )
    )


def _offset(error: UnexpectedInput, text: str) -> int:
    is_end = getattr(getattr(error, "token", None), "type", "") == "$END"
    position = error.pos_in_stream
    return len(text) if is_end or position is None else position


def _habit(text: str, at: int) -> SyntaxFault | None:
    for pattern, fact, remedy in _HABITS:
        for match in re.finditer(pattern, text):
            if match.start() <= at <= match.end():
                written = match.group().strip()
                return SyntaxFault(
                    "FRM-201", match.start(), f"« {written} » : {fact}", remedy, len(written)
                )
    return None


def _unbalanced(text: str, at: int) -> SyntaxFault | None:
    bare = re.sub(r"'[^']*'|\"[^\"]*\"", lambda quoted: " " * len(quoted.group()), text)
    quote = re.search(r"""(?<!\bn)['"]""", bare)
    if quote:
        return SyntaxFault(
            "FRM-201",
            quote.start(),
            "Un guillemet n'est pas refermé.",
            "Ajoutez le guillemet fermant.",
        )
    if at >= len(text) and bare.count("(") > bare.count(")"):
        return SyntaxFault(
            "FRM-201", bare.rfind("("), "Une parenthèse n'est pas refermée.", "Ajoutez « ) »."
        )
    if at < len(text) and bare[at] == ")" and bare.count(")") > bare.count("("):
        return SyntaxFault("FRM-201", at, "Une parenthèse fermante est en trop.", "Retirez-la.")
    return None


def _missing_end(text: str, at: int) -> SyntaxFault | None:
    if at < len(text):
        return None
    if not text.strip():
        return SyntaxFault(
            "FRM-201", 0, "La règle est vide.", "Écrivez une condition ou retirez la clé."
        )
    return SyntaxFault(
        "FRM-201",
        len(text.rstrip()) - 1,
        "La règle s'arrête trop tôt.",
        "Ajoutez la valeur ou la condition qui manque à la fin.",
    )


def _chained(text: str, at: int) -> SyntaxFault | None:
    if text[at] in "<>≤≥=≠" and re.search(r"[<>≤≥=≠]\s*[\w.,']+\s*$", text[:at]):
        return SyntaxFault(
            "FRM-201",
            at,
            "Deux comparaisons ne s'enchaînent pas.",
            "Écrivez-les séparément avec « et » : x > 0 et x < 10.",
        )
    return None


def _word(text: str, at: int) -> str:
    match = re.match(r"\w+|\S", text[at:])
    return match.group() if match else text[at : at + 1]
