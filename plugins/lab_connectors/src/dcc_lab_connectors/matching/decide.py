"""Attach, quarantine or reject: the rule that keeps a report out of the wrong dossier.

A message is attached only when it names exactly one known patient, by INS or by the identifier of a
declared authority, and every strict trait agrees. Anything else waits for a person, with the
differences in front of them. Source: RNIV 1 v2.0, EXI SI 08-09; Guide d'implémentation INS v3.0.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from dcc_core.api import IdentityAttribute, IdentityStatus, PatientIdentifier, PatientTraits
from dcc_lab_connectors.hl7.errors import ApplicationError
from dcc_lab_connectors.ins import (
    FICTITIOUS_OIDS,
    InsAlert,
    check_ins,
    find_ins,
    has_valid_key,
)
from dcc_lab_connectors.matching.compare import (
    Difference,
    Trait,
    compare_traits,
    missing_traits,
)

_UNVERIFIED = frozenset({IdentityStatus.PROVISIONAL, IdentityStatus.RETRIEVED})


class Verdict(StrEnum):
    """What to do with a message."""

    ATTACH = "attach"
    QUARANTINE = "quarantine"
    REJECT = "reject"


class Reason(StrEnum):
    """Why a message is not attached."""

    FOREIGN_ENVIRONMENT = "foreign_environment"
    TRAITS_MISSING = "traits_missing"
    IDENTITY_DOUBTFUL = "identity_doubtful"
    KEYS_CONTRADICT = "keys_contradict"
    TRAITS_DIFFER = "traits_differ"
    UNKNOWN_PATIENT = "unknown_patient"
    NO_KEY = "no_key"


_APPLICATION_ERRORS = {
    Reason.FOREIGN_ENVIRONMENT: ApplicationError.UNKNOWN_PATIENT,
    Reason.TRAITS_MISSING: ApplicationError.INS_INCOMPLETE,
    Reason.IDENTITY_DOUBTFUL: ApplicationError.INS_INCOMPLETE,
    Reason.KEYS_CONTRADICT: ApplicationError.INS_DIFFERS,
    Reason.TRAITS_DIFFER: ApplicationError.INS_DIFFERS,
    Reason.UNKNOWN_PATIENT: ApplicationError.UNKNOWN_PATIENT,
    Reason.NO_KEY: ApplicationError.INS_MISSING,
}


@dataclass(frozen=True, slots=True)
class KnownIdentity:
    """A patient of the DCC as far as matching needs."""

    patient_id: UUID
    traits: PatientTraits


@dataclass(frozen=True, slots=True)
class MatchingPolicy:
    """What a feed is allowed to be matched by.

    `declared_authorities` are the systems (OID or FINESS) whose local identifiers are keys;
    `foreign_oids` the INS namespaces that must not enter this environment. Where
    `accepts_fictitious`, an identity marked FICT is like any other.
    """

    declared_authorities: frozenset[str] = frozenset()
    foreign_oids: frozenset[str] = FICTITIOUS_OIDS
    accepts_fictitious: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A patient that a key of the message names, and what disagrees."""

    patient_id: UUID
    differences: tuple[Difference, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict and everything a person needs to review it."""

    verdict: Verdict
    reason: Reason | None = None
    patient_id: UUID | None = None
    candidates: tuple[Candidate, ...] = ()
    missing: tuple[Trait, ...] = ()
    alerts: tuple[InsAlert, ...] = ()

    @property
    def application_error(self) -> ApplicationError | None:
        """Code of ERR-5 for a feed that wants an error instead of a quarantine."""
        return _APPLICATION_ERRORS[self.reason] if self.reason else None


def decide_match(
    stated: PatientTraits, known: Sequence[KnownIdentity], policy: MatchingPolicy
) -> Decision:
    """Decide for one message.

    `known` holds at least every patient sharing an identifier with it.
    """
    alerts = check_ins(stated)
    if any(i.kind == "INS" and i.system in policy.foreign_oids for i in stated.identifiers):
        return Decision(Verdict.REJECT, Reason.FOREIGN_ENVIRONMENT, alerts=alerts)
    keys = _keys(stated, policy)
    candidates = tuple(
        Candidate(person.patient_id, _differences(stated, person.traits, policy))
        for person in known
        if keys & set(person.traits.identifiers)
    )
    missing = missing_traits(stated)
    reason = _obstacle(stated, candidates, missing, policy, has_keys=bool(keys))
    if reason is not None:
        return Decision(Verdict.QUARANTINE, reason, None, candidates, missing, alerts)
    return Decision(Verdict.ATTACH, None, candidates[0].patient_id, candidates, (), alerts)


def _obstacle(
    stated: PatientTraits,
    candidates: tuple[Candidate, ...],
    missing: tuple[Trait, ...],
    policy: MatchingPolicy,
    *,
    has_keys: bool,
) -> Reason | None:
    """First reason not to attach; None only for one candidate without any difference."""
    doubts = {IdentityAttribute.DOUBTFUL}
    if not policy.accepts_fictitious:
        doubts.add(IdentityAttribute.FICTITIOUS)
    checks = (
        (bool(missing), Reason.TRAITS_MISSING),
        (bool(doubts & stated.attributes), Reason.IDENTITY_DOUBTFUL),
        (not has_keys, Reason.NO_KEY),
        (not candidates, Reason.UNKNOWN_PATIENT),
        (len({c.patient_id for c in candidates}) > 1, Reason.KEYS_CONTRADICT),
        (any(c.differences for c in candidates), Reason.TRAITS_DIFFER),
    )
    return next((reason for applies, reason in checks if applies), None)


def _keys(stated: PatientTraits, policy: MatchingPolicy) -> set[PatientIdentifier]:
    """Identifiers that may name a patient: the INS when usable, IPP of declared authorities.

    An INS is no key when its control key is wrong, or when the sender itself says that the identity
    is not verified.
    """
    keys = set(_local_identifiers(stated, policy))
    ins = find_ins(stated)
    is_real = ins is not None and (ins.system in FICTITIOUS_OIDS or has_valid_key(ins.value))
    if ins is not None and is_real and stated.status not in _UNVERIFIED:
        keys.add(ins)
    return keys


def _local_identifiers(traits: PatientTraits, policy: MatchingPolicy) -> list[PatientIdentifier]:
    return [
        identifier
        for identifier in traits.identifiers
        if identifier.kind == "IPP" and identifier.system in policy.declared_authorities
    ]


def _differences(
    stated: PatientTraits, known: PatientTraits, policy: MatchingPolicy
) -> tuple[Difference, ...]:
    """Differences of traits, and of identifiers that both sides have."""
    found = list(compare_traits(stated, known))
    ours = {i.value for i in stated.identifiers if i.kind == "INS"}
    theirs = {i.value for i in known.identifiers if i.kind == "INS"}
    if ours and theirs and not ours <= theirs:
        found.append(Difference(Trait.INS, ", ".join(sorted(ours)), ", ".join(sorted(theirs))))
    local = _local_identifiers(known, policy)
    for identifier in _local_identifiers(stated, policy):
        values = {i.value for i in local if i.system == identifier.system}
        if values and identifier.value not in values:
            difference = Difference(
                Trait.LOCAL_IDENTIFIER, identifier.value, ", ".join(sorted(values))
            )
            found.append(difference)
    return tuple(found)
