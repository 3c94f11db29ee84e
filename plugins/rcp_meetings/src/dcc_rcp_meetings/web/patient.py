"""The RCP part of a dossier: presentations of the patient, and the request for one more."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath
from sqlmodel import Session, col, select

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    InvalidInput,
    Page,
    TimelineEntry,
    Transaction,
    Window,
    open_patient,
)
from dcc_rcp_meetings.cases.models import MOTIVES
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.cases.states import STATE_LABELS, CaseState, Lane
from dcc_rcp_meetings.cases.steps import list_cases
from dcc_rcp_meetings.directory.service import search_rcps
from dcc_rcp_meetings.permissions import LIST_CASES, READ_FICHES, REQUEST_CASES
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.service import list_sessions
from dcc_rcp_meetings.tables import Case, Meeting, Rcp
from dcc_rcp_meetings.web.access import author_of_page

_AHEAD = timedelta(days=60)


@get("/patients/{patient_id:uuid}", name="rcp_meetings.patient", opt={"permission": LIST_CASES},
     sync_to_thread=True)  # fmt: skip
def patient_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Show the presentations of a patient, and the form to ask for one."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    cases = list_cases(session, patient_id=opened.id)
    today = page.site.runtime.clock().date()
    rcps = search_rcps(session) if cases or opened.may(REQUEST_CASES) else ()
    return page.render(
        "rcp_meetings/patient.html",
        opened=opened,
        cases=cases,
        names={rcp.id: rcp.name for rcp in rcps},
        rcps=[rcp for rcp in rcps if rcp.is_active(today)],
        sessions=_coming(page, session),
        motives=[(code, label) for code, label in MOTIVES.items() if code != "regularisation"],
        motive_names=MOTIVES,
        may_request=opened.may(REQUEST_CASES),
        may_read=opened.may(READ_FICHES),
    )


@post("/patients/{patient_id:uuid}", name="rcp_meetings.request",
      opt={"permission": REQUEST_CASES}, sync_to_thread=True)  # fmt: skip
def ask(
    page: CurrentPage, session: Transaction, patient_id: FromPath[UUID], data: FormFields
) -> Html:
    """Ask an RCP to discuss the patient, and register at once when a session is chosen."""
    opened = open_patient(page, session, patient_id, action=REQUEST_CASES)
    author, now = author_of_page(page), page.site.runtime.clock()
    rcp_id, session_id = _target(data.get("where", ""))
    request = Request(
        rcp_id=rcp_id,
        patient_id=opened.id,
        motive=data.get("motive", ""),
        is_regularisation=data.get("regularisation") == "oui",
        lane=Lane.RECORDING if data.get("lane") == Lane.RECORDING else Lane.DISCUSSION,
    )
    case = request_case(session, request, author=author, now=now)
    if session_id is not None:
        case = register_case(session, case.id, session_id, author=author, now=now)
    target = page.at("rcp_meetings.fiche", case_id=case.id)
    return page.redirect(target, notice="Le patient est inscrit. Complétez sa fiche."
                         if case.state is CaseState.REGISTERED
                         else "La demande est enregistrée. Complétez la fiche.")  # fmt: skip


class PresentationsSection:
    """Presentations in the timeline of the dossier."""

    key = "rcp_meetings.cases"
    label = "Réunions de concertation"
    permission = READ_FICHES
    order = 40

    def entries(
        self, session: Session, patient_id: UUID, window: Window
    ) -> Iterable[TimelineEntry]:
        """Return one entry per presentation that was concluded or is planned."""
        statement = (
            select(Case, Rcp, Meeting)
            .join(Rcp, col(Rcp.id) == col(Case.rcp_id))
            .join(Meeting, col(Meeting.id) == col(Case.session_id))
            .where(Case.patient_id == patient_id)
            .order_by(col(Meeting.starts_at).desc())
            .limit(window.limit)
        )
        if window.before is not None:
            statement = statement.where(col(Meeting.starts_at) < window.before)
        if window.after is not None:
            statement = statement.where(col(Meeting.starts_at) >= window.after)
        for case, rcp, meeting in session.exec(statement):
            yield _entry(case, rcp, meeting.starts_at)


def _entry(case: Case, rcp: Rcp, at: datetime) -> TimelineEntry:
    state = STATE_LABELS[CaseState(case.state)]
    motive = MOTIVES.get(case.motive, case.motive)
    return TimelineEntry(
        key=str(case.id),
        at=at,
        kind="rcp",
        title=f"RCP {rcp.name}",
        summary=f"{motive}. {state}.",
        href=f"/x/rcp_meetings/fiches/{case.id}",
        icon="users-round",
    )


def _coming(page: Page, session: Session) -> dict[UUID, list[SessionOut]]:
    now = page.site.runtime.clock()
    grouped: dict[UUID, list[SessionOut]] = {}
    for one in list_sessions(session, after=now, before=now + _AHEAD):
        if not one.is_over:
            grouped.setdefault(one.rcp_id, []).append(one)
    return grouped


def _target(given: str) -> tuple[UUID, UUID | None]:
    """Read ``<rcp>`` or ``<rcp>/<session>``."""
    rcp_id, _, session_id = given.partition("/")
    try:
        return UUID(rcp_id), UUID(session_id) if session_id else None
    except ValueError:
        raise InvalidInput("RCP-342", "Choisissez une RCP dans la liste.", field="where") from None


ROUTES = (patient_page, ask)
"""Route handlers of this module."""
