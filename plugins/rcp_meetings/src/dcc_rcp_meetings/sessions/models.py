"""What sessions look like outside the services."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from dcc_rcp_meetings.tables import Invitation, Meeting, Rcp


class SessionState(StrEnum):
    """Life of a session."""

    PLANNED = "prevue"
    OPEN = "ouverte"
    SUSPENDED = "suspendue"
    CLOSED = "close"
    CANCELLED = "annulee"


SESSION_LABELS = {
    SessionState.PLANNED: "Prévue",
    SessionState.OPEN: "En cours",
    SessionState.SUSPENDED: "Suspendue",
    SessionState.CLOSED: "Close",
    SessionState.CANCELLED: "Annulée",
}


class Answer(StrEnum):
    """What somebody invited answered."""

    NONE = ""
    ROOM = "présent"
    VIDEO = "visio"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Guest:
    """Somebody expected at a session."""

    id: UUID
    account_id: UUID | None
    national_id: str
    name: str
    function: str
    profession: str
    speciality: str
    answer: Answer


@dataclass(frozen=True, slots=True)
class SessionOut:
    """A session as it leaves the services.

    Attributes:
        timezone: IANA name of the place where it is held.
        revision: Grows with every change that its participants must see.
        guests: Who is expected; filled by ``read_session``, empty in lists.
    """

    id: UUID
    rcp_id: UUID
    rcp_code: str
    rcp_name: str
    rcp_scope: str
    starts_at: datetime
    ends_at: datetime
    closes_at: datetime
    timezone: str
    place: str
    video_url: str
    state: SessionState
    capacity: int
    moved_from: datetime | None
    reason: str
    opened_at: datetime | None
    suspended_at: datetime | None
    closed_at: datetime | None
    current_case_id: UUID | None
    revision: int
    quorum_code: str
    guests: tuple[Guest, ...] = field(default=(), repr=False)

    @property
    def local_start(self) -> datetime:
        """Return the start on the clock of the place."""
        return self.starts_at.astimezone(ZoneInfo(self.timezone))

    @property
    def local_day(self) -> str:
        """Return the day of the session there, as forms keep it (``2026-11-24``)."""
        return self.local_start.date().isoformat()

    @property
    def is_live(self) -> bool:
        """Tell whether the session is being held."""
        return self.state in {SessionState.OPEN, SessionState.SUSPENDED}

    @property
    def is_over(self) -> bool:
        """Tell whether nothing more can be registered."""
        return self.state in {SessionState.CLOSED, SessionState.CANCELLED}


def session_out(row: Meeting, rcp: Rcp, guests: tuple[Guest, ...] = ()) -> SessionOut:
    """Return a session from its rows."""
    return SessionOut(
        id=row.id,
        rcp_id=rcp.id,
        rcp_code=rcp.code,
        rcp_name=rcp.name,
        rcp_scope=rcp.scope,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        closes_at=row.closes_at,
        timezone=rcp.timezone,
        place=row.place,
        video_url=row.video_url,
        state=SessionState(row.state),
        capacity=row.capacity,
        moved_from=row.moved_from,
        reason=row.reason,
        opened_at=row.opened_at,
        suspended_at=row.suspended_at,
        closed_at=row.closed_at,
        current_case_id=row.current_case_id,
        revision=row.revision,
        quorum_code=rcp.quorum_code,
        guests=guests,
    )


def guest_out(row: Invitation) -> Guest:
    """Return an invitation."""
    return Guest(
        id=row.id,
        account_id=row.account_id,
        national_id=row.national_id,
        name=row.name,
        function=row.function,
        profession=row.profession,
        speciality=row.speciality,
        answer=Answer(row.answer),
    )
