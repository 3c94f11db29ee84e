"""A backup taken while the region works, brought back elsewhere, on each engine."""

import json
import os
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from dcc_core.backup import read_package
from dcc_core.backup.package import writing_package
from dcc_core.cli.main import root
from dcc_core.cli.runtime import open_runtime
from dcc_core.jobs.core_jobs import archive_folder, core_jobs
from dcc_core.patients import create_patient
from dcc_core.records import Provenance, file_document
from dcc_core.testing.databases import Lane
from dcc_core.testing.documents import demo_document
from dcc_core.testing.patients import demo_traits

SECRET = "une phrase de quarante-huit caractères pour l'essai"
PATIENTS = 25


@pytest.fixture
def place(lane: Lane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Fill a region: patients, documents, sealed audit."""
    with lane.empty() as base:
        monkeypatch.setenv("DCC_ENV", "test")
        monkeypatch.setenv("DCC_SECRET_KEY", SECRET)
        live_in(
            base.engine.url.render_as_string(hide_password=False), tmp_path / "live", monkeypatch
        )
        with open_runtime(migrate_first=True) as runtime:
            for number in range(PATIENTS):
                with runtime.session() as session:
                    traits = demo_traits(birth_family_name=f"DÉMO-{'ABCDEFGHIJ'[number % 10]}RAN")
                    patient = create_patient(session, traits)
                    file_document(
                        session,
                        demo_document(document_id=f"1.2.250.1.999.{number + 1}"),
                        patient_id=patient.id,
                        provenance=Provenance(),
                    )
            seal(runtime)
        yield tmp_path


def live_in(url: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCC_HOME", str(home))
    monkeypatch.setenv("DCC_DATABASE_URL", url)


def seal(runtime: Any) -> None:
    jobs = core_jobs(
        settings=runtime.settings,
        region=runtime.region,
        dispatcher=runtime.dispatcher,
        clock=runtime.clock,
    )
    with runtime.session() as session:
        next(job for _, job in jobs if job.key == "core.audit.seal").run(session)


def run(*arguments: str | Path) -> Result:
    return CliRunner(catch_exceptions=True).invoke(root, list(map(str, arguments)))


def refusal(*arguments: str | Path) -> str:
    done = run(*arguments)
    assert done.exit_code != 0
    return str(done.exception)


def test_a_backup_comes_back_whole(
    place: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = place / "nuit.dccbackup"
    made = run("backup", file, "--json")
    assert made.exit_code == 0, made.output
    listed = json.loads(made.stdout)
    assert listed["rows"]["core_patient"] == PATIENTS
    assert listed["contents"]["count"] >= PATIENTS
    assert file.stat().st_mode & 0o077 == 0
    with lane.empty() as elsewhere:
        url = elsewhere.engine.url.render_as_string(hide_password=False)
        live_in(url, place / "copy", monkeypatch)
        back = run("restore", file, "--verify", "--json")
        assert back.exit_code == 0, back.output
        seen = json.loads(back.stdout)["verified"]
        assert seen["sound"]
        assert seen["faults"] == []
        assert (seen["patients_opened"], seen["documents_opened"]) == (20, 20)
        assert seen["audit_rows"] >= PATIENTS
        assert run("audit", "verify").exit_code == 0
        assert "DCC-B003" in refusal("restore", file)


def test_a_copy_that_lost_a_row_or_a_document_is_told_apart(
    place: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verification can fail: a row removed and a content altered are both named."""
    from dcc_core.backup import verify_copy
    from dcc_core.cli.runtime import connect
    from dcc_core.config import load_settings
    from dcc_core.records import bind_store, open_store

    file = place / "nuit.dccbackup"
    assert run("backup", file).exit_code == 0
    manifest = read_package(file)
    with lane.empty() as elsewhere:
        url = elsewhere.engine.url.render_as_string(hide_password=False)
        live_in(url, place / "copy", monkeypatch)
        assert run("restore", file).exit_code == 0
        for content in (place / "copy" / "documents").glob("*/*/*"):
            content.chmod(0o600)
            content.write_bytes(b"autre")
        settings = load_settings()
        database = connect(settings)
        bind_store(database, open_store(settings))
        with database.session() as session:
            session.connection().execute(text("DELETE FROM core_patient_name"))
        report = verify_copy(database, manifest, settings=settings, now=datetime.now(UTC))
        database.close()
    assert any(fault.startswith("table core_patient_name") for fault in report.faults)
    assert any(fault.endswith("REC-011") for fault in report.faults)


def test_secrets_do_not_leave(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCC_METRICS_TOKEN", "jeton-qui-ne-doit-pas-sortir")
    assert run("backup", place / "b").exit_code == 0
    content = (place / "b").read_bytes()
    assert b"jeton-qui-ne-doit-pas-sortir" not in content
    assert SECRET.encode() not in content


def test_another_secret_is_refused_before_anything_is_written(
    place: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("backup", place / "b").exit_code == 0
    with lane.empty() as elsewhere:
        url = elsewhere.engine.url.render_as_string(hide_password=False)
        live_in(url, place / "copy", monkeypatch)
        monkeypatch.setenv("DCC_SECRET_KEY", SECRET[::-1])
        assert "DCC-B005" in refusal("restore", place / "b")
        assert not (place / "copy" / "documents").exists()


def test_a_folder_that_holds_documents_is_refused(
    place: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("backup", place / "b").exit_code == 0
    with lane.empty() as elsewhere:
        url = elsewhere.engine.url.render_as_string(hide_password=False)
        live_in(url, place / "live", monkeypatch)
        assert "DCC-B004" in refusal("restore", place / "b")


def test_a_file_that_exists_is_never_replaced(place: Path) -> None:
    (place / "b").write_text("autre chose")
    assert "DCC-B001" in refusal("backup", place / "b")
    assert (place / "b").read_text() == "autre chose"


@pytest.mark.parametrize("cut", [10, 2_000, 30_000, -11_000])
def test_a_cut_file_is_refused(place: Path, cut: int) -> None:
    assert run("backup", place / "b").exit_code == 0
    whole = (place / "b").read_bytes()
    (place / "cut").write_bytes(whole[:cut])
    assert "DCC-B002" in refusal("restore", place / "cut")


def test_an_altered_part_is_refused(place: Path) -> None:
    assert run("backup", place / "b").exit_code == 0
    with tarfile.open(place / "b") as archive:
        first = next(member for member in archive if member.name.startswith("database"))
    content = bytearray((place / "b").read_bytes())
    content[first.offset_data + 100] ^= 0xFF
    (place / "altered").write_bytes(content)
    assert "DCC-B002" in refusal("restore", place / "altered")


def test_missing_contents_are_told(place: Path) -> None:
    next((place / "live" / "documents").glob("*/*/*")).unlink()
    done = run("backup", place / "b")
    assert done.exit_code == 1
    assert "DCC-B007: 1 content(s) are missing" in done.stderr


def test_archives_of_the_audit_come_along(place: Path) -> None:
    with open_runtime() as runtime:
        folder = archive_folder(runtime.settings)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "audit-1-2.jsonl.gz").write_bytes(b"archive")
    assert run("backup", place / "b").exit_code == 0
    assert "audit/archives/audit-1-2.jsonl.gz" in read_package(place / "b").parts


def test_writers_go_on_and_the_copy_is_of_one_instant(
    place: Path, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While rows are added, the copy has the counts of its manifest and a chain without a gap."""
    command = [sys.executable, "-c", _WRITER]
    writer = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE)
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"writing\n"
        assert run("backup", place / "b").exit_code == 0
        assert writer.poll() is None
    finally:
        writer.kill()
        writer.communicate()
    with lane.empty() as elsewhere:
        url = elsewhere.engine.url.render_as_string(hide_password=False)
        live_in(url, place / "copy", monkeypatch)
        back = run("restore", place / "b", "--verify")
        assert back.exit_code == 0, back.output


_WRITER = """
from dcc_core.audit import record_event
from dcc_core.cli.runtime import open_runtime
with open_runtime() as runtime:
    for number in range(1_000_000):
        with runtime.session() as session:
            record_event(session, "patient.read")
        if number == 20:
            print("writing", flush=True)
"""


def test_an_interrupted_backup_never_looks_complete(place: Path) -> None:
    """Killed while it writes, it leaves no file of that name; what is left is refused."""
    child = subprocess.Popen([sys.executable, "-c", _HALF, str(place / "b")])
    partial = place / ".b.partial"
    deadline = time.monotonic() + 30
    while not (partial.exists() and partial.stat().st_size > 1_000_000):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not (place / "b").exists()
    assert partial.exists()
    partial.rename(place / "half")
    assert "DCC-B002" in refusal("restore", place / "half")


_HALF = """
import sys, time
from pathlib import Path
from dcc_core.backup.package import writing_package
with writing_package(Path(sys.argv[1])) as package:
    for number in range(1000):
        package.add_bytes(f"part-{number}", bytes(100_000))
        time.sleep(0.01)
"""


def test_a_failure_half_way_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), writing_package(tmp_path / "b") as package:
        package.add_bytes("settings.json", b"{}")
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_does_not_exist_is_named(tmp_path: Path) -> None:
    assert "DCC-B006" in refusal("restore", tmp_path / "absent")
