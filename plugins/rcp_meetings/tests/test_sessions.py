"""Sessions: made from a rhythm, moved, duplicated, cancelled; clocks, holidays, answers."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlmodel import Session

from dcc_core.api import Conflict, InvalidInput, NotFound
from dcc_rcp_meetings.directory.models import RcpOut, Rhythm
from dcc_rcp_meetings.directory.service import change_rcp, declare_rcp
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.sessions.holidays import easter, is_holiday
from dcc_rcp_meetings.sessions.invitations import answer_invitation, invite_person
from dcc_rcp_meetings.sessions.models import Answer, SessionOut, SessionState
from dcc_rcp_meetings.sessions.recurrence import local_instant, session_days
from dcc_rcp_meetings.sessions.service import (
    cancel_session,
    create_session,
    duplicate_session,
    list_sessions,
    move_session,
    plan_sessions,
    read_session,
)

from .world import NOW, ONCOLOGIST, START, rcp_entry

WEEK = timedelta(days=7)


def test_a_rhythm_makes_its_sessions_once(session: Session, rcp: RcpOut) -> None:
    made = plan_sessions(session, rcp.id, until=NOW + 6 * WEEK, now=NOW)
    assert [one.local_day for one in made[:3]] == ["2026-11-17", "2026-11-24", "2026-12-01"]
    assert {f"{one.local_start:%H:%M}" for one in made} == {"14:00"}
    assert made[0].closes_at == made[0].starts_at - timedelta(hours=24)
    assert plan_sessions(session, rcp.id, until=NOW + 6 * WEEK, now=NOW) == ()
    guests = read_session(session, made[0].id).guests
    assert len(guests) == 3
    assert {guest.answer for guest in guests} == {Answer.NONE}


def test_clocks_change_and_the_hour_on_the_wall_stays() -> None:
    rhythm = Rhythm(weekday=2, start="14:00")
    before, after = session_days(rhythm, date(2026, 10, 20), date(2026, 10, 27))
    zone = "Europe/Paris"
    assert local_instant(before, rhythm.start, zone) == datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
    assert local_instant(after, rhythm.start, zone) == datetime(2026, 10, 27, 13, 0, tzinfo=UTC)
    assert local_instant(date(2026, 3, 29), "02:30", zone).tzinfo is UTC
    assert local_instant(before, "08:00", "America/Martinique").hour == 12


@pytest.mark.parametrize(
    ("rhythm", "days"),
    [
        (Rhythm(weekday=2, start="14:00", weeks=(1, 3)), [3, 17]),
        (Rhythm(weekday=1, start="14:00", weeks=(5,)), [30]),
        (Rhythm(weekday=2, start="14:00", every=2, anchor=date(2026, 11, 4)), [3, 17]),
        (Rhythm(weekday=2, start="14:00", except_days=(date(2026, 11, 10),)), [3, 17, 24]),
        (Rhythm(weekday=3, start="14:00"), [4, 18, 25]),
        (Rhythm(weekday=3, start="14:00", skips_holidays=False), [4, 11, 18, 25]),
    ],
)
def test_rhythms_of_november(rhythm: Rhythm, days: list[int]) -> None:
    found = session_days(rhythm, date(2026, 11, 1), date(2026, 11, 30))
    assert [day.day for day in found] == days


def test_holidays_follow_easter() -> None:
    known = {2024: (3, 31), 2025: (4, 20), 2026: (4, 5), 2038: (4, 25), 2285: (3, 22)}
    assert all(easter(year) == date(year, *day) for year, day in known.items())
    assert is_holiday(date(2026, 5, 14))
    assert not is_holiday(date(2026, 5, 15))


def test_moving_asks_everybody_again(session: Session, meeting: SessionOut) -> None:
    answer_invitation(
        session, meeting.id, national_id=ONCOLOGIST.national_id, answer=Answer.VIDEO, now=NOW
    )
    moved = move_session(
        session, meeting.id, starts_at=START + timedelta(days=1), reason="Salle prise", now=NOW
    )
    assert (moved.moved_from, moved.reason) == (START, "Salle prise")
    assert moved.ends_at - moved.starts_at == meeting.ends_at - meeting.starts_at
    assert {guest.answer for guest in moved.guests} == {Answer.NONE}
    with pytest.raises(InvalidInput, match="RCP-306"):
        move_session(session, meeting.id, starts_at=START + WEEK, reason=" ", now=NOW)
    with pytest.raises(InvalidInput, match="RCP-302"):
        move_session(session, meeting.id, starts_at=NOW - WEEK, reason="x", now=NOW)


def test_a_copy_has_the_people_and_no_case(session: Session, meeting: SessionOut) -> None:
    copy = duplicate_session(session, meeting.id, starts_at=START + WEEK, now=NOW)
    assert (copy.place, copy.capacity) == (meeting.place, meeting.capacity)
    with pytest.raises(Conflict, match="RCP-304"):
        duplicate_session(session, meeting.id, starts_at=START + WEEK, now=NOW)


def test_a_cancelled_session_stays_cancelled(session: Session, meeting: SessionOut) -> None:
    gone = cancel_session(session, meeting.id, reason="Grève", now=NOW)
    assert gone.state is SessionState.CANCELLED
    with pytest.raises(Conflict, match="RCP-305"):
        cancel_session(session, meeting.id, reason="Grève", now=NOW)
    create = create_session(session, meeting.rcp_id, starts_at=START, now=NOW)
    listed = list_sessions(session, after=NOW, before=START + WEEK)
    assert {one.id for one in listed} == {meeting.id, create.id}


def test_an_rcp_meets_within_its_period(session: Session, rcp: RcpOut) -> None:
    entry = rcp_entry(active_until=date(2026, 11, 30))
    change_rcp(session, rcp.id, entry, now=NOW)
    with pytest.raises(InvalidInput, match="RCP-303"):
        create_session(session, rcp.id, starts_at=START + WEEK, now=NOW)
    made = plan_sessions(session, rcp.id, until=NOW + 6 * WEEK, now=NOW)
    assert [one.local_day for one in made] == ["2026-11-17", "2026-11-24"]
    other = declare_rcp(session, rcp_entry(code="sans-rythme", rhythm=None), now=NOW)
    with pytest.raises(InvalidInput, match="RCP-301"):
        plan_sessions(session, other.id, until=NOW + WEEK, now=NOW)


def test_a_deputy_is_invited_by_hand_and_strangers_do_not_answer(
    session: Session, meeting: SessionOut
) -> None:
    deputy = Person("899900000999", "Dr DÉMO-LINON Eva", "SM01")
    for _ in range(2):
        invite_person(session, meeting.id, deputy, now=NOW)
    assert len(read_session(session, meeting.id).guests) == 4
    with pytest.raises(NotFound, match="RCP-310"):
        answer_invitation(session, meeting.id, national_id="8x", answer=Answer.ROOM, now=NOW)
    with pytest.raises(InvalidInput, match="RCP-311"):
        answer_invitation(
            session, meeting.id, national_id=deputy.national_id, answer=Answer.NONE, now=NOW
        )
