"""The plugin's own processes: listener into the core's inbox, commands, health."""

import contextlib
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from click.testing import CliRunner
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from dcc_core.api import (
    Clock,
    ConfigError,
    Database,
    Environment,
    HealthState,
    Region,
    Settings,
)
from dcc_lab_connectors.cli import lab
from dcc_lab_connectors.hl7.ack import Acknowledgement
from dcc_lab_connectors.mllp.client import MllpClient
from dcc_lab_connectors.plugin import LabConnectorsPlugin
from dcc_lab_connectors.samples import oru
from dcc_lab_connectors.settings import LabSettings
from dcc_lab_connectors.sftp.remote import RemoteAccess, RemoteFolder


class MovableClock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


class RunningCore:
    """The part of a process that the plugin is given."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.settings = Settings(env=Environment.TEST)
        self.region = Region(slug="essai", name="Essai")
        self.clock: Clock = MovableClock()

    def session(self) -> AbstractContextManager[Session]:
        return self.database.session()

    def reading(self) -> AbstractContextManager[Session]:
        return self.database.reading()


@pytest.fixture
def core(database: Database) -> RunningCore:
    return RunningCore(database)


@dataclass
class Started:
    plugin: LabConnectorsPlugin
    port: int

    def client(self) -> MllpClient:
        return MllpClient("127.0.0.1", self.port, timeout_s=20)


@pytest.fixture
def started(core: RunningCore, capfd: pytest.CaptureFixture[str]) -> Iterator[Started]:
    plugin = LabConnectorsPlugin(LabSettings(mllp_port=0))
    plugin.dcc_startup(core)
    announced = capfd.readouterr().err.strip()
    yield Started(plugin, int(announced.rpartition(":")[2]))
    plugin.dcc_shutdown(core)


def rows(core: RunningCore, columns: str) -> list[Any]:
    with core.database.reading() as session:
        query = text(f"SELECT {columns} FROM core_inbox ORDER BY id")  # noqa: S608 - ours
        return [tuple(row) for row in session.execute(query)]


def test_c04_repetition_has_no_second_effect(core: RunningCore, started: Started) -> None:
    with started.client() as client:
        answers = {client.send(oru("1", sent_at=f"202603020900{n:02}")).code for n in range(50)}
    assert answers == {"AA"}
    assert rows(core, "message_id, duplicates") == [("1", 49)]
    with core.database.reading() as session:
        query = "SELECT count(*) FROM core_audit WHERE event = 'message.duplicate'"
        assert session.execute(text(query)).scalar_one() == 49


def test_c05_reused_number_with_other_content_is_a_new_message(
    core: RunningCore, started: Started, examples: dict[str, bytes]
) -> None:
    sent = [examples[name] for name in ("006", "007", "015", "016")]
    with started.client() as client:
        assert {client.send(raw).code for raw in sent} == {"AA"}
    stored = rows(core, "message_id, content")
    assert [bytes(content) for _, content in stored] == sent
    assert {message_id for message_id, _ in stored} == {"015"}
    flags = [str(report) for (report,) in rows(core, "report")]
    assert ["message_id_reused" in report for report in flags] == [False, True, True, True]


def test_refused_message_is_kept_and_says_why(core: RunningCore, started: Started) -> None:
    with started.client() as client:
        assert client.send(b"garbage").code == "AE"
    [(content, meta, media_type)] = rows(core, "content, meta, media_type")
    assert bytes(content) == b"garbage"
    assert "refused" in str(meta)
    assert media_type == "x-application/hl7-v2+er7"


@pytest.mark.parametrize("control_id", ["x" * 900, "a\x00b", "é" * 300])
def test_odd_numbers_are_stored_and_echoed(
    core: RunningCore, started: Started, control_id: str
) -> None:
    with started.client() as client:
        for _ in range(2):
            assert client.send(oru(control_id)).code == "AA"
    [(message_id, duplicates)] = rows(core, "message_id, duplicates")
    assert len(message_id) <= 200
    assert duplicates == 1


def test_c17_lost_database_is_a_retry_and_nothing_is_acknowledged(
    core: RunningCore, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object, **__: object) -> None:
        raise OperationalError("select", {}, Exception("connection lost"))

    with started.client() as client:
        with monkeypatch.context() as broken:
            broken.setattr(core.database.engine.pool, "connect", lost)
            assert client.send(oru("1")) == Acknowledgement("AR", "1", ("207",))
        assert rows(core, "id") == []
        assert client.send(oru("1")).code == "AA"


@contextlib.contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """Let the database file grow no more while the block lasts."""

    def freeze(connection: Any, *_: object) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count={pages}")

    def thaw(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA max_page_count=1073741823")

    event.listen(database.engine, "checkout", freeze)
    yield
    event.remove(database.engine, "checkout", freeze)
    event.listen(database.engine, "checkout", thaw)


def test_c17_full_disk_is_a_retry_and_space_is_found_again(
    sqlite_lane: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    with sqlite_lane.fresh() as database:
        core = RunningCore(database)
        plugin = LabConnectorsPlugin(LabSettings(mllp_port=0))
        plugin.dcc_startup(core)
        port = int(capfd.readouterr().err.strip().rpartition(":")[2])
        large = oru("1") + b"NTE|1||" + b"x" * 100_000 + b"\r"
        with MllpClient("127.0.0.1", port, timeout_s=20) as client:
            with full_disk(database):
                assert client.send(large) == Acknowledgement("AR", "1", ("207",))
            assert client.send(large).code == "AA"
        assert [bytes(content) for (content,) in rows(core, "content")] == [large]
        plugin.dcc_shutdown(core)


def test_c24_each_message_is_audited_and_logs_hold_no_name(
    core: RunningCore, started: Started, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    with started.client() as client:
        client.send(oru("1"))
        client.send(b"MSH|^~\\&|A|B|C|D|1||SIU^S12|2|P|2.5\rPID|||||CANARI^JAUNE\r")
    with core.database.reading() as session:
        query = "SELECT event, details FROM core_audit ORDER BY at"
        lines = [tuple(row) for row in session.execute(text(query))]
    assert [event for event, _ in lines] == ["message.receive", "message.receive"]
    written = caplog.text + str(lines)
    assert not [secret for secret in ("DÉMO", "ALICE", "CANARI", "279035") if secret in written]


def test_taken_port_refuses_the_start_and_says_what_to_do(
    core: RunningCore, started: Started
) -> None:
    second = LabConnectorsPlugin(LabSettings(mllp_port=started.port))
    with pytest.raises(ConfigError, match="LAB-C01"):
        second.dcc_startup(core)


def test_drop_server_starts_by_itself_and_feeds_the_sources(
    core: RunningCore, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    core.settings = Settings(env=Environment.TEST, home=tmp_path / "home")
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(tmp_path / "user"))
    account = {"key": "labo", "public_keys": key.export_public_key().decode()}
    account["completion"] = "rename"
    settings = LabSettings.model_validate({"sftp_port": 0, "accounts": [account]})
    plugin = LabConnectorsPlugin(settings)
    plugin.dcc_startup(core)
    port = int(capfd.readouterr().err.strip().rpartition(":")[2])
    host_key_file = tmp_path / "home" / "sftp_host_key"
    assert host_key_file.stat().st_mode & 0o777 == 0o600
    pinned = asyncssh.read_private_key(str(host_key_file)).export_public_key().decode().strip()
    access = RemoteAccess("127.0.0.1", port, "labo", tmp_path / "user", pinned, "/")
    with RemoteFolder(access) as theirs:
        theirs.publish("in/r1.hl7", oru("1"))
    [source] = plugin.dcc_inbound_sources(core.settings)
    assert [raw.content for raw in source.poll()] == [oru("1")]
    second = LabSettings.model_validate({"sftp_port": port, "accounts": [account]})
    with pytest.raises(ConfigError, match="LAB-C03"):
        LabConnectorsPlugin(second).dcc_startup(core)
    plugin.dcc_shutdown(core)


def test_production_wants_declared_partners(core: RunningCore) -> None:
    core.settings = Settings(env=Environment.PRODUCTION)
    with pytest.raises(ConfigError, match="LAB-C02"):
        LabConnectorsPlugin(LabSettings(mllp_port=0)).dcc_startup(core)


def test_silence_of_a_partner_degrades_its_health(
    core: RunningCore, capfd: pytest.CaptureFixture[str]
) -> None:
    peers = '[{"key": "labo", "networks": ["127.0.0.0/8"], "silent_after_s": 600}]'
    plugin = LabConnectorsPlugin(LabSettings.model_validate({"mllp_port": 0, "peers": peers}))
    [check] = plugin.dcc_health_checks()
    assert check.check().state is HealthState.OK
    plugin.dcc_startup(core)
    assert check.check().text == "sans message : labo"
    port = int(capfd.readouterr().err.strip().rpartition(":")[2])
    with MllpClient("127.0.0.1", port, timeout_s=20) as client:
        client.send(oru("1"))
    assert check.check().state is HealthState.OK
    assert isinstance(core.clock, MovableClock)
    core.clock.now += timedelta(seconds=601)
    assert check.check().state is HealthState.DEGRADED
    plugin.dcc_shutdown(core)


def test_command_sends_files_and_prints_the_answers(started: Started, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.hl7", tmp_path / "bad.hl7"
    good.write_bytes(oru("1"))
    bad.write_bytes(b"nothing")
    address = f"127.0.0.1:{started.port}"
    sent = CliRunner().invoke(lab, ["send", str(good), "--to", address])
    assert (sent.exit_code, sent.stdout) == (0, "good.hl7: AA\n")
    refused = CliRunner().invoke(lab, ["send", str(good), str(bad), "--to", address])
    assert refused.exit_code == 1
    assert "bad.hl7: AE (100)" in refused.stdout


def test_command_explains_a_partner_that_does_not_answer(tmp_path: Path) -> None:
    file = tmp_path / "x.hl7"
    file.write_bytes(oru("1"))
    failed = CliRunner().invoke(lab, ["send", str(file), "--to", "127.0.0.1:9"])
    assert failed.exit_code == 1
    assert "Check the address" in failed.stderr
    assert CliRunner().invoke(lab, ["send", str(file), "--to", "nowhere"]).exit_code == 2
