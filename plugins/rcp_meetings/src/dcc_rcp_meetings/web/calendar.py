"""The calendar of the region's meetings, and the sessions of mine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import get
from litestar.params import FromQuery
from sqlmodel import Session

from dcc_core.api import CurrentPage, Html, Page, Transaction
from dcc_rcp_meetings.directory.service import rcps_in_scopes
from dcc_rcp_meetings.permissions import READ_SESSIONS
from dcc_rcp_meetings.quorum.rules import QuorumRule
from dcc_rcp_meetings.quorum.shelf import list_rules
from dcc_rcp_meetings.sessions.invitations import guests_of
from dcc_rcp_meetings.sessions.models import Guest, SessionOut
from dcc_rcp_meetings.sessions.service import count_cases, list_sessions
from dcc_rcp_meetings.web.agenda import Outlook, outlook_of

_VIEWS = ("semaine", "mois", "liste")
_LIST_WEEKS = 4


@dataclass(frozen=True, slots=True)
class Slot:
    """A session in the calendar.

    Attributes:
        abroad: Start on the region's clock when the session keeps another one.
    """

    meeting: SessionOut
    cases: int
    outlook: Outlook
    is_mine: bool
    abroad: datetime | None = None


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; ``is_out`` when it belongs to another month."""

    day: date
    slots: tuple[Slot, ...]
    is_out: bool = False


@get("/calendrier", name="rcp_meetings.calendar", opt={"permission": READ_SESSIONS},
     sync_to_thread=True)  # fmt: skip
def calendar(
    page: CurrentPage,
    session: Transaction,
    jour: FromQuery[str] = "",
    vue: FromQuery[str] = "semaine",
    rcp: FromQuery[str] = "",
) -> Html:
    """Show the sessions of a week, of a month, or the next ones as a list."""
    zone = ZoneInfo(page.site.runtime.region.timezone)
    today = page.site.runtime.clock().astimezone(zone).date()
    view = vue if vue in _VIEWS else "semaine"
    first, last = _span(view, _day(jour, today))
    mine = rcps_in_scopes(session, page.visitor.actor.scopes)
    slots = read_slots(session, page, first, last, mine=mine, only_mine=rcp == "miennes")
    return page.render(
        "rcp_meetings/calendar.html",
        view=view,
        only_mine=rcp == "miennes",
        days=_days(view, first, last, slots, _day(jour, today), zone),
        slots=slots,
        first=first,
        last=last,
        today=today,
        before=_shift(view, first, -1),
        after=_shift(view, first, 1),
        total=sum(slot.cases for slot in slots),
    )


def read_slots(
    session: Session,
    page: Page,
    first: date,
    last: date,
    *,
    mine: Sequence[UUID],
    only_mine: bool = False,
) -> tuple[Slot, ...]:
    """Return the sessions between two days, with what their guests answered: four statements."""
    zone = ZoneInfo(page.site.runtime.region.timezone)
    meetings = list_sessions(
        session,
        after=datetime.combine(first, time.min, zone),
        before=datetime.combine(last + timedelta(days=1), time.min, zone),
    )
    account_id = page.visitor.actor.account_id
    guests = guests_of(session, [meeting.id for meeting in meetings])
    counts = count_cases(session, [meeting.id for meeting in meetings])
    rules = list_rules(session)
    slots = (_slot(m, counts, guests, rules, mine, account_id, zone) for m in meetings)
    return tuple(slot for slot in slots if slot.is_mine or not only_mine)


def rule_for(rules: Sequence[QuorumRule], meeting: SessionOut) -> QuorumRule | None:
    """Return the rule that applies to a session among those already read."""
    day = meeting.local_start.date()
    fitting = [r for r in rules if r.code == meeting.quorum_code and r.is_in_force(day)]
    return max(fitting, key=lambda rule: (rule.valid_from, rule.version), default=None)


def _slot(
    meeting: SessionOut,
    counts: Mapping[UUID, int],
    guests: Mapping[UUID, Sequence[Guest]],
    rules: Sequence[QuorumRule],
    mine: Sequence[UUID],
    account_id: UUID | None,
    zone: ZoneInfo,
) -> Slot:
    invited = guests.get(meeting.id, ())
    is_guest = account_id is not None and any(g.account_id == account_id for g in invited)
    here = meeting.starts_at.astimezone(zone)
    return Slot(
        meeting,
        counts.get(meeting.id, 0),
        outlook_of(rule_for(rules, meeting), invited),
        meeting.rcp_id in mine or is_guest,
        here if here.utcoffset() != meeting.local_start.utcoffset() else None,
    )


def _day(given: str, today: date) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        return today


def _span(view: str, day: date) -> tuple[date, date]:
    monday = day - timedelta(days=day.weekday())
    if view == "semaine":
        return monday, monday + timedelta(days=6)
    if view == "liste":
        return monday, monday + timedelta(weeks=_LIST_WEEKS, days=-1)
    start = day.replace(day=1)
    first = start - timedelta(days=start.weekday())
    end = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first, end + timedelta(days=6 - end.weekday())


def _shift(view: str, first: date, sign: int) -> date:
    if view == "semaine":
        return first + timedelta(weeks=sign)
    if view == "liste":
        return first + timedelta(weeks=sign * _LIST_WEEKS)
    inside = first + timedelta(days=7)
    return (inside.replace(day=15) + timedelta(days=30 * sign)).replace(day=1)


def _days(
    view: str, first: date, last: date, slots: Sequence[Slot], chosen: date, zone: ZoneInfo
) -> tuple[Day, ...]:
    """Return the days shown: a week without sessions at its end shows five days."""
    by_day: dict[date, list[Slot]] = {}
    for slot in slots:
        by_day.setdefault(slot.meeting.starts_at.astimezone(zone).date(), []).append(slot)
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    if view == "semaine" and not any(day in by_day for day in days[5:]):
        days = days[:5]
    if view == "liste":
        days = [day for day in days if day in by_day]
    return tuple(
        Day(day, tuple(by_day.get(day, ())), view == "mois" and day.month != chosen.month)
        for day in days
    )


ROUTES = (calendar,)
"""Route handlers of this module."""
