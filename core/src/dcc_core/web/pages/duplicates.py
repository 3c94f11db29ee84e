"""The identity cell: pairs to compare, merge and its undoing. Never automatic, always motivated."""

from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery

from dcc_core.errors import Conflict, InvalidInput
from dcc_core.patients import (
    choose_survivor,
    count_duplicates,
    decide_distinct,
    get_patient,
    list_duplicates,
    list_merges,
    merge_patients,
    unmerge_patients,
)
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.identities import COMPARED, differing, read_identities
from dcc_core.web.inject import CurrentPage, FormFields, Transaction
from dcc_core.web.page import Html

_MANAGE = {PERMISSION: "core.identity.manage"}
PAGE_SIZE = 30


@get("/identites", name="core.identities", opt=_MANAGE, sync_to_thread=True)
def queue_page(page: CurrentPage, session: Transaction, rang: FromQuery[int] = 0) -> Html:
    """Show the pairs to compare, the most alike first."""
    rank = max(rang, 0)
    pairs = list_duplicates(session, limit=PAGE_SIZE, offset=rank)
    ids = [patient_id for pair in pairs for patient_id in (pair.first_id, pair.second_id)]
    return page.render(
        "core/identities/queue.html",
        pairs=pairs,
        records=read_identities(session, ids, event="patient.compare"),
        waiting=count_duplicates(session),
        next_rank=rank + PAGE_SIZE if len(pairs) == PAGE_SIZE else None,
    )


@get(
    "/identites/{first_id:uuid}/{second_id:uuid}",
    name="core.identities.compare",
    opt=_MANAGE,
    sync_to_thread=True,
)
def compare_page(
    page: CurrentPage,
    session: Transaction,
    first_id: FromPath[UUID],
    second_id: FromPath[UUID],
    paire: FromQuery[str] = "",
) -> Html:
    """Show two records trait by trait, and which one would be kept."""
    kept_id, dropped_id = choose_survivor(session, first_id, second_id)
    records = read_identities(session, (kept_id, dropped_id), event="patient.compare")
    kept, dropped = records[kept_id], records[dropped_id]
    return page.render(
        "core/identities/compare.html",
        kept=kept,
        dropped=dropped,
        compared=COMPARED,
        differing=differing(kept.traits, dropped.traits),
        pair_id=paire,
        merges=list_merges(session, kept_id),
    )


@post("/identites/fusion", name="core.identities.merge", opt=_MANAGE, sync_to_thread=True)
def merge(page: CurrentPage, session: Transaction, data: FormFields) -> Html:
    """Make two records one, with the reason that establishes it."""
    done = merge_patients(
        session,
        kept_id=_id(data, "kept"),
        dropped_id=_id(data, "dropped"),
        reason=data.get("reason", ""),
        dispatcher=page.site.runtime.dispatcher,
        clock=page.site.runtime.clock,
    )
    return page.redirect(
        page.at("core.identities.history", patient_id=done.kept_id),
        notice=_("Les deux dossiers n’en font plus qu’un. La fusion peut être annulée ici."),
    )


@get(
    "/identites/{patient_id:uuid}",
    name="core.identities.history",
    opt=_MANAGE,
    sync_to_thread=True,
)
def history_page(page: CurrentPage, session: Transaction, patient_id: FromPath[UUID]) -> Html:
    """Show the merges of a record, each of which can be undone."""
    return page.render(
        "core/identities/history.html",
        patient=get_patient(session, patient_id, basis="role"),
        merges=list_merges(session, patient_id),
    )


@post(
    "/identites/fusions/{merge_id:int}/annulation",
    name="core.identities.unmerge",
    opt=_MANAGE,
    sync_to_thread=True,
)
def unmerge(
    page: CurrentPage, session: Transaction, merge_id: FromPath[int], data: FormFields
) -> Html:
    """Undo a merge; what arrived since stays with the record that was kept."""
    undone = unmerge_patients(
        session, merge_id, reason=data.get("reason", ""), clock=page.site.runtime.clock
    )
    return page.redirect(
        page.at("core.identities.history", patient_id=undone.kept_id),
        notice=_("Les deux dossiers sont de nouveau séparés."),
    )


@post(
    "/identites/paires/{pair_id:uuid}/distinctes",
    name="core.identities.distinct",
    opt=_MANAGE,
    sync_to_thread=True,
)
def distinct(
    page: CurrentPage, session: Transaction, pair_id: FromPath[UUID], data: FormFields
) -> Html:
    """Record that the two are different persons."""
    note = data.get("reason", "").strip()
    if not note:
        raise InvalidInput("WEB-150", _("Indiquez ce qui l’établit."), field="reason")
    decide_distinct(session, pair_id, note=note, clock=page.site.runtime.clock)
    return page.redirect(
        page.at("core.identities"), notice=_("La paire quitte la file : deux personnes.")
    )


def _id(data: FormFields, name: str) -> UUID:
    try:
        return UUID(data.get(name, ""))
    except ValueError:
        raise Conflict("WEB-151", _("Rechargez la comparaison puis recommencez.")) from None


ROUTES = (queue_page, compare_page, merge, history_page, unmerge, distinct)
"""Route handlers of this module."""
