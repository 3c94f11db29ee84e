"""What the start page shows of the meetings: the next session, the work that waits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import col, select

from dcc_core.api import Clock, PanelContext, PanelView, Slot
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.permissions import LIST_CASES, READ_SESSIONS
from dcc_rcp_meetings.quorum.shelf import list_rules
from dcc_rcp_meetings.sessions.invitations import guests_of
from dcc_rcp_meetings.sessions.models import Guest, SessionOut, SessionState
from dcc_rcp_meetings.sessions.service import count_cases, list_sessions
from dcc_rcp_meetings.tables import Case, Rcp
from dcc_rcp_meetings.web.agenda import outlook_of
from dcc_rcp_meetings.web.calendar import rule_for

_AHEAD = timedelta(days=21)
_STILL_OPEN = timedelta(hours=6)
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many cases wait for the visitor, by what they need."""

    to_sign: int
    to_prepare: int
    to_register: int

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing waits."""
        return not (self.to_sign or self.to_prepare or self.to_register)


class NextSessionPanel:
    """The next session of the visitor: when, how many cases, what the quorum will be."""

    key = "rcp_meetings.next"
    slot = Slot.HOME_SIDE
    title = "Prochaine séance"
    permission = READ_SESSIONS
    order = 20

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def render(self, context: PanelContext) -> PanelView | None:
        """Show it, with its guests' answers; nothing when there is none."""
        coming = _mine(context, self._clock)
        if not coming:
            return None
        first, guests = coming[0]
        others = [one for one, _guests in coming[1:_SHOWN]]
        rule = rule_for(list_rules(context.session, first.quorum_code), first)
        counts = count_cases(context.session, [first.id, *(one.id for one in others)])
        values = {
            "first": first,
            "others": others,
            "counts": counts,
            "outlook": outlook_of(rule, guests),
        }
        return PanelView("rcp_meetings/_next.html", values)


class WorkPanel:
    """The cases that wait for the visitor."""

    key = "rcp_meetings.work"
    slot = Slot.HOME_MAIN
    title = "Réunions de concertation"
    permission = LIST_CASES
    order = 20

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def render(self, context: PanelContext) -> PanelView | None:
        """Show what is to sign, to prepare and to register; nothing when nothing waits."""
        waiting, sessions = _waiting(context)
        if waiting.is_empty:
            return None
        return PanelView("rcp_meetings/_work.html", {"waiting": waiting, "sessions": sessions})


def _mine(context: PanelContext, clock: Clock) -> list[tuple[SessionOut, list[Guest]]]:
    now = clock()
    found = list_sessions(
        context.session,
        after=now - _STILL_OPEN,
        before=now + _AHEAD,
        states=(SessionState.PLANNED, SessionState.OPEN, SessionState.SUSPENDED),
    )
    guests = guests_of(context.session, [one.id for one in found])
    account_id = context.actor.account_id
    return [
        (one, guests.get(one.id, []))
        for one in found
        if one.rcp_scope in context.actor.scopes
        or any(guest.account_id == account_id for guest in guests.get(one.id, ()))
    ]


def _waiting(context: PanelContext) -> tuple[Waiting, list[UUID]]:
    scopes = sorted(context.actor.scopes)
    mine = or_(col(Case.requester_id) == context.actor.account_id, col(Rcp.scope).in_(scopes))
    statement = (
        select(Case.state, Case.session_id, Rcp.scope)
        .join(Rcp, col(Rcp.id) == col(Case.rcp_id))
        .where(
            col(Case.state).in_([CaseState.REQUESTED, CaseState.REGISTERED, CaseState.DRAFTED]),
            mine,
        )
    )
    rows: Sequence[tuple[str, UUID | None, str]] = context.session.exec(statement).all()
    to_sign = [one for state, one, scope in rows if state == CaseState.DRAFTED and scope in scopes]
    found = Waiting(
        len(to_sign),
        sum(1 for state, _, _ in rows if state == CaseState.REGISTERED),
        sum(1 for state, _, _ in rows if state == CaseState.REQUESTED),
    )
    return found, list(dict.fromkeys(one for one in to_sign if one is not None))
