"""The personal calendar: one address at a time, revocable, no patient in it."""

from datetime import timedelta

from sqlmodel import Session, select

from dcc_core.api import find_account
from dcc_core.testing.web import add_account
from dcc_rcp_meetings.directory.models import RcpOut
from dcc_rcp_meetings.directory.service import change_rcp
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.sessions.calendar_feed import (
    has_address,
    read_calendar,
    renew_address,
    revoke_address,
)
from dcc_rcp_meetings.sessions.invitations import invite_person
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.service import cancel_session, duplicate_session
from dcc_rcp_meetings.tables import CalendarToken

from .world import NOW, START, rcp_entry


def test_an_address_shows_the_sessions_of_its_owner_until_revoked(
    session: Session, rcp: RcpOut, meeting: SessionOut
) -> None:
    account_id = add_account(session, "physician", number=5)
    person = Person("899990000005", "Dr DÉMO-VALMONT", account_id=account_id)
    long_name = "Sénologie, gynécologie ; séance commune aux établissements partenaires du sud"
    change_rcp(session, rcp.id, rcp_entry(name=long_name), now=NOW)
    invite_person(session, meeting.id, person, now=NOW)
    first = renew_address(session, account_id, now=NOW)
    text = read_calendar(session, first, now=NOW) or ""
    assert text.startswith("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n")
    assert "DTSTART:20261124T130000Z\r\n" in text
    assert "SUMMARY:RCP Sénologie\\, gynécologie \\; séance" in text.replace("\r\n ", "")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert first not in {row.digest for row in session.exec(select(CalendarToken))}
    second = renew_address(session, account_id, now=NOW)
    assert read_calendar(session, first, now=NOW) is None
    cancel_session(session, meeting.id, reason="Grève", now=NOW)
    assert "STATUS:CANCELLED" in (read_calendar(session, second, now=NOW) or "")
    assert revoke_address(session, account_id, now=NOW)
    assert not has_address(session, account_id)
    assert read_calendar(session, second, now=NOW) is None


def test_a_disabled_account_is_answered_no_more(session: Session, meeting: SessionOut) -> None:
    account_id = add_account(session, "physician", number=5)
    person = Person("899990000005", "Dr DÉMO-VALMONT", account_id=account_id)
    copy = duplicate_session(session, meeting.id, starts_at=START + timedelta(days=7), now=NOW)
    invite_person(session, copy.id, person, now=NOW)
    secret = renew_address(session, account_id, now=NOW)
    account = find_account(session, "899990000005")
    assert account is not None
    account.state = "disabled"
    session.add(account)
    session.flush()
    assert read_calendar(session, secret, now=NOW) is None
