"""Reasons to refuse a readable message because of whom it is about.

Everywhere: an identity of another environment (test numbers in production). For partners that ask
for it: a report that would only wait in quarantine, refused with the codes of the volet
"Transmission au LPS" (902 to 905) so that their platform deals with it.
"""

from dataclasses import dataclass

from sqlmodel import Session

from dcc_core.api import Environment, MatchReason, PatientTraits, match_patient
from dcc_lab_connectors.hl7.errors import ApplicationError, Condition, Problem
from dcc_lab_connectors.hl7.profiles import Family, family_of
from dcc_lab_connectors.ins import FICTITIOUS_OIDS, PRODUCTION_OIDS
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


_CODES = {
    MatchReason.NO_IDENTIFIER: ApplicationError.INS_MISSING,
    MatchReason.UNKNOWN_IDENTIFIER: ApplicationError.UNKNOWN_PATIENT,
    MatchReason.IDENTIFIERS_DISAGREE: ApplicationError.INS_DIFFERS,
    MatchReason.INS_DIFFERS: ApplicationError.INS_DIFFERS,
    MatchReason.TRAITS_DIFFER: ApplicationError.INS_DIFFERS,
    MatchReason.TRAITS_MISSING: ApplicationError.INS_INCOMPLETE,
    MatchReason.DOUBTFUL: ApplicationError.INS_INCOMPLETE,
}


@dataclass(frozen=True, slots=True)
class Admission:
    """Rules of one deployment; `strict_peers` get an error instead of a quarantine.

    Whose a message is, is the core's to decide: the same rule that later files it is asked here.
    """

    trusted_systems: frozenset[str]
    foreign_oids: frozenset[str]
    environment: Environment
    strict_peers: frozenset[str] = frozenset()

    def find_problems(self, session: Session, arrival: Arrival) -> tuple[Problem, ...]:
        """Reasons to answer AE, none for a message that may enter or is refused already."""
        if arrival.message is None or arrival.envelope is None or arrival.problems:
            return ()
        traits = read_identity(arrival.message.first("PID")).traits
        if any(i.kind == "INS" and i.system in self.foreign_oids for i in traits.identifiers):
            return (_FOREIGN,)
        is_report = family_of(arrival.envelope) in _REPORTS
        if not is_report or arrival.peer.key not in self.strict_peers:
            return ()
        return self._unmatched(session, traits)

    def _unmatched(self, session: Session, traits: PatientTraits) -> tuple[Problem, ...]:
        match = match_patient(
            session,
            traits,
            trusted_systems=self.trusted_systems,
            environment=self.environment,
        )
        if match.patient_id is not None:
            return ()
        code = _CODES[match.reasons[-1]]
        return (Problem(Condition.APPLICATION, _TEXTS[code], "PID^1^3", code),)


def foreign_oids(*, is_production: bool, refuses_real_ins: bool) -> frozenset[str]:
    """INS namespaces that this environment refuses."""
    if is_production:
        return FICTITIOUS_OIDS
    return PRODUCTION_OIDS if refuses_real_ins else frozenset()
