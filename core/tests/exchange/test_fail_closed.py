"""Without its audit line, nothing is shown and nothing is done."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from dcc_core.exchange import (
    attach_message,
    close_message,
    read_message,
    receive_message,
    replay_messages,
    retry_deliveries,
)
from dcc_core.exchange.rendering import export_document
from dcc_core.exchange.states import InboxState, OutboxState
from dcc_core.exchange.tables import InboxMessage, OutboxMessage
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks.contracts.labs import RawMessage
from dcc_core.records import (
    file_document,
    list_documents,
    list_versions,
    read_document,
    withdraw_document,
)
from dcc_core.records.tables import Document, DocumentVersion
from dcc_core.testing.documents import demo_document
from dcc_core.testing.patients import qualified_patient

from .conftest import CDA

Act = Callable[[Session, Workshop, UUID, UUID], object]

ACTS: dict[str, Act] = {
    "list": lambda s, w, p, d: list_documents(s, p),
    "history": lambda s, w, p, d: list_versions(s, d),
    "read": lambda s, w, p, d: read_document(s, d),
    "export": lambda s, w, p, d: export_document(s, w, d, media_type=CDA),
    "file": lambda s, w, p, d: file_document(s, demo_document(), patient_id=p),
    "withdraw": lambda s, w, p, d: withdraw_document(s, d, reason="motif"),
    "receive": lambda s, w, p, d: receive_message(s, RawMessage("lab", "2", b"2")),
    "read message": lambda s, w, p, d: read_message(s, 1),
    "replay": lambda s, w, p, d: replay_messages(s, [1]),
    "attach": lambda s, w, p, d: attach_message(s, 1, patient_id=p, reason="vu"),
    "close": lambda s, w, p, d: close_message(s, 1, reason="vu"),
    "retry": lambda s, w, p, d: retry_deliveries(s, [1]),
}


@pytest.mark.parametrize("name", ACTS)
def test_an_act_without_audit_does_not_happen(workshop: Workshop, name: str) -> None:
    with workshop.database.session() as session:
        patient = qualified_patient(session).id
        document = file_document(session, demo_document(), patient_id=patient).id
        receive_message(session, RawMessage("lab", "1", b"1"))
        session.exec(select(InboxMessage)).one().state = InboxState.QUARANTINED
    with workshop.database.session() as session:
        for row in session.exec(select(OutboxMessage)):
            row.state = OutboxState.DEAD
        session.execute(text("ALTER TABLE core_audit RENAME TO core_audit_away"))
    before = everything(workshop)

    def act() -> None:
        with workshop.database.session() as session:
            ACTS[name](session, workshop, patient, document)

    with pytest.raises(DBAPIError):
        act()
    assert everything(workshop) == before


def everything(workshop: Workshop) -> list[tuple[object, ...]]:
    with workshop.database.reading() as session:
        return [
            tuple(row)
            for table in (Document, DocumentVersion, InboxMessage, OutboxMessage)
            for row in session.execute(select(*table.__table__.columns))  # type: ignore[attr-defined]
        ]
