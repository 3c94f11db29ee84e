"""What open screens ask for while people write: save a field, tell that one writes, follow."""

from typing import Annotated, Any
from uuid import UUID

from litestar import get, post, put
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath, HeaderParameter
from litestar.response import Response
from sqlmodel import Session

from dcc_core.api import (
    Conflict,
    CurrentPage,
    FormFields,
    NotFound,
    Page,
    ReadOnly,
    Subject,
    Transaction,
    require,
)
from dcc_rcp_forms.api import FieldConflictError, read_fiche, read_posted
from dcc_rcp_meetings.cases.decision import fiche_of, save_answer
from dcc_rcp_meetings.cases.steps import case_row
from dcc_rcp_meetings.live.answers import answers_json, conflict_json
from dcc_rcp_meetings.live.pages import SCREEN
from dcc_rcp_meetings.live.topics import tell_typing
from dcc_rcp_meetings.permissions import READ_FICHES, WRITE_FICHES
from dcc_rcp_meetings.tables import Case
from dcc_rcp_meetings.web.access import author_of_page

_CASE = f"{SCREEN}/avis/{{case_id:uuid}}"
_WRITE = {"permission": WRITE_FICHES}
Posted = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
IfMatch = Annotated[str | None, HeaderParameter(name="If-Match")]
Answered = Response[dict[str, Any]]


@get(
    _CASE,
    name="rcp_meetings.live.answers",
    opt={"permission": READ_FICHES, "passive": True},
    sync_to_thread=True,
)
def answers(
    page: CurrentPage, reading: ReadOnly, session_id: FromPath[UUID], case_id: FromPath[UUID]
) -> dict[str, Any]:
    """Return the answers of a decision; the access to the case was noted when it was opened."""
    row = _row(page, reading, session_id, case_id, action=READ_FICHES)
    return answers_json(row, read_fiche(reading, fiche_id=fiche_of(row)))


@put(f"{_CASE}/champs", name="rcp_meetings.live.save", opt=_WRITE, sync_to_thread=True)
def save(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    case_id: FromPath[UUID],
    data: Posted,
    if_match: IfMatch = None,
) -> Answered:
    """Save one field. ``If-Match`` is the revision seen; ``champ`` names the field.

    412 gives both texts when somebody else wrote it meanwhile; 428 asks for ``If-Match``.
    """
    row = _row(page, session, session_id, case_id, action=WRITE_FICHES)
    seen = (if_match or "").strip('" ')
    if not seen.isdecimal():
        return Response({"code": "RCP-440"}, status_code=428)
    name = str(data.get("champ", ""))
    fiche = read_fiche(session, fiche_id=fiche_of(row))
    stored = read_posted(fiche.loaded.program, data, [name]).get(name)
    try:
        saved = save_answer(
            session,
            case_id,
            field=name,
            stored=stored,
            seen_revision=int(seen),
            author=author_of_page(page),
            now=page.site.runtime.clock(),
        )
    except FieldConflictError as error:
        told = conflict_json(fiche.loaded.form.field(name), error.conflict, stored)
        return Response(told, status_code=412)
    revision = saved.revisions[name]
    return Response(answers_json(row, saved), headers={"etag": f'"{revision}"'})


@post(f"{_CASE}/frappe", name="rcp_meetings.live.typing",
      opt={**_WRITE, "passive": True}, sync_to_thread=True, status_code=204)  # fmt: skip
def typing(
    page: CurrentPage,
    session: Transaction,
    session_id: FromPath[UUID],
    case_id: FromPath[UUID],
    data: FormFields,
) -> None:
    """Tell the other screens that somebody writes in a field; nothing is kept of it."""
    _row(page, session, session_id, case_id, action=WRITE_FICHES)
    by = page.visitor.actor.account_id
    tell_typing(session, session_id, case_id, data.get("champ", ""), by=by)


def _row(page: Page, session: Session, session_id: UUID, case_id: UUID, *, action: str) -> Case:
    """Return a case of this session that the visitor may read or write now.

    Raises:
        NotFound: ``RCP-400`` it is not on this agenda.
        Conflict: ``RCP-412`` it was put off, and its fiche with it.
        AccessRefused: The right was lost meanwhile.
    """
    row = case_row(session, case_id)
    if row.session_id != session_id:
        raise NotFound("RCP-400", "Ce dossier n'est pas à l'ordre du jour de cette séance.")
    if row.fiche_id is None:
        raise Conflict(
            "RCP-412", "Ce dossier a été reporté : sa fiche suit la nouvelle inscription."
        )
    subject = Subject(patient_id=row.patient_id)
    require(session, page.visitor.actor, action, subject, rules=page.site.access)
    return row


ROUTES = (answers, save, typing)
"""Route handlers of this module."""
