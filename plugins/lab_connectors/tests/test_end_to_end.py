"""From the laboratory's socket to the right record, or to a person: C5 to C13, C21 to C24."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlmodel import Session, select

from dcc_core.api import (
    Clock,
    Conflict,
    Database,
    Environment,
    InsMethod,
    MessageParser,
    ParsedResult,
    PatientIdentifier,
    PatientIn,
    RawMessage,
    Region,
    Settings,
    add_identifier,
    attach_message,
    create_patient,
    hookimpl,
    read_ins,
    record_insi_answer,
    replay_messages,
)
from dcc_core.patients import merge_patients, unmerge_patients
from dcc_core.records.tables import Document, DocumentVersion
from dcc_core.testing.exchange import MovableClock, demo_workshop, work
from dcc_core.testing.patients import demo_ins, demo_traits, qualified_patient
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.plugin import LabConnectorsPlugin
from dcc_lab_connectors.profiles.parser import Hl7Parser
from dcc_lab_connectors.samples import SamplePatient, adt, header, identity, oru
from dcc_lab_connectors.settings import LabSettings

HOSPITAL = "1.2.250.1.999.1"
ZOE = SamplePatient(
    ipp="900001",
    ins=demo_ins(1).matricule,
    birth_name="DÉMO-MARTIN",
    given_name="ZOÉ",
    given_names="ZOÉ",
    birth_date="19570312",
    birth_place="31555",
)

ZOE_NAME = "DÉMO-MARTIN^ZOÉ^ZOÉ".encode()


class FailingLaboratory:
    """Another plugin of the region, whose parser breaks on its own messages."""

    key = "autre.labo"
    order = 1

    @hookimpl
    def dcc_message_parsers(self) -> Iterable[MessageParser]:
        return [self]

    def accepts(self, raw: RawMessage) -> bool:
        return b"POISON-AUTRE" in raw.content

    def parse(self, raw: RawMessage) -> ParsedResult:
        raise RuntimeError("DÉMO-CANARI")


@dataclass
class Chain:
    """A running region: listener, inbox, and a worker that the test drives."""

    workshop: Any
    port: int
    clock: MovableClock

    def send(self, *messages: bytes) -> list[str]:
        with MllpClient("127.0.0.1", self.port, timeout_s=20) as client:
            codes = [client.send(raw).code for raw in messages]
        work(self.workshop)
        return codes

    def refuse(self, raw: bytes) -> tuple[str, tuple[str, ...]]:
        with MllpClient("127.0.0.1", self.port, timeout_s=20) as client:
            answer = client.send(raw)
        work(self.workshop)
        return answer.code, answer.conditions

    def rows(self, query: str) -> list[Any]:
        with self.workshop.database.reading() as session:
            return [tuple(row) for row in session.execute(text(query))]

    @property
    def inbox(self) -> list[tuple[str, str]]:
        return self.rows("SELECT state, reason FROM core_inbox ORDER BY id")

    @property
    def documents(self) -> list[tuple[str, int]]:
        return self.rows("SELECT status, current_version FROM core_document ORDER BY created_at")


class StartedCore:
    """What the plugin is given when its process starts."""

    def __init__(self, workshop: Any, settings: Settings | None = None) -> None:
        self.settings: Settings = settings or workshop.settings
        self.region: Region = workshop.region
        self.clock: Clock = workshop.clock
        self._database: Database = workshop.database

    def session(self) -> AbstractContextManager[Session]:
        return self._database.session()

    def reading(self) -> AbstractContextManager[Session]:
        return self._database.reading()


Open = Callable[..., Chain]


@pytest.fixture
def open_chain(
    database: Database, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> Iterator[Open]:
    closing = ExitStack()

    def start(*, env: Environment = Environment.TEST, **settings: object) -> Chain:
        clock = MovableClock()
        plugin = LabConnectorsPlugin(LabSettings.model_validate({"mllp_port": 0} | settings))
        plugins = (("autre", FailingLaboratory()), ("lab_connectors", plugin))
        workshop = demo_workshop(database, tmp_path, *plugins, clock=clock)
        core = StartedCore(workshop, Settings(env=env))
        plugin.dcc_startup(core)
        closing.callback(plugin.dcc_shutdown, core)
        port = int(capfd.readouterr().err.strip().rpartition(":")[2])
        return Chain(workshop, port, clock)

    with closing:
        yield start


@pytest.fixture
def chain(open_chain: Open) -> Chain:
    return open_chain()


@pytest.fixture
def zoe(chain: Chain) -> UUID:
    with chain.workshop.database.session() as session:
        patient = qualified_patient(session, 1)
        add_identifier(session, patient.id, PatientIdentifier(HOSPITAL, ZOE.ipp))
        return patient.id


@pytest.fixture
def official_patient(chain: Chain) -> UUID:
    """The patient of the official examples."""
    stated: PatientIn = demo_traits(
        birth_family_name="PAT-TROIS",
        first_given_name="DOMINIQUE",
        birth_date="1979-03-28",
        sex="F",
        birth_place_insee="63220",
    )
    ins = read_ins("279035121518989", "1.2.250.1.213.1.4.10", environment=Environment.TEST)
    with chain.workshop.database.session() as session:
        patient = create_patient(session, stated)
        record_insi_answer(session, patient.id, stated, ins, method=InsMethod.INSI)
        return patient.id


def holdings(chain: Chain) -> list[tuple[UUID, str]]:
    """Owner and digest of each document."""
    with chain.workshop.database.reading() as session:
        query = select(Document.patient_id, DocumentVersion.source_digest).join(
            DocumentVersion,
            DocumentVersion.document_id == Document.id,  # type: ignore[arg-type]
        )
        return sorted(((row[0], str(row[1])) for row in session.exec(query)), key=str)


def test_report_reaches_its_record_once(chain: Chain, zoe: UUID) -> None:
    assert chain.send(oru("1", ZOE), oru("1", ZOE)) == ["AA", "AA"]
    assert chain.inbox == [("processed", "")]
    assert chain.documents == [("current", 1)]


def test_c05_create_replace_and_delete_are_three_actions(
    chain: Chain, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    delete = examples["016"].replace(b"MDM^T10^", b"MDM^T04^").replace(b"ORC|RO|", b"ORC|CA|")
    delete = delete.replace(b"||||||C|", b"||||||D|")
    seen = []
    for raw in (examples["007"], examples["016"], delete):
        assert chain.send(raw) == ["AA"]
        seen += chain.documents
    assert seen == [("current", 1), ("current", 2), ("withdrawn", 2)]
    assert {state for state, _ in chain.inbox} == {"processed"}


def test_every_example_finds_its_place(
    chain: Chain, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    answers = {name for name, raw in examples.items() if b"|ACK^" in raw}
    for name, raw in examples.items():
        assert chain.send(raw) == ["AE" if name in answers else "AA"], name
    states = [state for state, _ in chain.inbox]
    assert states.count("failed") == len(answers)
    assert states.count("processed") >= 8
    assert set(states) <= {"failed", "processed", "quarantined", "received"}


def test_c06_an_older_identity_never_replaces_a_newer_one(chain: Chain, zoe: UUID) -> None:
    newer = adt("A31", "2", replace(ZOE, birth_name="DÉMO-NEUF"), sent_at="20260302100000")
    older = adt("A31", "1", replace(ZOE, birth_name="DÉMO-VIEUX"), sent_at="20260302090000")
    assert chain.send(newer, older) == ["AA", "AA"]
    assert chain.inbox == [("quarantined", "traits_differ")] * 2
    names = chain.rows("SELECT birth_family_name FROM core_patient")
    assert names == [("DÉMO-MARTIN",)]


def test_c06_an_update_that_was_overtaken_is_kept_and_not_applied(chain: Chain, zoe: UUID) -> None:
    newer = adt("A31", "2", ZOE, sent_at="20260302100000")
    repeated = newer.replace(b"|2|P|", b"|3|P|")
    older = adt("A31", "1", ZOE, sent_at="20260302090000") + b"ZFA|||||||||IO\r"
    sent_again_today = older.replace(b"|20260302090000||ADT", b"|20260302120000||ADT")
    assert chain.send(newer, repeated, sent_again_today) == ["AA", "AA", "AA"]
    assert chain.inbox == [
        ("processed", ""),
        ("processed", ""),
        ("quarantined", "identity_overtaken"),
    ]
    assert chain.rows("SELECT count(*) FROM core_opposition") == [(0,)]


def test_c07_replacement_waits_for_the_document_it_replaces(
    chain: Chain, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    chain.send(examples["016"])
    assert chain.inbox == [("received", "predecessor_missing")]
    chain.send(examples["007"])
    work(chain.workshop)
    assert [state for state, _ in chain.inbox] == ["processed", "processed"]
    assert chain.documents == [("current", 2)]


def test_c07_after_a_day_a_person_looks(
    chain: Chain, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    chain.send(examples["016"])
    chain.clock.forward(hours=25)
    work(chain.workshop)
    assert chain.inbox == [("quarantined", "predecessor_missing")]


def test_c08_c09_merges_wait_for_a_person_and_loops_end(chain: Chain, zoe: UUID) -> None:
    merges = [("A", "B"), ("B", "C"), ("C", "A"), ("900001", "inconnu")]
    messages = [
        adt("A40", f"M{n}", replace(ZOE, ipp=kept), merged_ipp=gone)
        for n, (kept, gone) in enumerate(merges)
    ]
    assert chain.send(*messages) == ["AA"] * 4
    assert chain.inbox == [("quarantined", "merged")] * 4
    assert chain.rows("SELECT count(*) FROM core_patient") == [(1,)]


def test_c08_merge_by_a_person_moves_what_comes_later_and_can_be_undone(
    chain: Chain, zoe: UUID
) -> None:
    database, dispatcher = chain.workshop.database, chain.workshop.dispatcher
    double = replace(ZOE, ipp="900002", ins="", birth_place="")
    with database.session() as session:
        born = {"birth_place_insee": "", "sex": "F", "birth_date": "1957-03-12"}
        other = create_patient(session, demo_traits(first_given_name="ZOÉ", **born)).id
        add_identifier(session, other, PatientIdentifier(HOSPITAL, "900002"))
    assert chain.send(oru("1", ZOE), oru("2", double)) == ["AA", "AA"]
    before = holdings(chain)
    assert {owner for owner, _ in before} == {zoe, other}
    merge = adt("A40", "M1", ZOE, merged_ipp="900002")
    assert chain.send(merge) == ["AA"]
    assert chain.inbox[-1] == ("quarantined", "merged")
    with database.session() as session:
        done = merge_patients(
            session,
            kept_id=zoe,
            dropped_id=other,
            reason="même personne, vérifié",
            dispatcher=dispatcher,
            clock=chain.clock,
        )
        [(message_id,)] = session.execute(text("SELECT max(id) FROM core_inbox")).all()
        replay_messages(session, [message_id], clock=chain.clock)
    assert chain.send(oru("3", replace(ZOE, ipp="900002", ins=""))) == ["AA"]
    assert [state for state, _ in chain.inbox] == ["processed"] * 4
    after = holdings(chain)
    assert {owner for owner, _ in after} == {zoe}
    [came_since] = [digest for _, digest in after if digest not in {d for _, d in before}]
    with database.session() as session:
        unmerge_patients(session, done.id, reason="deux personnes", clock=chain.clock)
    assert holdings(chain) == sorted([*before, (zoe, came_since)], key=str)


def test_c08_two_qualified_identities_are_never_merged(chain: Chain, zoe: UUID) -> None:
    with chain.workshop.database.session() as session:
        twin = qualified_patient(session, 2).id
        with pytest.raises(Conflict):
            merge_patients(
                session,
                kept_id=zoe,
                dropped_id=twin,
                reason="homonymes",
                dispatcher=chain.workshop.dispatcher,
            )
    names = chain.rows("SELECT count(*) FROM core_merge")
    assert names == [(0,)]


def test_c10_unknown_patient_waits_until_a_person_attaches(chain: Chain, zoe: UUID) -> None:
    stranger = replace(ZOE, ins="", ipp="42", given_name="INCONNUE")
    assert chain.send(oru("1", stranger)) == ["AA"]
    assert chain.inbox == [("quarantined", "unknown_identifier")]
    assert chain.documents == []
    [(message_id,)] = chain.rows("SELECT id FROM core_inbox")
    with chain.workshop.database.session() as session:
        reason = "vérifié au téléphone"
        attach_message(session, message_id, patient_id=zoe, reason=reason, clock=chain.clock)
    work(chain.workshop)
    assert chain.inbox == [("processed", "")]
    assert chain.documents == [("current", 1)]
    assert chain.rows("SELECT count(*) FROM core_audit WHERE event = 'message.attach'") == [(1,)]


def test_c11_one_trait_that_differs_is_never_attached(chain: Chain, zoe: UUID) -> None:
    changes: list[dict[str, Any]] = [
        {"birth_name": "DÉMO-MARTINE"},
        {"given_name": "ZOA"},
        {"birth_date": "19570313"},
        {"sex": "M"},
        {"birth_place": "31556"},
    ]
    for n, change in enumerate(changes):
        other = replace(ZOE, **change)
        chain.send(oru(f"{n}a", other), oru(f"{n}b", replace(other, ins="")))
    assert chain.inbox == [("quarantined", "traits_differ")] * 10
    assert chain.documents == []


def test_doubtful_report_waits_even_when_everything_matches(
    chain: Chain, zoe: UUID, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    doubtful = oru("1", replace(ZOE, status="VALI~DOUT"))
    foreign = examples["007"].replace(b"PAT-TROIS^DOMINIQUE^DOMINIQUE", ZOE_NAME)
    foreign = foreign.replace(b"|19790328|", b"|19570312|").replace(b"^^63220", b"^^31555")
    foreign = foreign.replace(b"279035121518989", ZOE.ins.encode())
    assert chain.send(doubtful, foreign) == ["AA", "AA"]
    assert chain.inbox == [("quarantined", "no_identifier")] * 2
    assert chain.documents == []


def test_c13_contradicting_number_is_stored_with_an_alert(
    chain: Chain, examples: dict[str, bytes]
) -> None:
    assert chain.send(examples["014"]) == ["AA"]
    [(report,)] = chain.rows("SELECT report FROM core_inbox")
    for alert in ("ins_wrong_key", "ins_sex_contradicts", "ins_year_contradicts"):
        assert alert in str(report)


def test_c21_unreadable_document_is_filed_and_flagged(chain: Chain, zoe: UUID) -> None:
    cut = f"OBX|1|ED|11526-1^CR ACP^LN||^AP^PDF^Base64^{'A' * 93}||||||F"
    raw = f"{header('ORU^R01', '1')}\r{identity(ZOE)}\r{cut}\r".encode()
    assert chain.send(raw) == ["AA"]
    assert chain.documents == [("current", 1)]
    [(report,)] = chain.rows("SELECT report FROM core_inbox")
    assert "payload_not_base64" in str(report)
    kept = hashlib.sha256(f"^AP^PDF^Base64^{'A' * 93}".encode()).hexdigest()
    assert chain.rows("SELECT source_digest FROM core_document_version") == [(kept,)]


def test_c22_poison_is_retried_then_set_aside_and_can_be_replayed(
    chain: Chain, zoe: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []

    def fail(_: object, raw: RawMessage) -> ParsedResult:
        calls.append(raw.message_id)
        raise RuntimeError("DÉMO-CANARI")

    with monkeypatch.context() as broken:
        broken.setattr(Hl7Parser, "parse", fail)
        chain.send(oru("1", ZOE))
        for _ in range(12):
            chain.clock.forward(hours=13)
            work(chain.workshop)
    assert chain.inbox[0][0] == "failed"
    assert 2 <= len(calls) <= 6
    [(message_id, report)] = chain.rows("SELECT id, report FROM core_inbox")
    assert "CANARI" not in str(report)
    for _ in range(2):
        with chain.workshop.database.session() as session:
            replay_messages(session, [message_id], clock=chain.clock)
        work(chain.workshop)
    assert chain.inbox == [("processed", "")]
    assert chain.documents == [("current", 1)]


def test_c23_a_failing_plugin_harms_no_other_feed(chain: Chain, zoe: UUID) -> None:
    poison = oru("1", ZOE) + b"NTE|1||POISON-AUTRE\r"
    assert chain.send(poison, oru("2", ZOE)) == ["AA", "AA"]
    states = dict(chain.rows("SELECT message_id, state FROM core_inbox"))
    assert states == {"1": "received", "2": "processed"}
    assert chain.documents == [("current", 1)]


def test_c24_nothing_personal_in_logs_reports_and_audit(
    chain: Chain, zoe: UUID, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level("DEBUG")
    chain.send(oru("1", ZOE), oru("2", replace(ZOE, birth_name="CANARI-JAUNE")), b"CANARI")
    audit = chain.rows("SELECT event, reason, details FROM core_audit")
    reports = chain.rows("SELECT report FROM core_inbox")
    written = caplog.text + "".join(capfd.readouterr()) + str(audit) + str(reports)
    assert not [word for word in ("CANARI", "DÉMO-MARTIN", ZOE.ins, "19570312") if word in written]


def test_refused_message_is_never_applied(
    chain: Chain, official_patient: UUID, examples: dict[str, bytes]
) -> None:
    incoherent = examples["007"].replace(b"ORC|NW|", b"ORC|CA|")
    assert chain.send(incoherent) == ["AE"]
    assert chain.inbox == [("failed", "LAB-E05")]
    assert chain.documents == []
