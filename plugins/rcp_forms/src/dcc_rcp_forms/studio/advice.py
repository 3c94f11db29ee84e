"""What the editor knows beside the linter: mends offered in one click, words to complete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dcc_rcp_forms.expressions.functions import function_names
from dcc_rcp_forms.language import vocabulary as v
from dcc_rcp_forms.language.issues import Issue
from dcc_rcp_forms.language.vocabulary import Keyword
from dcc_rcp_forms.linter.slots import FIELD_SLOTS

_MEANT = re.compile(r"Vouliez-vous dire « (.+?) » \?")
_NUMBER = re.compile(r"Écrivez version: (\S+?)\.$")


@dataclass(frozen=True, slots=True)
class Mend:
    """A replacement in the text; lines and columns count from 1, columns in characters.

    Attributes:
        was: what stands there; a text that moved on is not touched.
    """

    line: int
    column: int
    was: str
    text: str


def mend_of(issue: Issue, lines: list[str]) -> Mend | None:
    """Return the replacement that a finding suggests, when it is certain where it goes."""
    place = issue.place
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    if number := _NUMBER.search(issue.remedy):
        return _version_mend(number[1], lines)
    meant = _MEANT.search(issue.remedy)
    written = line[place.column - 1 : place.column - 1 + place.length]
    if meant is None or not written or f"« {written} »" not in issue.fact:
        return None
    return Mend(place.line, place.column, written, meant[1])


def _version_mend(number: str, lines: list[str]) -> Mend | None:
    for rank, line in enumerate(lines, 1):
        if match := re.match(r"version:\s*(\S+)", line):
            return Mend(rank, match.start(1) + 1, match[1], number)
    return None


def words_to_complete() -> dict[str, Any]:
    """Return what the editor offers: keywords by kind of group, functions, national slots."""
    return {
        "groups": {
            "fiche": _words(v.FORM_KEYWORDS),
            "section": _words(v.SECTION_KEYWORDS),
            "champ": _words(v.FIELD_KEYWORDS),
            "alerte": _words(v.ALERT_KEYWORDS),
            "essai": _words(v.EXAMPLE_KEYWORDS),
            "bloc": _words(v.BLOCK_KEYWORDS),
            "cas": _words(v.CASE_KEYWORDS),
            "contrôle": _words(v.CHECK_KEYWORDS),
            "fraîcheur": _words(v.FRESHNESS_KEYWORDS),
            "rcp": _words(v.RCP_KEYWORDS),
            "migration": _words(v.MIGRATION_KEYWORDS),
            "phase": _words(v.PHASE_KEYWORDS),
        },
        "functions": sorted(function_names()),
        "slots": list(FIELD_SLOTS),
    }


def _words(keywords: Mapping[str, Keyword]) -> dict[str, dict[str, Any]]:
    return {
        name: {"help": keyword.help, "options": list(keyword.options), "rule": _is_rule(keyword)}
        for name, keyword in keywords.items()
    }


def _is_rule(keyword: Keyword) -> bool:
    return keyword.shape in {v.Shape.RULE, v.Shape.YES_NO_OR_RULE}
