"""Evaluate a quorum: pure, one case at one moment.

Three values, as JDV_StatutQuorum_CISIS has them. *Reached* needs every mandatory group and enough
different specialities among those whose speciality is known. *Unknown* is said when nobody was
counted, when no rule applies, or when a physician of unknown speciality could change the answer;
guessing would be worse.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from dcc_rcp_meetings.directory.specialities import PROFESSION, family_of
from dcc_rcp_meetings.quorum.rules import Group, Level, Mode, QuorumRule

PHYSICIAN = "10"
"""Profession code of physicians (TRE_G15)."""


class QuorumState(StrEnum):
    """The three values, named as the form codes them."""

    REACHED = "atteint"
    NOT_REACHED = "non_atteint"
    UNKNOWN = "inconnu"


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part in one discussion.

    Attributes:
        key: Identifies the person; the same person twice counts once.
        specialities: RPPS savoir-faire codes, none when they are not known.
        profession: TRE_G15 code; nurses, research staff and students attend without counting.
    """

    key: str
    name: str
    specialities: tuple[str, ...]
    mode: Mode
    profession: str = PHYSICIAN

    @property
    def codes(self) -> frozenset[str]:
        """Return what groups may ask for."""
        return frozenset({*self.specialities, f"{PROFESSION}{self.profession}"})

    @property
    def is_unknown(self) -> bool:
        """Tell whether this is a physician of whom no speciality is known."""
        return self.profession == PHYSICIAN and not self.specialities


@dataclass(frozen=True, slots=True)
class GroupResult:
    """What a group asked and what it got."""

    key: str
    label: str
    level: Level
    minimum: int
    found: int

    @property
    def is_met(self) -> bool:
        """Tell whether enough persons counted for this group."""
        return self.found >= self.minimum


@dataclass(frozen=True, slots=True)
class QuorumResult:
    """The answer and how it was reached.

    Attributes:
        rule: ``code@version`` of the rule, empty when none applied.
        specialities: Number of different specialities that count.
    """

    state: QuorumState
    rule: str
    groups: tuple[GroupResult, ...] = ()
    specialities: int = 0
    minimum_specialities: int = 0
    participants: tuple[Participant, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Return the labels of the mandatory groups that are short."""
        return self._short(Level.MANDATORY)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Return the labels of the recommended groups that are short."""
        return self._short(Level.RECOMMENDED)

    def _short(self, level: Level) -> tuple[str, ...]:
        return tuple(g.label for g in self.groups if g.level is level and not g.is_met)

    def proof(self) -> dict[str, object]:
        """Return the whole answer as JSON, to be frozen with the case."""
        return {
            "état": self.state.value,
            "règle": self.rule,
            "spécialités": self.specialities,
            "spécialités_minimum": self.minimum_specialities,
            "groupes": [
                {
                    "clé": g.key,
                    "libellé": g.label,
                    "niveau": g.level.value,
                    "minimum": g.minimum,
                    "présents": g.found,
                }
                for g in self.groups
            ],
            "participants": [
                {
                    "clé": p.key,
                    "nom": p.name,
                    "spécialités": list(p.specialities),
                    "mode": p.mode.value,
                    "profession": p.profession,
                }
                for p in self.participants
            ],
        }


def evaluate_quorum(
    rule: QuorumRule | None, participants: Sequence[Participant] | None
) -> QuorumResult:
    """Return the quorum of one discussion.

    Args:
        rule: The rule in force that day, None when there is none.
        participants: Who takes part; None when presence was not recorded at all.
    """
    if rule is None or participants is None:
        return QuorumResult(QuorumState.UNKNOWN, rule.reference if rule else "")
    people = _once_each(participants)
    groups = _group_results(rule.groups, people)
    different = _count_specialities(people)
    state = _state(rule, groups, different, people)
    return QuorumResult(
        state, rule.reference, groups, different, rule.minimum_specialities, tuple(people)
    )


def _state(
    rule: QuorumRule, groups: Iterable[GroupResult], different: int, people: Iterable[Participant]
) -> QuorumState:
    demanded = [group for group in groups if group.level is Level.MANDATORY]
    if all(group.is_met for group in demanded) and different >= rule.minimum_specialities:
        return QuorumState.REACHED
    if any(person.is_unknown for person in people):
        return QuorumState.UNKNOWN
    return QuorumState.NOT_REACHED


def _once_each(participants: Iterable[Participant]) -> list[Participant]:
    """Keep one line per person: being there counts more than an opinion sent before."""
    best: dict[str, Participant] = {}
    for person in participants:
        known = best.get(person.key)
        if known is None or (known.mode is Mode.OPINION and person.mode is not Mode.OPINION):
            best[person.key] = person
    return list(best.values())


def _group_results(
    groups: Sequence[Group], people: Sequence[Participant]
) -> tuple[GroupResult, ...]:
    """Give each person to one group at most, mandatory groups served first."""
    ordered = sorted(groups, key=lambda group: group.level is not Level.MANDATORY)
    places = [group for group in ordered for _ in range(group.minimum)]
    taken = _match(len(places), len(people), lambda p, i: _fits(places[p], people[i]))
    found: dict[str, int] = {}
    for place in taken:
        found[places[place].key] = found.get(places[place].key, 0) + 1
    return tuple(
        GroupResult(g.key, g.label, g.level, g.minimum, found.get(g.key, 0)) for g in groups
    )


def _fits(group: Group, person: Participant) -> bool:
    return person.mode in group.modes and bool(group.codes & person.codes)


def _count_specialities(people: Sequence[Participant]) -> int:
    """Count physicians present whose specialities can all be different."""
    present = [
        {family_of(code) for code in person.specialities}
        for person in people
        if person.profession == PHYSICIAN and person.mode is not Mode.OPINION
    ]
    families = sorted(set().union(*present))
    return len(_match(len(families), len(present), lambda f, i: families[f] in present[i]))


def _match(places: int, people: int, fits: Callable[[int, int], bool]) -> Mapping[int, int]:
    """Return place → person, as many places filled as possible (Kuhn's augmenting paths).

    A place that is filled stays filled while later ones are served: earlier places have priority.
    """
    holder: dict[int, int] = {}

    def serve(place: int, tried: set[int]) -> bool:
        for person in range(people):
            if person in tried or not fits(place, person):
                continue
            tried.add(person)
            before = holder.get(person)
            if before is None or serve(before, tried):
                holder[person] = place
                return True
        return False

    for place in range(places):
        serve(place, set())
    return {place: person for person, place in holder.items()}
