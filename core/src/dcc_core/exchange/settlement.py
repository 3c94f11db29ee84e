"""What became of a message: the answer of each way of processing it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from dcc_core.exchange.states import InboxState


@dataclass(frozen=True, slots=True)
class Settlement:
    """Where a message goes from here.

    Attributes:
        reason: Stable code for a person, empty when there is nothing to say.
        report: What was found: codes, ids and names of traits, never a value.
        again_at: When to look again, for a message that waits for another one.
    """

    state: InboxState
    reason: str = ""
    patient_id: UUID | None = None
    report: dict[str, object] = field(default_factory=dict)
    again_at: datetime | None = None


def processed(patient_id: UUID | None, report: dict[str, object]) -> Settlement:
    """Return the settlement of a message that was applied."""
    return Settlement(InboxState.PROCESSED, patient_id=patient_id, report=report)


def quarantined(reason: str, report: dict[str, object]) -> Settlement:
    """Return the settlement of a message that waits for a person."""
    return Settlement(InboxState.QUARANTINED, reason, report=report)
