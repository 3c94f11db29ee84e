"""Messages received: what waits, why, and to whom a person attaches them."""

from dataclasses import dataclass
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, FromQuery
from sqlmodel import Session

from dcc_core.errors import InvalidInput
from dcc_core.exchange import (
    InboxMessage,
    InboxState,
    attach_message,
    read_message,
    replay_messages,
)
from dcc_core.hooks.contracts.identity import PatientTraits
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.patients import PatientOut
from dcc_core.web.guards import PERMISSION
from dcc_core.web.i18n import gettext as _
from dcc_core.web.identities import COMPARED, differing, read_identities
from dcc_core.web.inject import CurrentPage, FormFields, ReadOnly, Transaction
from dcc_core.web.page import Html, Page
from dcc_core.web.pages.search import look_for
from dcc_core.web.queues import inbox_page
from dcc_core.web.validation import FieldErrors, field_errors

_READ = {PERMISSION: "core.exchange.read"}
_MANAGE = {PERMISSION: "core.exchange.manage"}
_ATTACH = {PERMISSION: "core.exchange.attach"}
PARSE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A record beside the identity that a message states."""

    patient: PatientOut
    differing: frozenset[str]


@get("/echanges/recus", name="core.inbox", opt=_READ, sync_to_thread=True)
def inbox(
    page: CurrentPage,
    reading: ReadOnly,
    etat: FromQuery[str] = "",
    source: FromQuery[str] = "",
    avant: FromQuery[int | None] = None,
) -> Html:
    """Show the messages received, by state and source."""
    queue = inbox_page(reading, state=etat, source=source, before=avant)
    return page.render(
        "core/exchange/inbox.html", queue=queue, states=list(InboxState), source=source
    )


@get("/echanges/recus/{message_id:int}", name="core.inbox.message", opt=_READ, sync_to_thread=True)
def message_page(page: CurrentPage, session: Transaction, message_id: FromPath[int]) -> Html:
    """Show one message: what became of it and, to those who attach, whose it may be."""
    return _page(page, session, read_message(session, message_id))


@post(
    "/echanges/recus/{message_id:int}/candidats",
    name="core.inbox.candidates",
    opt=_ATTACH,
    status_code=200,
    sync_to_thread=True,
)
def candidates(
    page: CurrentPage, session: Transaction, message_id: FromPath[int], data: FormFields
) -> Html:
    """Look for other records to attach the message to."""
    return _page(page, session, read_message(session, message_id), query=data.get("q", "")[:200])


@post(
    "/echanges/recus/{message_id:int}/rattachement",
    name="core.inbox.attach",
    opt=_ATTACH,
    sync_to_thread=True,
)
def attach(
    page: CurrentPage, session: Transaction, message_id: FromPath[int], data: FormFields
) -> Html:
    """Decide that a message is about this patient; the worker then files it."""
    try:
        attach_message(
            session,
            message_id,
            patient_id=_patient(data.get("patient", "")),
            reason=data.get("reason", ""),
            clock=page.site.runtime.clock,
        )
    except InvalidInput as error:
        message = read_message(session, message_id)
        return _page(page, session, message, errors=field_errors(error), status=422)
    return page.redirect(
        page.at("core.inbox"), notice=_("Le message est rattaché et va être traité.")
    )


@post(
    "/echanges/recus/{message_id:int}/rejeu",
    name="core.inbox.replay",
    opt=_MANAGE,
    sync_to_thread=True,
)
def replay(page: CurrentPage, session: Transaction, message_id: FromPath[int]) -> Html:
    """Have a message processed again."""
    replay_messages(session, [message_id], clock=page.site.runtime.clock)
    return page.redirect(
        page.at("core.inbox.message", message_id=message_id),
        notice=_("Le message va être traité de nouveau."),
    )


def _page(
    page: Page,
    session: Session,
    message: InboxMessage,
    *,
    query: str = "",
    errors: FieldErrors | None = None,
    status: int = 200,
) -> Html:
    may_attach = page.may("core.exchange.attach") and message.state == InboxState.QUARANTINED
    stated = _stated(page, message) if may_attach else None
    found = look_for(session, {"q": query} if query else _criteria(stated), limit=6)
    hits = [hit.id for hit in found.result.hits] if found.result else []
    ids = [*_reported(message), *hits] if may_attach else []
    records = read_identities(session, ids, event="patient.compare")
    return page.render(
        "core/exchange/message.html",
        status=status,
        message=message,
        stated=stated,
        comparisons=[
            Comparison(record, differing(record.traits, stated) if stated else frozenset())
            for record in records.values()
        ],
        compared=COMPARED,
        may_attach=may_attach,
        query=query,
        errors={**found.errors, **(errors or {})},
    )


def _stated(page: Page, message: InboxMessage) -> PatientTraits | None:
    """Read again whose identity the message states, apart from the rest of the page."""
    raw = RawMessage(
        message.source, message.message_id, message.content, message.media_type, message.meta
    )
    found = page.site.parts.parser_of(raw)
    if found is None:
        return None
    plugin, parser = found
    result = page.site.runtime.dispatcher.guard(
        plugin, "parse", lambda: parser.parse(raw), timeout_s=PARSE_TIMEOUT_S
    )
    return result.traits if result is not None else None


def _criteria(stated: PatientTraits | None) -> dict[str, str]:
    if stated is None or not stated.birth_family_name:
        return {}
    born = f"{stated.birth_date:%d/%m/%Y}" if stated.birth_date else ""
    return {
        "family": stated.birth_family_name,
        "given": stated.first_given_name,
        "birth_date": born,
    }


def _reported(message: InboxMessage) -> list[UUID]:
    found = message.report.get("candidates", [])
    return [UUID(str(each)) for each in found if isinstance(each, str)]


def _patient(given: str) -> UUID:
    try:
        return UUID(given)
    except ValueError:
        raise InvalidInput(
            "WEB-140", _("Choisissez le dossier auquel rattacher."), field="patient"
        ) from None


ROUTES = (inbox, message_page, candidates, attach, replay)
"""Route handlers of this module."""
