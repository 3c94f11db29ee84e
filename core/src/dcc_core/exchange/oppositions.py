"""What a message says that the patient opposes."""

from uuid import UUID

from sqlmodel import Session

from dcc_core.config import Clock
from dcc_core.hooks.contracts.labs import ParsedResult
from dcc_core.patients import SharingPurpose, record_opposition


def note_oppositions(
    session: Session, result: ParsedResult, *, patient_id: UUID, source: str, clock: Clock
) -> None:
    """Note the oppositions that a message states, before anything of it may leave."""
    now = clock()
    known = {purpose.value: purpose for purpose in SharingPurpose}
    for purpose in sorted(result.opposed_to & known.keys()):
        record_opposition(
            session,
            patient_id,
            known[purpose],
            is_opposed=True,
            stated_on=min(result.sent_at or now, now).date(),
            source=source,
            clock=clock,
        )
