"""Strict comparison of identities: before a creation, and for what interfaces bring.

Two identities are the same only when their strict traits are equal on normalised copies; anything
less is for a person to decide.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session, col

from dcc_core.audit import record_event
from dcc_core.config import Environment
from dcc_core.errors import InvalidInput
from dcc_core.hooks.contracts.identity import (
    IdentityAttribute,
    IdentityStatus,
    PatientIdentifier,
    PatientTraits,
    Sex,
)
from dcc_core.patients.identifiers import find_by_identifier
from dcc_core.patients.ins import is_ins_system, read_ins
from dcc_core.patients.models import PatientIn, traits_of
from dcc_core.patients.names import comparable, search_key
from dcc_core.patients.rows import load_patient
from dcc_core.patients.tables import SearchName

_UNVERIFIED = frozenset({IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED})


@dataclass(frozen=True, slots=True)
class StrictMatch:
    """A record with the same birth date and the same names, used or of birth.

    Attributes:
        differences: Strict traits that still differ; none means the same identity.
    """

    patient_id: UUID
    differences: tuple[str, ...]


def find_strict(session: Session, traits: PatientIn) -> tuple[StrictMatch, ...]:
    """Return the records to look at before creating this identity, the most alike first."""
    families = {search_key(traits.birth_family_name), search_key(traits.used_family_name)} - {""}
    givens = {search_key(traits.first_given_name), search_key(traits.used_given_name)} - {""}
    found = session.scalars(
        select(col(SearchName.patient_id))
        .where(
            col(SearchName.birth_date) == traits.birth_date,
            col(SearchName.family).in_(families | givens),
            col(SearchName.given).in_(families | givens),
        )
        .distinct()
    ).all()
    stated = PatientTraits(**traits.model_dump())
    matches = sorted(
        (StrictMatch(id_, differences(_held(session, id_), stated)) for id_ in found),
        key=lambda match: (len(match.differences), str(match.patient_id)),
    )
    record_event(
        session,
        "patient.search",
        object_kind="patient",
        details={"criteria": ["strict"], "patients": [str(match.patient_id) for match in matches]},
    )
    return tuple(matches)


def differences(held: PatientTraits, stated: PatientTraits) -> tuple[str, ...]:
    """Return the names of the strict traits that differ; a birthplace or a list of given names that
    one side leaves out is no difference.
    """
    pairs: dict[str, tuple[object, object]] = {
        "birth_family_name": (
            comparable(held.birth_family_name),
            comparable(stated.birth_family_name),
        ),
        "first_given_name": (
            comparable(held.first_given_name),
            comparable(stated.first_given_name),
        ),
        "birth_date": (held.birth_date, stated.birth_date),
        "sex": (held.sex, stated.sex),
    }
    if held.birth_place_insee and stated.birth_place_insee:
        pairs["birth_place_insee"] = (held.birth_place_insee, stated.birth_place_insee)
    if min(len(held.birth_given_names), len(stated.birth_given_names)) > 1:
        pairs["birth_given_names"] = (_list(held), _list(stated))
    return tuple(name for name, (one, other) in pairs.items() if one != other)


class MatchReason(StrEnum):
    """Why an identity brought by an interface is not attached, or is attached with a remark."""

    NO_IDENTIFIER = "no_identifier"
    UNKNOWN_IDENTIFIER = "unknown_identifier"
    IDENTIFIERS_DISAGREE = "identifiers_disagree"
    TRAITS_DIFFER = "traits_differ"
    INS_DIFFERS = "ins_differs"
    INS_UNUSABLE = "ins_unusable"
    TRAITS_MISSING = "traits_missing"
    DOUBTFUL = "identity_doubtful"


@dataclass(frozen=True, slots=True)
class PatientMatch:
    """What the core decides about an identity brought by an interface.

    Attributes:
        patient_id: Where to attach; None means: to nobody, a person decides.
        candidate_ids: Records that the identifiers designate, to show to that person.
        differences: Strict traits that differ from the single candidate.
    """

    patient_id: UUID | None
    reasons: tuple[MatchReason, ...] = ()
    candidate_ids: tuple[UUID, ...] = ()
    differences: tuple[str, ...] = ()


def match_patient(
    session: Session,
    traits: PatientTraits,
    *,
    trusted_systems: Collection[str],
    environment: Environment,
) -> PatientMatch:
    """Decide to whom an inbound identity belongs.

    Attach only when an INS, or a local identifier of a trusted authority, designates exactly one
    record and all strict traits are equal. Any difference, any contradiction, a strict trait that
    is not stated (an unknown sex equals nothing), an identity that either side calls doubtful, or
    fictitious in production: nobody. The INS of an identity that its sender has not verified
    designates nobody either (RNIV EXI SI 08).
    """
    usable = [
        item
        for item in traits.identifiers
        if _is_usable(item, trusted_systems, environment)
        and not (is_ins_system(item.system) and traits.status in _UNVERIFIED)
    ]
    remarks = _remarks(traits, usable)
    if not usable:
        return PatientMatch(None, (*remarks, MatchReason.NO_IDENTIFIER))
    found = [find_by_identifier(session, item.system, item.value) for item in usable]
    candidates = tuple(dict.fromkeys(patient_id for patient_id in found if patient_id))
    if not candidates:
        return PatientMatch(None, (*remarks, MatchReason.UNKNOWN_IDENTIFIER))
    if len(candidates) > 1:
        return PatientMatch(None, (*remarks, MatchReason.IDENTIFIERS_DISAGREE), candidates)
    held = _held(session, candidates[0])
    if not _has_strict_traits(traits):
        return PatientMatch(None, (*remarks, MatchReason.TRAITS_MISSING), candidates)
    if _is_doubtful(held, traits, environment):
        return PatientMatch(None, (*remarks, MatchReason.DOUBTFUL), candidates)
    if _contradicts_ins(held, traits):
        return PatientMatch(None, (*remarks, MatchReason.INS_DIFFERS), candidates)
    differing = differences(held, traits)
    if differing:
        reasons = (*remarks, MatchReason.TRAITS_DIFFER)
        return PatientMatch(None, reasons, candidates, differing)
    return PatientMatch(candidates[0], remarks, candidates)


def _is_usable(
    item: PatientIdentifier, trusted_systems: Collection[str], environment: Environment
) -> bool:
    if not is_ins_system(item.system):
        return item.system in trusted_systems
    try:
        read_ins(item.value, item.system, environment=environment)
    except InvalidInput:
        return False
    return True


def _remarks(
    traits: PatientTraits, usable: Collection[PatientIdentifier]
) -> tuple[MatchReason, ...]:
    refused = any(is_ins_system(item.system) and item not in usable for item in traits.identifiers)
    return (MatchReason.INS_UNUSABLE,) if refused else ()


def _has_strict_traits(traits: PatientTraits) -> bool:
    names = search_key(traits.birth_family_name) and search_key(traits.first_given_name)
    return bool(names and traits.birth_date and traits.sex is not Sex.UNKNOWN)


def _is_doubtful(held: PatientTraits, stated: PatientTraits, environment: Environment) -> bool:
    """A fictitious identity is like any other except where patients are real."""
    doubts = {IdentityAttribute.DOUBTFUL}
    if environment is Environment.PRODUCTION:
        doubts.add(IdentityAttribute.FICTITIOUS)
    return bool(doubts & (held.attributes | stated.attributes))


def _contradicts_ins(held: PatientTraits, stated: PatientTraits) -> bool:
    own = {(item.system, item.value) for item in held.identifiers if is_ins_system(item.system)}
    other = {(item.system, item.value) for item in stated.identifiers if is_ins_system(item.system)}
    return bool(own and other and own != other)


def _held(session: Session, patient_id: UUID) -> PatientTraits:
    return traits_of(load_patient(session, patient_id))


def _list(traits: PatientTraits) -> list[str]:
    return [comparable(name) for name in traits.birth_given_names]
