"""A prescription leaves the record for the laboratory, and its answer comes back to it."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.api import (
    Coded,
    Database,
    InboxState,
    Organisation,
    OutboxState,
    PermanentExchangeError,
    Professional,
    RawMessage,
    get_patient,
    list_deliveries,
    list_messages,
    receive_message,
    withdraw_document,
)
from dcc_core.testing.exchange import MovableClock, demo_workshop, work
from dcc_core.testing.patients import qualified_patient
from dcc_lab_connectors.hl7.errors import Condition, Problem
from dcc_lab_connectors.hl7.message import Message, parse_message
from dcc_lab_connectors.mllp.receiver import Arrival, Outcome, ReceiverUnavailableError
from dcc_lab_connectors.mllp.server import MllpServer
from dcc_lab_connectors.mllp.service import ListenerThread
from dcc_lab_connectors.orders.oml import MolecularOrder, OrderControl, Specimen
from dcc_lab_connectors.orders.prescription import (
    new_order_number,
    prescribe,
    read_order,
    write_order,
)
from dcc_lab_connectors.plugin import LabConnectorsPlugin
from dcc_lab_connectors.samples import header
from dcc_lab_connectors.settings import LabSettings

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
PLACE = Organisation("1310000001", "Hôpital DÉMO")
TAKEN, REFUSED = Outcome(), Outcome(problems=(Problem(Condition.APPLICATION, "non", "ORC^1^2"),))


class FakeLaboratory:
    """Another system: it keeps the orders it hears and answers what the test says."""

    def __init__(self) -> None:
        self.orders: list[Message] = []
        self.outcome = TAKEN
        self.is_busy = False

    def store(self, arrivals: list[Arrival]) -> list[Outcome]:
        self.orders += [parse_message(arrival.raw) for arrival in arrivals]
        if self.is_busy:
            raise ReceiverUnavailableError
        return [self.outcome for _ in arrivals]


class OrderRoom:
    """A region with one laboratory, whose listener can be closed and opened again."""

    def __init__(self, database: Database, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        # The listener of the product serves as the laboratory's; it reads OML there.
        from dcc_lab_connectors.hl7 import profiles

        monkeypatch.setitem(profiles._EVENTS, "OML", {"O21": profiles.Family.ORDER_RESPONSE})
        self.laboratory, self.clock = FakeLaboratory(), MovableClock()
        self.open()
        lab = {"key": "plateforme", "label": "Plateforme DÉMO", "host": "127.0.0.1"}
        settings = LabSettings.model_validate({"laboratories": [{**lab, "port": self.port}]})
        plugin = LabConnectorsPlugin(settings)
        plugin._clock = self.clock
        plugins = (("lab_connectors", plugin),)
        self.workshop = demo_workshop(database, folder, *plugins, clock=self.clock)
        self.database = database

    def open(self, port: int = 0) -> None:
        server = MllpServer(self.laboratory, clock=self.clock)  # type: ignore[arg-type]
        self.listener = ListenerThread(server)
        self.port = self.listener.start("127.0.0.1", port)

    def prescribe(self) -> tuple[UUID, MolecularOrder]:
        with self.database.session() as session:
            patient = qualified_patient(session, 1)
            order = order_of(session, patient.id)
            filed = prescribe(
                session,
                order,
                patient_id=patient.id,
                laboratory="plateforme",
                custodian=PLACE,
                clock=self.clock,
            )
        return filed.id, order

    @property
    def deliveries(self) -> list[tuple[OutboxState, str]]:
        with self.database.reading() as session:
            return [(d.state, d.reason) for d in reversed(list_deliveries(session))]

    def facts(self) -> dict[str, str]:
        with self.database.reading() as session:
            [delivery] = list_deliveries(session)
        assert delivery.receipt is not None
        return dict(delivery.receipt["details"])

    def answer(self, *lines: str, kind: str = "ORL^O22^ORL_O22", name: str = "1") -> None:
        raw = "\r".join((header(kind, name, version="2.5.1"), *lines, "")).encode()
        with self.database.session() as session:
            message = RawMessage("labo", name, raw, "x-application/hl7-v2+er7")
            receive_message(session, message, clock=self.clock)
        work(self.workshop)

    @property
    def inbox(self) -> list[tuple[InboxState, str]]:
        with self.database.reading() as session:
            return [(m.state, m.reason) for m in reversed(list_messages(session))]


def order_of(session: Session, patient_id: UUID) -> MolecularOrder:
    return MolecularOrder(
        number=new_order_number(),
        control=OrderControl.NEW,
        ordered_at=AT,
        patient=get_patient(session, patient_id).traits,
        analyses=(Coded("EGFR", "", "Mutations d'EGFR", "LOCAL"), Coded("KRAS", "", "KRAS", "L")),
        specimen=Specimen("26-H-1234-A2", Coded("TISS", "", "Tissu", "L"), date(2026, 2, 27)),
        prescriber=Professional("899700000001", "DÉMO-ARCAN", "Camille"),
        reason="Adénocarcinome pulmonaire",
    )


@pytest.fixture
def room(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[OrderRoom]:
    made = OrderRoom(database, tmp_path, monkeypatch)
    yield made
    made.listener.stop()


def test_a_prescription_reads_back_as_written(session: Session) -> None:
    order = order_of(session, qualified_patient(session, 1).id)
    document = write_order(order, laboratory="plateforme", custodian=PLACE)
    assert read_order(document, OrderControl.NEW) == order


def test_an_incomplete_prescription_is_not_sent(session: Session) -> None:
    order = order_of(session, qualified_patient(session, 1).id)
    document = write_order(order, laboratory="p", custodian=PLACE)
    bare = type(document)(
        **{name: getattr(document, name) for name in document.__slots__} | {"sections": ()}
    )
    with pytest.raises(PermanentExchangeError, match="LAB-S01"):
        read_order(bare, OrderControl.NEW)


def test_order_leaves_is_answered_and_cancelled(room: OrderRoom) -> None:
    document_id, order = room.prescribe()
    work(room.workshop)
    assert room.deliveries == [(OutboxState.DELIVERED, "")]
    [heard] = room.laboratory.orders
    control_id = heard.header.value(10)
    assert [orc.value(1) for orc in heard.all("ORC")] == ["NW", "NW"]
    assert heard.first("ORC").value(4) == order.number
    assert room.facts() == {"order": order.number, "acknowledgement": "AA"}
    room.answer(f"MSA|AA|{control_id}", f"ORC|OK|{order.number}")
    assert room.facts()[f"answer.OK {order.number}"] == "accepted"
    assert room.inbox == [(InboxState.PROCESSED, "")]
    with room.database.session() as session:
        withdraw_document(session, document_id, reason="erreur de bloc", clock=room.clock)
    work(room.workshop)
    assert [orc.value(1) for orc in room.laboratory.orders[1].all("ORC")] == ["CA", "CA"]


def test_a_refusal_that_comes_later_is_shown_on_the_delivery(room: OrderRoom) -> None:
    room.prescribe()
    work(room.workshop)
    control_id = room.laboratory.orders[0].header.value(10)
    for name in ("1", "2"):
        room.answer(f"MSA|AA|{control_id}", "ERR|||207^^HL70357|E|906", "ORC|UA|X", name=name)
    assert room.deliveries == [(OutboxState.DELIVERED, "answer_refused")]
    assert room.facts()["answer.UA X"] == "refused 906"


@pytest.mark.parametrize("reference", ["INCONNU", ""])
def test_an_answer_to_nothing_waits_for_a_person(room: OrderRoom, reference: str) -> None:
    zam = f"OBX|1|CE|ACK_RECEPTION_DMP^DMP^AckMetierZAM|{reference}|Y^Oui"
    room.answer(zam, kind="ZAM^Z01^ZAM_Z01")
    assert room.inbox == [(InboxState.QUARANTINED, "answer_unknown")]


def test_a_business_acknowledgement_reaches_what_was_sent(room: OrderRoom) -> None:
    room.prescribe()
    work(room.workshop)
    control_id = room.laboratory.orders[0].header.value(10)
    room.answer(
        f"OBX|1|CE|ACK_RECEPTION_DMP^DMP^AckMetierZAM|{control_id}|N^Non",
        "ERR||||E|DMPClosed^^DMPERRORCODE",
        kind="ZAM^Z01^ZAM_Z01",
    )
    assert room.facts()["answer.ACK_RECEPTION_DMP"] == "refused DMPClosed"


def test_c22_a_laboratory_away_or_busy_gets_the_same_message_id_later(room: OrderRoom) -> None:
    room.listener.stop()
    room.prescribe()
    work(room.workshop)
    room.open(room.port)
    room.laboratory.is_busy = True
    for _ in range(2):
        room.clock.forward(hours=1)
        work(room.workshop)
        assert room.deliveries == [(OutboxState.PENDING, "")]
    room.laboratory.is_busy = False
    room.clock.forward(hours=13)
    work(room.workshop)
    assert room.deliveries == [(OutboxState.DELIVERED, "")]
    assert len(room.laboratory.orders) >= 2
    assert len({order.header.value(10) for order in room.laboratory.orders}) == 1


def test_a_refused_order_is_a_dead_letter_with_its_reason(room: OrderRoom) -> None:
    room.laboratory.outcome = REFUSED
    room.prescribe()
    work(room.workshop)
    assert room.deliveries == [(OutboxState.DEAD, "LAB-S04")]
