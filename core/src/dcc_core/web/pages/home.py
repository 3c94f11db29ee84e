"""The start page: what there is to do, before any figure."""

from litestar import get

from dcc_core.web.guards import PERMISSION
from dcc_core.web.identities import read_identities
from dcc_core.web.inject import CurrentPage, Transaction
from dcc_core.web.journal import patients_opened_by
from dcc_core.web.page import Html
from dcc_core.web.todo import tasks_of

RECENT = 8


@get("/", name="core.home", opt={PERMISSION: "core.account.self"}, sync_to_thread=True)
def home(page: CurrentPage, session: Transaction) -> Html:
    """Show what waits for the person signed in, and the dossiers they opened last."""
    account_id = page.visitor.actor.account_id
    ids = (
        patients_opened_by(session, account_id, limit=RECENT)
        if account_id and page.may("core.patient.search")
        else ()
    )
    return page.render(
        "core/home.html",
        tasks=tasks_of(page, session),
        recent=list(read_identities(session, ids, event="patient.recent").values()),
        today=page.site.runtime.clock(),
    )


ROUTES = (home,)
"""Route handlers of this module."""
