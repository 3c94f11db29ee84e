"""What must be true of a patient before a document leaves for a destination."""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from dcc_core.hooks.contracts.identity import IdentityStatus, PatientTraits
from dcc_core.hooks.contracts.outbound import OutboundFeed
from dcc_core.patients import SharingPurpose, is_opposed_to, resolve_patient
from dcc_core.patients.identifiers import ins_held_at
from dcc_core.patients.rows import load_patient, view_patient

NOT_QUALIFIED = "identity_not_qualified"
HOMONYM = "identity_homonym"
OPPOSED = "patient_opposed"


@dataclass(frozen=True, slots=True)
class Standing:
    """The identity of a patient as it may leave now.

    Attributes:
        traits: Without the INS unless it may be carried (RNIV EXI SI 08).
        version: Grows with each change of the identity.
    """

    patient_id: UUID
    traits: PatientTraits
    version: int
    may_carry_ins: bool

    @property
    def status(self) -> IdentityStatus:
        """Return the trust in this identity."""
        return self.traits.status or IdentityStatus.PROVISIONAL


def standing_of(session: Session, patient_id: UUID) -> Standing:
    """Return how the identity of a patient stands; a merged record stands as the one kept."""
    kept_id = resolve_patient(session, patient_id)
    patient = view_patient(session, load_patient(session, kept_id))
    traits = patient.traits
    if not patient.may_carry_ins:
        without = tuple(each for each in traits.identifiers if each.kind != "INS")
        traits = replace(traits, identifiers=without)
    return Standing(kept_id, traits, patient.version, patient.may_carry_ins)


def identity_sent(session: Session, standing: Standing, sent_at: datetime) -> PatientTraits:
    """Return the identity with the INS it had when a document left, to take that document back: an
    identity that is doubted since, or that has another INS, does not undo what was sent before.
    """
    ins = ins_held_at(session, standing.patient_id, sent_at)
    others = tuple(each for each in standing.traits.identifiers if each.kind != "INS")
    return replace(standing.traits, identifiers=(*((ins,) if ins else ()), *others))


def reason_to_wait(session: Session, standing: Standing, feed: OutboundFeed) -> str:
    """Return why nothing about this patient may go to this destination now, empty when it may.

    Opposition to the DCC stops every destination; opposition to ``dmp`` or ``mssante`` stops the
    destinations whose key starts with that name.
    """
    if feed.needs_qualified_identity and standing.status is not IdentityStatus.QUALIFIED:
        return NOT_QUALIFIED
    if feed.needs_qualified_identity and not standing.may_carry_ins:
        return HOMONYM
    named = feed.key.partition(".")[0]
    for purpose in SharingPurpose:
        stops = purpose is SharingPurpose.DCC or purpose.value == named
        if stops and is_opposed_to(session, standing.patient_id, purpose):
            return OPPOSED
    return ""
