"""Looks into the audit for accesses that somebody should be asked about.

CNIL asks for regular checks of access logs, not for logs alone. Each rule gives facts, never a
verdict: a person of the 3C or the data protection officer asks the professional.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from dcc_core.audit import Outcome, record_event
from dcc_core.audit.log import AUDIT_TABLE

PATIENTS_PER_HOUR = 100
"""More distinct patients than this within an hour is not one person's care."""

AFTER_REFUSAL = timedelta(minutes=30)
_HOUR = timedelta(hours=1)


class Rule(StrEnum):
    """Why an access stands out."""

    MANY_PATIENTS = "many_patients"
    AFTER_REFUSAL = "after_refusal"


TEXTS = {
    Rule.MANY_PATIENTS: f"Plus de {PATIENTS_PER_HOUR} patients différents en une heure.",
    Rule.AFTER_REFUSAL: "Accès obtenu peu après un refus sur le même patient.",
}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One thing to ask about.

    Attributes:
        first_sequence: Number of the audit row where it starts.
        patients: How many distinct patients are concerned.
    """

    rule: Rule
    account_id: UUID
    at: datetime
    first_sequence: int
    patients: int

    @property
    def text(self) -> str:
        """Return the sentence for the person who checks."""
        return TEXTS[self.rule]


@dataclass(frozen=True, slots=True)
class _Access:
    sequence: int
    at: datetime
    account_id: UUID
    patient_id: UUID
    outcome: str


def find_suspicions(session: Session, *, since: datetime, until: datetime) -> list[Suspicion]:
    """Return what stands out in a period, oldest first. Checking is itself audited."""
    accesses = _accesses(session, since, until)
    found: list[Suspicion] = []
    for _, own in groupby(accesses, key=lambda access: access.account_id):
        mine = tuple(own)
        found += _many_patients(mine)
        found += _after_refusal(mine)
    record_event(session, "audit.check", details={"found": len(found)})
    return sorted(found, key=lambda suspicion: suspicion.first_sequence)


def _accesses(session: Session, since: datetime, until: datetime) -> Iterator[_Access]:
    """Accesses to patients by accounts, person by person, oldest first."""
    row = AUDIT_TABLE.c
    statement = (
        select(row.sequence, row.at, row.actor_id, row.patient_id, row.outcome)
        .where(row.at >= since, row.at < until)
        .where(row.actor_id.is_not(None), row.patient_id.is_not(None))
        .order_by(row.actor_id, row.sequence)
    )
    for values in session.connection().execute(statement):
        yield _Access(*values)


def _many_patients(accesses: Sequence[_Access]) -> Iterator[Suspicion]:
    """One suspicion per burst: the window slides, and starts again after each finding."""
    start = 0
    for end, last in enumerate(accesses):
        while accesses[start].at <= last.at - _HOUR:
            start += 1
        patients = {access.patient_id for access in accesses[start : end + 1]}
        if len(patients) > PATIENTS_PER_HOUR:
            first = accesses[start]
            yield Suspicion(
                Rule.MANY_PATIENTS, first.account_id, first.at, first.sequence, len(patients)
            )
            start = end


def _after_refusal(accesses: Sequence[_Access]) -> Iterator[Suspicion]:
    by_patient = sorted(accesses, key=lambda access: (str(access.patient_id), access.sequence))
    for refused, granted in pairwise(by_patient):
        if (
            refused.patient_id == granted.patient_id
            and refused.outcome == Outcome.DENIED
            and granted.outcome == Outcome.SUCCESS
            and granted.at - refused.at <= AFTER_REFUSAL
        ):
            yield Suspicion(Rule.AFTER_REFUSAL, refused.account_id, refused.at, refused.sequence, 1)
