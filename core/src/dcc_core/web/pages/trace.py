"""Who looked at a dossier and why, in words that the patient may read."""

from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery

from dcc_core.audit import record_event
from dcc_core.patients import list_aliases
from dcc_core.users.access_report import report_accesses
from dcc_core.web.guards import PERMISSION
from dcc_core.web.inject import CurrentPage, Transaction
from dcc_core.web.journal import FAMILIES, read_journal
from dcc_core.web.opened import open_patient
from dcc_core.web.page import Html


@get(
    "/patients/{patient_id:uuid}/acces",
    name="core.patient.trace",
    opt={PERMISSION: "core.audit.patient"},
    sync_to_thread=True,
)
def trace_page(
    page: CurrentPage,
    session: Transaction,
    patient_id: FromPath[UUID],
    genre: FromQuery[str] = "",
    avant: FromQuery[int | None] = None,
) -> Html:
    """Show the accesses to one dossier; looking at them is noted as well."""
    opened = open_patient(page, session, patient_id, action="core.audit.patient")
    record_event(session, "audit.read", patient_id=opened.id, basis=opened.basis)
    journal = read_journal(
        session, patient_id=opened.id, events=FAMILIES.get(genre, ()), before=avant
    )
    return page.render(
        "core/patient/trace.html",
        opened=opened,
        journal=journal,
        kind=genre,
        kinds=list(FAMILIES),
        roles=page.site.access.policy.roles,
    )


@get(
    "/patients/{patient_id:uuid}/acces/releve",
    name="core.patient.trace.report",
    opt={PERMISSION: "core.audit.patient"},
    sync_to_thread=True,
)
def report_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Show every access as sentences, to be printed or saved as PDF and given to the patient."""
    runtime = page.site.runtime
    opened = open_patient(page, session, patient_id, action="core.audit.patient")
    report = report_accesses(
        session,
        patient_id=opened.id,
        policy=page.site.access.policy,
        now=runtime.clock(),
        timezone=runtime.region.timezone,
        aliases=list_aliases(session, opened.id),
    )
    return page.render("core/patient/report.html", opened=opened, report=report)


ROUTES = (trace_page, report_page)
"""Route handlers of this module."""
