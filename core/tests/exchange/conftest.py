"""Plugins of a small region: a laboratory, destinations, renderers, listeners, all real objects."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from dcc_core.config import Settings
from dcc_core.db import Database
from dcc_core.errors import PermanentExchangeError
from dcc_core.exchange.workshop import Workshop
from dcc_core.hooks import hookimpl
from dcc_core.hooks.contracts.documents import ClinicalDocument
from dcc_core.hooks.contracts.identity import PatientIdentifier, PatientTraits, Sex
from dcc_core.hooks.contracts.labs import (
    DocumentAction,
    IdentityEvent,
    InboundDocument,
    InboundOutcome,
    MessageParser,
    ParsedResult,
    RawMessage,
)
from dcc_core.hooks.contracts.life import Event
from dcc_core.hooks.contracts.outbound import (
    DocumentNotice,
    DocumentRenderer,
    Envelope,
    OutboundFeed,
    Receipt,
    Rendition,
)
from dcc_core.testing.exchange import MovableClock, demo_workshop
from dcc_core.testing.patients import demo_ins

CDA = "text/xml"


def stated_traits(**changes: Any) -> dict[str, Any]:
    """Traits of the demo patient as a laboratory states them."""
    return {
        "birth_family_name": "DÉMO-MARTIN",
        "first_given_name": "Zoé",
        "birth_date": "1957-03-12",
        "sex": "F",
        "birth_place_insee": "31555",
        "identifiers": [["ins", 1]],
    } | changes


def report(**changes: Any) -> bytes:
    """A message of the test laboratory: one report in a JSON envelope."""
    return json.dumps(
        {
            "id": "ACP-1",
            "action": "create",
            "replaces": "",
            "text": "Carcinome infiltrant",
            "traits": stated_traits(),
            "event": "none",
            "opposed": [],
            "prior": None,
        }
        | changes
    ).encode()


class Laboratory:
    """Parser of the JSON messages of this test."""

    key = "lab.json"
    order = 1

    def accepts(self, raw: RawMessage) -> bool:
        return raw.content.startswith(b"{")

    def parse(self, raw: RawMessage) -> ParsedResult:
        try:
            stated = json.loads(raw.content)
        except ValueError as error:
            raise PermanentExchangeError("LAB-1", "Le message est illisible.") from error
        if stated.get("crash"):
            raise RuntimeError("DÉMO-SECRET")
        traits = read_traits(stated["traits"]) if stated["traits"] else None
        event = IdentityEvent(stated["event"])
        documents = () if event is not IdentityEvent.NONE else (_document(stated),)
        return ParsedResult(
            "ORU",
            raw.message_id,
            None,
            "LABO",
            traits,
            identity_event=event,
            documents=documents,
            prior=read_traits(stated["prior"]) if stated["prior"] else None,
            opposed_to=frozenset(stated["opposed"]),
        )


def read_traits(stated: dict[str, Any]) -> PatientTraits:
    identifiers = tuple(
        PatientIdentifier(demo_ins(value).kind, demo_ins(value).matricule, "INS")
        if kind == "ins"
        else PatientIdentifier("1.2.250.1.999.1", value)
        for kind, value in stated["identifiers"]
    )
    return PatientTraits(
        birth_family_name=stated["birth_family_name"],
        first_given_name=stated["first_given_name"],
        birth_date=date.fromisoformat(stated["birth_date"]),
        sex=Sex(stated["sex"]),
        birth_place_insee=stated["birth_place_insee"],
        identifiers=identifiers,
    )


def _document(stated: dict[str, Any]) -> InboundDocument:
    return InboundDocument(
        DocumentAction(stated["action"]),
        "CR-ACP",
        "Compte rendu d'anatomie pathologique",
        "text/plain",
        stated["text"].encode(),
        external_id=stated["id"],
        replaces_external_id=stated["replaces"],
    )


@dataclass
class Destination:
    """A far system that remembers what reached it, and can be made to fail."""

    key: str = "dmp.feed"
    label: str = "DMP"
    media_types: tuple[str, ...] = (CDA,)
    needs_qualified_identity: bool = True
    order: int = 1
    received: list[Envelope] = field(default_factory=list)
    wish: Callable[[DocumentNotice], bool] = lambda notice: notice.origin == "local"
    trouble: Exception | None = None

    def wants(self, notice: DocumentNotice) -> bool:
        return self.wish(notice)

    def deliver(self, envelope: Envelope) -> Receipt:
        if self.trouble is not None:
            raise self.trouble
        self.received.append(envelope)
        return Receipt(f"urn:{len(self.received)}", self.label)

    @property
    def operations(self) -> list[str]:
        return [envelope.operation for envelope in self.received]


class PlainRenderer:
    """Render a document as its INS and title."""

    key = "plain.renderer"
    document_class = "*"
    media_type = CDA
    order = 1

    def render(self, document: ClinicalDocument, *, branding: dict[str, str]) -> Rendition:
        ins = document.patient.identifier("INS")
        text = f"<doc ins='{ins.value if ins else ''}'>{document.title}</doc>"
        return Rendition(CDA, text.encode())


@dataclass
class Source:
    """A drop folder in memory."""

    key: str = "lab.drop"
    order: int = 1
    waiting: dict[str, bytes] = field(default_factory=dict)
    outcomes: list[tuple[str, InboundOutcome]] = field(default_factory=list)

    def poll(self) -> Iterable[RawMessage]:
        return [RawMessage(self.key, name, content) for name, content in self.waiting.items()]

    def ack(self, message_id: str, outcome: InboundOutcome) -> None:
        self.outcomes.append((message_id, outcome))
        self.waiting.pop(message_id, None)


class Plugin:
    """The plugin that brings all of the above, and listens."""

    def __init__(self) -> None:
        self.destination = Destination()
        self.source = Source()
        self.events: list[Event] = []
        self.trouble: Exception | None = None

    @hookimpl
    def dcc_message_parsers(self) -> list[MessageParser]:
        return [Laboratory()]

    @hookimpl
    def dcc_inbound_sources(self, settings: Settings) -> list[Source]:
        return [self.source]

    @hookimpl
    def dcc_outbound_feeds(self, settings: Settings) -> list[OutboundFeed]:
        return [self.destination]

    @hookimpl
    def dcc_document_renderers(self) -> list[DocumentRenderer]:
        return [PlainRenderer()]

    @hookimpl
    def dcc_event(self, event: Event) -> None:
        if self.trouble is not None:
            raise self.trouble
        self.events.append(event)

    def heard(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


@pytest.fixture
def workshop(database: Database, tmp_path: Path, plugin: Plugin, clock: MovableClock) -> Workshop:
    return demo_workshop(database, tmp_path, ("region", plugin), clock=clock)
