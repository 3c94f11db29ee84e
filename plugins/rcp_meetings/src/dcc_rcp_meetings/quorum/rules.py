"""What a quorum rule says, read from its JSON form and checked.

A rule is data: regional networks publish new versions without a developer. Its words are French
because experts write them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any

from dcc_core.api import InvalidInput
from dcc_rcp_meetings.directory.specialities import is_known


class Mode(StrEnum):
    """How somebody takes part in the discussion of a case."""

    ROOM = "présent"
    VIDEO = "visio"
    OPINION = "avis recueilli"


class Level(StrEnum):
    """Weight of a group: a missing recommended group is said, and changes nothing else."""

    MANDATORY = "obligatoire"
    RECOMMENDED = "recommandé"


@dataclass(frozen=True, slots=True)
class Group:
    """A competence the discussion needs.

    Attributes:
        codes: RPPS savoir-faire codes (TRE_R38 and others) without their ``G15_10/`` prefix: one
            competence has several codes, so never a single one. ``profession:21`` names a
            profession (TRE_G15).
        minimum: How many persons of the group must take part; one person counts for one group.
        modes: Ways of taking part that count.
    """

    key: str
    label: str
    codes: frozenset[str]
    minimum: int
    modes: frozenset[Mode]
    level: Level


@dataclass(frozen=True, slots=True)
class QuorumRule:
    """A version of a rule, in force from ``valid_from`` to ``valid_until`` included.

    Attributes:
        minimum_specialities: How many physicians of different specialities must be present, in the
            room or by video.
    """

    code: str
    version: str
    label: str
    source: str
    valid_from: date
    valid_until: date | None
    minimum_specialities: int
    groups: tuple[Group, ...]

    @property
    def reference(self) -> str:
        """Return code and version, as the proof quotes them."""
        return f"{self.code}@{self.version}"

    def is_in_force(self, day: date) -> bool:
        """Tell whether the rule applies to a session held that day."""
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def read_rule(raw: Mapping[str, Any]) -> QuorumRule:
    """Read a rule from its JSON form.

    Raises:
        InvalidInput: ``RCP-101`` something is missing or of the wrong kind, ``RCP-102`` a code is
            unknown, ``RCP-103`` the rule demands nothing or its dates contradict each other.
    """
    try:
        rule = QuorumRule(
            code=str(raw["code"]),
            version=str(raw["version"]),
            label=str(raw["libellé"]),
            source=str(raw.get("source", "")),
            valid_from=date.fromisoformat(raw["en_vigueur_le"]),
            valid_until=date.fromisoformat(raw["jusqu_au"]) if raw.get("jusqu_au") else None,
            minimum_specialities=int(raw.get("spécialités_minimum", 0)),
            groups=tuple(map(_group, raw.get("groupes", ()))),
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise InvalidInput(
            "RCP-101", f"Règle de quorum illisible : {error}. Corrigez cette valeur.", field="rule"
        ) from error
    _refuse_senseless(rule)
    return rule


def _group(raw: Mapping[str, Any]) -> Group:
    return Group(
        key=str(raw["clé"]),
        label=str(raw["libellé"]),
        codes=frozenset(map(str, raw["codes"])),
        minimum=int(raw.get("minimum", 1)),
        modes=frozenset(map(Mode, raw.get("modes", ("présent", "visio")))),
        level=Level(raw.get("niveau", "obligatoire")),
    )


def _refuse_senseless(rule: QuorumRule) -> None:
    unknown = sorted(code for group in rule.groups for code in group.codes if not is_known(code))
    if unknown:
        raise InvalidInput(
            "RCP-102",
            f"Code de savoir-faire inconnu : {', '.join(unknown)}. Prenez un code de la liste.",
            field="rule",
        )
    demands = [group for group in rule.groups if group.level is Level.MANDATORY]
    is_empty = rule.minimum_specialities < 1 and not demands
    is_odd = any(group.minimum < 1 or not group.codes or not group.modes for group in rule.groups)
    ends_early = rule.valid_until is not None and rule.valid_until < rule.valid_from
    if is_empty or is_odd or ends_early or len({g.key for g in rule.groups}) != len(rule.groups):
        raise InvalidInput(
            "RCP-103",
            "La règle ne demande rien, répète un groupe ou finit avant de commencer. "
            "Complétez-la avant de la publier.",
            field="rule",
        )


@cache
def national_definitions() -> tuple[Mapping[str, Any], ...]:
    """Return the rules shipped with the product, in their JSON form."""
    text = files("dcc_rcp_meetings").joinpath("data/quorum.json").read_text(encoding="utf-8")
    found: Sequence[Mapping[str, Any]] = json.loads(text)
    return tuple(found)
