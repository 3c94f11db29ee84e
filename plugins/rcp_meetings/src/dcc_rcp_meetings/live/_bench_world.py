"""The session of the benchmark: fictitious people, patients and fiches."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import Database, find_account, utc_now
from dcc_core.testing.patients import qualified_patient
from dcc_core.testing.web import add_account
from dcc_rcp_forms.api import national_models, publish_form
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.directory.models import RcpIn, RcpKind
from dcc_rcp_meetings.directory.service import declare_rcp
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.quorum.shelf import publish_national_rules
from dcc_rcp_meetings.sessions.invitations import invite_person
from dcc_rcp_meetings.sessions.service import create_session

_SCOPE = "rcp:banc"
_AUTHOR = Author(None, "", "Dr DÉMO-BANC")
_PHYSICIAN = "bench.pages"
"""Login under which ``dcc bench pages`` looks at pages."""


@dataclass(frozen=True, slots=True)
class BenchWorld:
    """What the benchmark needs to know of its region."""

    rcp: UUID
    meeting: UUID
    case: UUID
    secretary: UUID
    people: tuple[UUID, ...]

    @property
    def screen(self) -> str:
        """Return the address of the session's screen."""
        return f"/x/rcp_meetings/seances/{self.meeting}/en-direct"


def make_world(database: Database, *, cases: int, people: int) -> BenchWorld:
    """Write an RCP, a session with its cases, a secretary and its participants."""
    now = utc_now()
    with database.session() as session:
        for model in national_models():
            publish_form(session, form=model, author="paquet", at=now)
        publish_national_rules(session, now=now)
        rcp = declare_rcp(session, _rcp(), now=now)
        meeting = create_session(session, rcp.id, starts_at=now + timedelta(hours=1), now=now)
        secretary = add_account(session, "rcp_secretary", scope=_SCOPE, number=900)
        others = []
        for number in range(people):
            account = add_account(
                session, "rcp_coordinator", family=f"DÉMO-BANC{number}", number=number, scope=_SCOPE
            )
            _invite(session, meeting.id, account, number, now)
            others.append(account)
        made = [_register(session, rcp.id, meeting.id, rank, now) for rank in range(cases)]
    return BenchWorld(rcp.id, meeting.id, made[0], secretary, tuple(others))


def register_more(database: Database, world: BenchWorld, cases: int) -> None:
    """Put as many cases again on the agenda."""
    with database.session() as session:
        for rank in range(cases, 2 * cases):
            _register(session, world.rcp, world.meeting, rank, utc_now())


def seat_physician(database: Database, world: BenchWorld) -> None:
    """Invite the physician of ``dcc bench pages`` to the session."""
    with database.session() as session:
        account = find_account(session, _PHYSICIAN)
        if account is not None:
            person = Person(_PHYSICIAN, "Dr DÉMO-BANC", account_id=account.id)
            invite_person(session, world.meeting, person, now=utc_now())


def _rcp() -> RcpIn:
    return RcpIn(
        code="banc-demo",
        name="Banc",
        kind=RcpKind.STANDARD,
        form_id="sein",
        quorum_code="standard-solide",
        active_from=date(2024, 1, 1),
        capacity=200,
        scope=_SCOPE,
    )


def _invite(session: Session, meeting: UUID, account: UUID, number: int, now: datetime) -> None:
    person = Person(f"8999900{number:05d}", f"Dr DÉMO-BANC{number}", "SM36", account_id=account)
    invite_person(session, meeting, person, now=now)


def _register(session: Session, rcp: UUID, meeting: UUID, rank: int, now: datetime) -> UUID:
    patient = qualified_patient(session, rank + 1, birth_family_name=_name(rank))
    request = Request(rcp_id=rcp, patient_id=patient.id, motive="initial")
    case = request_case(session, request, author=_AUTHOR, now=now)
    return register_case(session, case.id, meeting, author=_AUTHOR, now=now).id


def _name(rank: int) -> str:
    """Return a name of its own for each patient, in letters."""
    return f"DÉMO-BANC-{chr(65 + rank // 26)}{chr(65 + rank % 26)}"
