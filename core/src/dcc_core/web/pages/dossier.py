"""The dossier of a patient: synthesis and care team."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery

from dcc_core.records import list_documents
from dcc_core.users import list_care_team
from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, Transaction
from dcc_core.web.opened import open_patient
from dcc_core.web.page import Html
from dcc_core.web.timeline import timeline_of


@get(
    "/patients/{patient_id:uuid}",
    name="core.patient",
    opt={PERMISSION: "core.identity.read"},
    sync_to_thread=True,
)
def synthesis(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    genre: FromQuery[str] = "",
    avant: FromQuery[str] = "",
) -> Html:
    """Show the patient's course and what came last."""
    opened = open_patient(page, session, patient_id, action="core.identity.read")
    if opened.id != patient_id:
        return page.redirect(page.at("core.patient", patient_id=opened.id))
    listed = list_documents(session, opened.id) if opened.may("core.document.list") else ()
    documents = opened.readable(listed, action="core.document.list")
    is_clinical = opened.may("core.patient.read")
    return page.render(
        "core/patient/synthesis.html",
        opened=opened,
        is_clinical=is_clinical,
        documents=documents[:6],
        timeline=timeline_of(page, opened, documents, kind=genre, before=avant)
        if is_clinical
        else None,
        team=list_care_team(session, patient_id=opened.id, now=page.site.runtime.clock()),
    )


ROUTES = (synthesis,)
"""Route handlers of this module."""
