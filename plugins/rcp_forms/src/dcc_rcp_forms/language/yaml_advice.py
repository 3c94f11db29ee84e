"""Translate YAML syntax errors into advice a form author can act on."""

import re

from ruamel.yaml.error import MarkedYAMLError

from dcc_rcp_forms.language.issues import Findings, Place

Advice = tuple[str, str]

_TAB = ("Une tabulation sert d'indentation.", "Remplacez-la par des espaces.")
_COLON = (
    "Deux-points en trop, ou ligne mal alignée.",
    "Mettez la valeur entre guillemets si elle contient « : », ou alignez la ligne.",
)
_QUOTE = (
    "Un guillemet est ouvert et n'est jamais refermé.",
    "Refermez-le ; un texte avec une apostrophe demande des guillemets doubles.",
)
_TEXT_AFTER_QUOTE = (
    "Du texte suit un guillemet fermant.",
    "Mettez toute la valeur entre guillemets, ou retirez-les.",
)
_OPEN_BRACE = (
    "Une accolade ou un crochet n'est pas refermé, ou une virgule manque.",
    "Comptez les { } et les [ ], et séparez les éléments par des virgules.",
)
_INDENT = (
    "Cette ligne n'est pas alignée avec les précédentes.",
    "Donnez-lui exactement le même nombre d'espaces que les lignes du même niveau.",
)
_SIGN = (
    "La valeur commence par un signe réservé.",
    "Mettez la valeur entre guillemets.",
)
_DASH = (
    "Un tiret de liste est placé sur la même ligne que sa clé.",
    "Allez à la ligne après les deux-points, ou écrivez la liste entre crochets.",
)
_ESCAPE = (
    "La barre oblique inverse « \\ » est interprétée entre guillemets doubles.",
    "Doublez-la (« \\\\ ») ou utilisez des guillemets simples.",
)
_SIMPLE_KEY = (
    "Il manque les deux-points après une clé, ou une valeur déborde sur la ligne suivante.",
    "Écrivez « clé: valeur », avec une espace après les deux-points.",
)
_UNKNOWN = (
    "La structure YAML est rompue ici.",
    "Comparez cette ligne et la précédente avec un champ qui fonctionne.",
)

_VALUE_QUOTE = re.compile(r"""(?:^\s*-?\s*|[:,\[{]\s*)(['"])""")
_CLOSING = {"'": re.compile(r"(?<!')'(?!')|''(?=\s*[,}\]])"), '"': re.compile(r'(?<!\\)"')}

# Problem texts of libyaml first, then those of the pure Python scanner.
_RULES: tuple[tuple[str, Advice], ...] = (
    (r"mapping values are not allowed", _COLON),
    (r"sequence entries are not allowed", _DASH),
    (r"unexpected end of stream|document separator", _QUOTE),
    (r"unknown escape|escape character|hexdecimal|Unicode character escape", _ESCAPE),
    (r"did not find expected ',' or|expected ',' or", _OPEN_BRACE),
    (r"could not find expected ':'", _SIMPLE_KEY),
    (r"comment or line break|chomping or indentation|cannot start any token", _SIGN),
    (r"did not find expected '-'", _INDENT),
    (r"expected key|<block end>|<document start>|invalid indentation|unindent", _INDENT),
    (r"expected the node content|did not find expected node", _SIGN),
    (r"alphabetic or numeric", _SIGN),
    (r"directive", _SIGN),
)


def explain_syntax_error(error: MarkedYAMLError, text: str, file: str, findings: Findings) -> None:
    """Record the French explanation of a syntax error at the place the author must correct."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    line = min(line, len(lines) - 1)
    fact, remedy = _advice(str(error.problem), lines[line], column)
    opening = error.context_mark
    if opening and (quote := _open_quote(lines, opening.line, line)):
        (line, column), (fact, remedy) = quote, _QUOTE
    elif opening and fact in {_QUOTE[0], _OPEN_BRACE[0]}:
        line, column = opening.line, opening.column
    findings.error("FRM-005", Place(file, line + 1, column + 1), fact, remedy)


def _open_quote(lines: list[str], first: int, last: int) -> tuple[int, int] | None:
    """Find a value that opens a quote and does not close it on its line."""
    for number in range(first, last + 1):
        column = _unclosed(lines[number])
        if column is not None:
            return number, column
    return None


def _unclosed(line: str) -> int | None:
    position = 0
    while match := _VALUE_QUOTE.search(line, position):
        start = match.start(1)
        closing = _CLOSING[match[1]].search(line, start + 1)
        if closing is None:
            return start
        position = closing.end()
    return None


def _advice(problem: str, line: str, column: int) -> Advice:
    if re.match(r"\s*\t", line):
        return _TAB
    if "expected key" in problem and re.search(r"""(['"])[^'"]*\1\s*\S*$""", line[: column + 1]):
        return _TEXT_AFTER_QUOTE
    for pattern, advice in _RULES:
        if re.search(pattern, problem):
            return advice
    return _UNKNOWN
