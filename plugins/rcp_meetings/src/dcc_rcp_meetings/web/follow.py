"""After the opinion: sign the opinions of a session, correct, present again, follow on, answer."""

from functools import partial
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath

from dcc_core.api import (
    CurrentPage,
    FormFields,
    Html,
    Issue,
    Level,
    Page,
    Stage,
    Subject,
    Transaction,
    require,
)
from dcc_rcp_forms.api import FicheOut, form_remarks
from dcc_rcp_meetings.cases.following import follow_on, present_again, record_outcome
from dcc_rcp_meetings.cases.signing import correct_case, sign_cases
from dcc_rcp_meetings.cases.states import DECIDED, CaseState
from dcc_rcp_meetings.cases.steps import list_agenda
from dcc_rcp_meetings.permissions import READ_FICHES, REQUEST_CASES, SIGN_FICHES
from dcc_rcp_meetings.web.access import (
    author_of_page,
    open_case_page,
    open_session_page,
    person_of_page,
    read_id,
)
from dcc_rcp_meetings.web.agenda import agenda_lines

_CASE = "/dossiers/{case_id:uuid}"
_SIGNATURE = "/seances/{session_id:uuid}/signature"
_SIGN = {"permission": SIGN_FICHES}
_REQUEST = {"permission": REQUEST_CASES}


@get(_SIGNATURE, name="rcp_meetings.signature", opt=_SIGN, sync_to_thread=True)
def signature_page(page: CurrentPage, session: Transaction, session_id: FromPath[UUID]) -> Html:
    """Show the opinions of a session that wait for a signature, and those that are not ready."""
    opened = open_session_page(page, session, session_id, action=SIGN_FICHES)
    cases = [case for case in list_agenda(session, session_id) if case.state in DECIDED]
    lines = agenda_lines(session, cases)
    return page.render(
        "rcp_meetings/signature.html",
        meeting=opened.meeting,
        ready=[line for line in lines if line.case.state is CaseState.DRAFTED],
        unready=[line for line in lines if line.case.state is not CaseState.DRAFTED],
    )


@post(_SIGNATURE, name="rcp_meetings.sign", opt=_SIGN, sync_to_thread=True)
def sign(
    page: CurrentPage, session: Transaction, session_id: FromPath[UUID], data: FormFields
) -> Html:
    """Sign the opinions that were ticked; each is decided on its own."""
    open_session_page(page, session, session_id, action=SIGN_FICHES)
    chosen = {name.removeprefix("case-") for name in data if name.startswith("case-")}
    on_agenda = [c.id for c in list_agenda(session, session_id) if str(c.id) in chosen]

    def permit(patient_id: UUID) -> str:
        subject = Subject(patient_id=patient_id)
        actor, rules = page.visitor.actor, page.site.access
        return require(session, actor, SIGN_FICHES, subject, rules=rules).basis

    now = page.site.runtime.clock()
    signer = person_of_page(page, session)
    done = sign_cases(
        session, on_agenda, signer=signer, permit=permit, now=now, judge=partial(_remarks, page)
    )
    refused = [one for one in done if not one.is_signed]
    count = len(done) - len(refused)
    notice = f"{count} avis signé(s)."
    if refused:
        notice += f" {len(refused)} non signé(s) : {refused[0].text}"
    level = Level.WARN if refused else Level.OK
    target = page.at("rcp_meetings.signature", session_id=session_id)
    return page.redirect(target, notice=notice, level=level)


@post(f"{_CASE}/corriger", name="rcp_meetings.case.correct", opt=_SIGN, sync_to_thread=True)
def correct(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Open the next version of a signed opinion."""
    open_case_page(page, session, case_id, action=SIGN_FICHES)
    now = page.site.runtime.clock()
    reason = data.get("reason", "")
    correct_case(session, case_id, reason=reason, author=author_of_page(page), now=now)
    target = page.at("rcp_meetings.fiche", case_id=case_id)
    return page.redirect(target, notice="La version corrective est ouverte. Signez-la ensuite.")


@post(f"{_CASE}/representer", name="rcp_meetings.case.again", opt=_REQUEST, sync_to_thread=True)
def again(page: CurrentPage, session: Transaction, case_id: FromPath[UUID]) -> Html:
    """Ask for another discussion with the fiche carried forward."""
    open_case_page(page, session, case_id, action=REQUEST_CASES)
    now = page.site.runtime.clock()
    author = author_of_page(page)
    case = present_again(session, case_id, motive="recidive", author=author, now=now)
    target = page.at("rcp_meetings.fiche", case_id=case.id)
    return page.redirect(target, notice="La demande est créée ; la fiche précédente est reprise.")


@post(f"{_CASE}/adresser", name="rcp_meetings.case.follow", opt=_REQUEST, sync_to_thread=True)
def follow(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Send the case to another RCP with its documents."""
    open_case_page(page, session, case_id, action=REQUEST_CASES)
    now = page.site.runtime.clock()
    rcp_id = read_id(data, "rcp")
    case = follow_on(session, case_id, rcp_id, author=author_of_page(page), now=now)
    target = page.at("rcp_meetings.fiche", case_id=case.id)
    return page.redirect(target, notice="La demande est adressée avec les documents.")


@post(f"{_CASE}/suite", name="rcp_meetings.case.outcome", opt={"permission": READ_FICHES},
      sync_to_thread=True)  # fmt: skip
def outcome(
    page: CurrentPage, session: Transaction, case_id: FromPath[UUID], data: FormFields
) -> Html:
    """Note what became of the proposal."""
    open_case_page(page, session, case_id, action=READ_FICHES)
    now = page.site.runtime.clock()
    given, reason = data.get("outcome", ""), data.get("reason", "")
    record_outcome(session, case_id, given, reason=reason, now=now)
    target = page.at("rcp_meetings.fiche", case_id=case_id)
    return page.redirect(target, notice="La suite donnée est notée.")


ROUTES = (signature_page, sign, correct, again, follow, outcome)
"""Route handlers of this module."""


def _remarks(page: Page, fiche: FicheOut) -> tuple[Issue, ...]:
    """Return what the plugins of the region say of a fiche at its signature."""
    return form_remarks(page, fiche, Stage.SIGN)
