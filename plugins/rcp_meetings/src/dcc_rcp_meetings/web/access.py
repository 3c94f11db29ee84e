"""Who may see what of a meeting: the scope of roles, who is expected, whose case it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import (
    AccessRefused,
    Decision,
    InvalidInput,
    OpenedPatient,
    Page,
    Reason,
    Subject,
    find_account,
    open_patient,
)
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.steps import read_case
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.permissions import HOLD_SESSIONS, LIST_CASES, MANAGE_SESSIONS
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.service import read_session
from dcc_rcp_meetings.tables import Case, Rcp

_REFUSAL = (
    "Cette séance relève d'une RCP qui n'est pas la vôtre. "
    "Demandez à son secrétariat de vous y inviter."
)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session whose page was permitted.

    Attributes:
        is_whole: Whether the visitor sees every case, or only those they asked for.
        may_hold: Whether they run it: presence, states of cases.
        may_manage: Whether they move, cancel and invite.
    """

    meeting: SessionOut
    is_whole: bool
    may_hold: bool
    may_manage: bool
    me: str

    def sees(self, case: CaseOut, account_id: UUID | None) -> bool:
        """Tell whether a case is shown to the visitor."""
        return self.is_whole or (account_id is not None and case.requester_id == account_id)


def author_of_page(page: Page) -> Author:
    """Return who acts, as histories name them."""
    actor = page.visitor.actor
    return Author(actor.account_id, actor.national_id, page.visitor.name)


def person_of_page(page: Page, session: Session) -> Person:
    """Return the visitor as a participant, with their speciality."""
    actor = page.visitor.actor
    account = find_account(session, actor.national_id) if actor.national_id else None
    return Person(
        actor.national_id,
        page.visitor.name,
        account.specialty if account else "",
        (account.profession if account else "") or "10",
        actor.account_id,
    )


def holds_in_scope(page: Page, permission: str, scope: str) -> bool:
    """Tell whether a role that holds a right reaches the RCPs of a scope."""
    actor = page.visitor.actor
    roles = {role.code for role in page.site.access.policy.roles_with(permission, actor.roles)}
    if actor.scoped_roles:
        return any(role in roles and held == scope for role, held in actor.scoped_roles)
    return bool(roles) and scope in actor.scopes


def open_session_page(
    page: Page, session: Session, session_id: UUID, *, action: str = LIST_CASES
) -> OpenedSession:
    """Decide about a session and read it.

    Its team and those expected at it see the agenda; others only the cases they asked for.

    Raises:
        NotFound: ``RCP-300``.
        AccessRefused: The visitor's roles do not reach this RCP for ``action``.
    """
    meeting = read_session(session, session_id)
    account_id = page.visitor.actor.account_id
    is_expected = any(guest.account_id == account_id for guest in meeting.guests)
    in_scope = holds_in_scope(page, action, meeting.rcp_scope)
    if action != LIST_CASES and not in_scope:
        refuse_out_of_scope(session_id, action)
    return OpenedSession(
        meeting,
        is_whole=in_scope or is_expected,
        may_hold=holds_in_scope(page, HOLD_SESSIONS, meeting.rcp_scope),
        may_manage=holds_in_scope(page, MANAGE_SESSIONS, meeting.rcp_scope),
        me=page.visitor.actor.national_id,
    )


def refuse_out_of_scope(session_id: UUID, action: str) -> None:
    """Refuse an action on a meeting that the visitor's roles do not reach.

    Raises:
        AccessRefused: Always; it is noted in the audit.
    """
    decision = Decision(False, Reason.OUT_OF_SCOPE, _REFUSAL)
    raise AccessRefused(decision, action, Subject(kind="rcp_session", object_id=session_id))


def open_case_page(
    page: Page, session: Session, case_id: UUID, *, action: str
) -> tuple[CaseOut, OpenedPatient]:
    """Decide about a case through its patient, and read both.

    Raises:
        NotFound: ``RCP-400``.
        AccessRefused: No care relation, opposition or missing right.
    """
    session.exec(  # one statement for both: what follows finds them in the session
        select(Case, Rcp).join(Rcp, col(Rcp.id) == col(Case.rcp_id)).where(Case.id == case_id)
    ).first()
    case = read_case(session, case_id)
    return case, open_patient(page, session, case.patient_id, action=action)


def read_id(data: Mapping[str, str], name: str) -> UUID:
    """Return what a person chose in a list.

    Raises:
        InvalidInput: ``RCP-342`` nothing was chosen.
    """
    try:
        return UUID(data.get(name, ""))
    except ValueError:
        raise InvalidInput("RCP-342", "Faites un choix dans la liste.", field=name) from None
