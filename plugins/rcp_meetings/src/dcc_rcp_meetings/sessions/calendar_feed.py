"""A personal calendar of sessions: an address with a secret, which its owner may take back.

Form: iCalendar, RFC 5545. It holds no patient: what a telephone subscribes to leaves the region.
"""

import hashlib
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import find_account, record_event
from dcc_rcp_meetings.sessions.models import Answer, SessionOut, SessionState, session_out
from dcc_rcp_meetings.tables import CalendarToken, Invitation, Meeting, Rcp

_BEFORE, _AFTER = timedelta(days=30), timedelta(days=180)
_LINE = 74
_STATUS = {Answer.ROOM: "ACCEPTED", Answer.VIDEO: "ACCEPTED", Answer.ABSENT: "DECLINED"}


def renew_address(session: Session, account_id: UUID, *, now: datetime) -> str:
    """Return a new secret for somebody's calendar; the former address stops working."""
    revoke_address(session, account_id, now=now)
    secret = secrets.token_urlsafe(32)
    session.add(CalendarToken(account_id=account_id, digest=_digest(secret), created_at=now))
    session.flush()
    record_event(session, "rcp.calendar.renew", object_kind="account", object_id=account_id)
    return secret


def revoke_address(session: Session, account_id: UUID, *, now: datetime) -> bool:
    """Take back somebody's calendar address; tell whether there was one."""
    found = _current(session, account_id)
    for token in found:
        token.revoked_at = now
        session.add(token)
    if found:
        session.flush()
        record_event(session, "rcp.calendar.revoke", object_kind="account", object_id=account_id)
    return bool(found)


def has_address(session: Session, account_id: UUID) -> bool:
    """Tell whether somebody's calendar may be read by a secret."""
    return bool(_current(session, account_id))


def read_calendar(session: Session, secret: str, *, now: datetime) -> str | None:
    """Return the calendar behind a secret; None when it is unknown, revoked or its owner gone."""
    token = session.exec(
        select(CalendarToken).where(
            CalendarToken.digest == _digest(secret), col(CalendarToken.revoked_at).is_(None)
        )
    ).first()
    if token is None:
        return None
    statement = (
        select(Invitation, Meeting, Rcp)
        .join(Meeting, col(Meeting.id) == col(Invitation.session_id))
        .join(Rcp, col(Rcp.id) == col(Meeting.rcp_id))
        .where(Invitation.account_id == token.account_id)
        .where(col(Meeting.starts_at) >= now - _BEFORE, col(Meeting.starts_at) < now + _AFTER)
        .order_by(col(Meeting.starts_at), col(Meeting.id))
    )
    rows = session.exec(statement).all()
    owner = find_account(session, rows[0][0].national_id) if rows else None
    if owner is not None and owner.state != "active":
        return None
    return write_calendar(
        ((session_out(meeting, rcp), Answer(mine.answer)) for mine, meeting, rcp in rows), now=now
    )


def write_calendar(sessions: Iterable[tuple[SessionOut, Answer]], *, now: datetime) -> str:
    """Return sessions as iCalendar, each with the answer of the calendar's owner."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//dcc//RCP//FR", "X-WR-CALNAME:RCP"]
    for meeting, answer in sessions:
        lines.extend(_event(meeting, answer, now))
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _event(meeting: SessionOut, answer: Answer, now: datetime) -> Iterator[str]:
    is_off = meeting.state is SessionState.CANCELLED
    yield "BEGIN:VEVENT"
    yield f"UID:{meeting.id}@dcc"
    yield f"DTSTAMP:{_utc(now)}"
    yield f"DTSTART:{_utc(meeting.starts_at)}"
    yield f"DTEND:{_utc(meeting.ends_at)}"
    yield f"SEQUENCE:{meeting.revision}"
    yield f"SUMMARY:{_text(f'RCP {meeting.rcp_name}')}"
    if meeting.place:
        yield f"LOCATION:{_text(meeting.place)}"
    if meeting.video_url:
        yield f"URL:{meeting.video_url}"
    if answer in _STATUS:
        yield f"X-DCC-PARTSTAT:{_STATUS[answer]}"
    yield f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}"
    yield "END:VEVENT"


def _current(session: Session, account_id: UUID) -> list[CalendarToken]:
    statement = select(CalendarToken).where(
        CalendarToken.account_id == account_id, col(CalendarToken.revoked_at).is_(None)
    )
    return list(session.exec(statement))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _utc(at: datetime) -> str:
    return f"{at:%Y%m%dT%H%M%SZ}"


def _text(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return escaped.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Cut a line at 75 octets, never inside a character (RFC 5545, 3.1)."""
    part = ""
    for char in line:
        if len((part + char).encode()) > _LINE:
            yield part
            part = " "
        part += char
    yield part
