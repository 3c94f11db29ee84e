"""Life of the process, and the events that happen in the record."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlmodel import Session

from dcc_core.config import Clock, Region, Settings


class Core(Protocol):
    """What a plugin may hold on to while the process lives."""

    settings: Settings
    region: Region
    clock: Clock

    def session(self) -> AbstractContextManager[Session]:
        """Open a session whose block is one transaction: committed at the end, rolled back on
        error.
        """

    def reading(self) -> AbstractContextManager[Session]:
        """Open a session that only reads: it never waits for a writer, so it may be opened inside
        somebody else's transaction (vetoes, health checks).
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened and is committed. Delivered at least once; ``event_id`` makes
    handling idempotent.
    """

    event_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientCreated(Event):
    """A patient was created."""

    patient_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientIdentityChanged(Event):
    """Traits, status or attributes of an identity changed."""

    patient_id: UUID
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsMerged(Event):
    """Two records became one."""

    kept_id: UUID
    dropped_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientsUnmerged(Event):
    """A merge was undone."""

    kept_id: UUID
    restored_id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class OppositionChanged(Event):
    """A patient opposed, or withdrew an opposition, for one purpose."""

    patient_id: UUID
    purpose: str
    opposed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFinalized(Event):
    """A version of a document became final."""

    document_id: UUID
    patient_id: UUID
    document_class: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentWithdrawn(Event):
    """A document was withdrawn."""

    document_id: UUID
    patient_id: UUID
    document_class: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultReceived(Event):
    """A laboratory report entered a dossier."""

    document_id: UUID
    patient_id: UUID
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyAccessOpened(Event):
    """Somebody opened emergency access to a dossier: the 3C and the data protection officer are
    told the same day.
    """

    access_id: UUID
    patient_id: UUID
    account_id: UUID


EVENT_TYPES: tuple[type[Event], ...] = (
    PatientCreated,
    PatientIdentityChanged,
    PatientsMerged,
    PatientsUnmerged,
    OppositionChanged,
    DocumentFinalized,
    DocumentWithdrawn,
    ResultReceived,
    EmergencyAccessOpened,
)
