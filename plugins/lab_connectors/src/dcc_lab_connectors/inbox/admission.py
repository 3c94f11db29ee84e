"""Reasons to refuse a readable message because of whom it is about.

Everywhere: an identity of another environment (test numbers in production). For partners that ask
for it: a report that would only wait in quarantine, refused with the codes of the volet
"Transmission au LPS" (902 to 905) so that their platform deals with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import PatientIdentifier, PatientTraits, find_by_identifier, get_patient
from dcc_lab_connectors.hl7.errors import ApplicationError, Condition, Problem
from dcc_lab_connectors.hl7.profiles import Family, family_of
from dcc_lab_connectors.ins import FICTITIOUS_OIDS, PRODUCTION_OIDS
from dcc_lab_connectors.matching.decide import KnownIdentity, MatchingPolicy, Verdict, decide_match
from dcc_lab_connectors.mllp.receiver import Arrival
from dcc_lab_connectors.profiles.identity import read_identity

_TEXTS = {
    ApplicationError.UNKNOWN_PATIENT: "Patient inconnu du DCC : envoyer d'abord son identité.",
    ApplicationError.INS_MISSING: (
        "Ni INS qualifiée ni IPP d'un établissement déclaré : compléter PID-3 puis renvoyer."
    ),
    ApplicationError.INS_DIFFERS: (
        "Les traits ou l'INS diffèrent de ceux du DCC : faire vérifier l'identité puis renvoyer."
    ),
    ApplicationError.INS_INCOMPLETE: (
        "Nom de naissance, prénom, date de naissance et sexe sont nécessaires, sans doute sur "
        "l'identité : compléter PID puis renvoyer."
    ),
}
_FOREIGN = Problem(
    Condition.APPLICATION,
    "L'INS n'est pas de cet environnement (test ou production) : vérifier la plateforme visée.",
    "PID^1^3",
    ApplicationError.UNKNOWN_PATIENT,
)
_REPORTS = frozenset({Family.RESULT, Family.DOCUMENT})


@dataclass(frozen=True, slots=True)
class Admission:
    """Rules of one deployment; `strict_peers` get an error instead of a quarantine."""

    policy: MatchingPolicy
    strict_peers: frozenset[str] = frozenset()

    def find_problems(self, session: Session, arrival: Arrival) -> tuple[Problem, ...]:
        """Reasons to answer AE, none for a message that may enter or is refused already."""
        if arrival.message is None or arrival.envelope is None or arrival.problems:
            return ()
        traits = read_identity(arrival.message.first("PID")).traits
        if any(
            i.kind == "INS" and i.system in self.policy.foreign_oids for i in traits.identifiers
        ):
            return (_FOREIGN,)
        is_report = family_of(arrival.envelope) in _REPORTS
        if not is_report or arrival.peer.key not in self.strict_peers:
            return ()
        return self._unmatched(session, traits)

    def _unmatched(self, session: Session, traits: PatientTraits) -> tuple[Problem, ...]:
        decision = decide_match(traits, tuple(_known(session, traits)), self.policy)
        code = decision.application_error
        if decision.verdict is Verdict.ATTACH or code is None:
            return ()
        return (Problem(Condition.APPLICATION, _TEXTS[code], "PID^1^3", code),)


def foreign_oids(*, is_production: bool, refuses_real_ins: bool) -> frozenset[str]:
    """INS namespaces that this environment refuses."""
    if is_production:
        return FICTITIOUS_OIDS
    return PRODUCTION_OIDS if refuses_real_ins else frozenset()


def _known(session: Session, traits: PatientTraits) -> Iterator[KnownIdentity]:
    """Patients that the identifiers of the message designate, with the numbers that led to them.

    A number may be an alias, of a record merged since: it counts as the survivor's own.
    """
    designated: dict[UUID, list[PatientIdentifier]] = {}
    for identifier in traits.identifiers:
        patient_id = find_by_identifier(session, identifier.system, identifier.value)
        if patient_id is not None:
            designated.setdefault(patient_id, []).append(identifier)
    for patient_id, aliases in designated.items():
        own = get_patient(session, patient_id).traits
        yield KnownIdentity(patient_id, replace(own, identifiers=(*own.identifiers, *aliases)))
