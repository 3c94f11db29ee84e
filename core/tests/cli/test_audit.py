"""``dcc audit`` and ``dcc user``, run as an operator runs them."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result

from dcc_core.audit import record_event
from dcc_core.cli.main import root
from dcc_core.cli.runtime import open_runtime
from dcc_core.hooks.contracts.ops import Job
from dcc_core.jobs import core_jobs
from dcc_core.patients import create_patient
from dcc_core.testing.patients import demo_traits
from dcc_core.users import OrganisationIn, register_organisation


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DCC_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DCC_ENV", "test")
    with open_runtime(migrate_first=True):
        return tmp_path / "data"


def run(*arguments: str) -> Result:
    return CliRunner(catch_exceptions=False).invoke(root, arguments)


def answer(*arguments: str) -> dict[str, object]:
    done = run(*arguments, "--json")
    assert done.exit_code == 0, done.output
    found: dict[str, object] = json.loads(done.stdout)
    return found


def patient() -> UUID:
    with open_runtime() as runtime, runtime.session() as session:
        found = create_patient(session, demo_traits()).id
        for _ in range(4):
            record_event(session, "document.read", patient_id=found, basis="presenter")
        return found


def job(key: str) -> None:
    """Run one of the core's jobs as the scheduler would, in a transaction of its own."""
    with open_runtime() as runtime, runtime.session() as session:
        jobs: dict[str, Job] = {
            found.key: found
            for _, found in core_jobs(
                settings=runtime.settings,
                region=runtime.region,
                dispatcher=runtime.dispatcher,
                clock=runtime.clock,
            )
        }
        jobs[key].run(session)


def tamper(home: Path, statement: str) -> None:
    """Alter the file of the database with another program, triggers taken away."""
    with closing(sqlite3.connect(home / "dcc.sqlite3")) as connection:
        for table in ("core_audit", "core_audit_seal"):
            for kind in ("update", "delete"):
                connection.execute(f"DROP TRIGGER {table}_no_{kind}")
        connection.execute(statement)
        connection.commit()


def test_sealed_audit_is_intact(home: Path) -> None:
    patient()
    job("core.audit.seal")
    seen = answer("audit", "verify")
    assert seen["intact"] is True
    assert (seen["seals"], seen["faults"]) == (1, [])
    assert "intact" in run("audit", "verify").output


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE core_audit SET event = 'patient.nothing' WHERE sequence = 2", "AUD-011"),
        ("DELETE FROM core_audit WHERE sequence = 2", "AUD-012"),
    ],
)
def test_first_bad_row_is_named_and_the_exit_code_says_so(
    home: Path, statement: str, code: str
) -> None:
    patient()
    job("core.audit.seal")
    tamper(home, statement)
    done = run("audit", "verify")
    assert done.exit_code == 1
    assert f"{code}  row 2" in done.output
    assert "NOT intact" in done.output
    found = json.loads(run("audit", "verify", "--json").stdout)
    assert found["faults"][0]["sequence"] == 2


def test_audit_cut_off_with_its_seals_is_found_through_the_heads(home: Path) -> None:
    patient()
    job("core.audit.seal")
    tamper(home, "DELETE FROM core_audit_seal")
    done = run("audit", "verify")
    assert done.exit_code == 1
    assert "AUD-016" in done.output


def test_heads_are_written_only_with_their_seal(home: Path) -> None:
    patient()
    heads = home / "audit" / "heads.jsonl"
    with (
        pytest.raises(RuntimeError, match="lost"),
        open_runtime() as runtime,
        runtime.session() as session,
    ):
        _, seal = core_jobs(
            settings=runtime.settings,
            region=runtime.region,
            dispatcher=runtime.dispatcher,
            clock=runtime.clock,
        )[0]
        seal.run(session)
        raise RuntimeError("the power is lost before the commit")
    assert not heads.exists()
    job("core.audit.seal")
    assert len(heads.read_text(encoding="utf-8").splitlines()) == 1


def test_rows_are_listed_and_filtered(home: Path) -> None:
    found = patient()
    for arguments, count in (
        (("--event", "document."), 4),
        (("--event", "patient.create"), 1),
        (("--patient", str(uuid4())), 0),
        (("--patient", str(found), "--limit", "2"), 2),
        (("--since", "2100-01-01"), 0),
        (("--until", "2000-01-01"), 0),
        (("--outcome", "denied"), 0),
        (("--actor", str(uuid4())), 0),
    ):
        assert len(answer("audit", "list", *arguments)["entries"]) == count  # type: ignore[arg-type]
    assert "document.read" in run("audit", "list").output


def test_looking_at_the_audit_is_audited(home: Path) -> None:
    found = patient()
    answer("audit", "list", "--patient", str(found))
    entries = answer("audit", "list", "--event", "audit.read")["entries"]
    assert [entry["patient_id"] for entry in entries] == [str(found)]  # type: ignore[attr-defined]


def test_patient_receives_sentences(home: Path) -> None:
    found = patient()
    shown = run("audit", "report", "--patient", str(found))
    assert "a lu un document ; motif : soins, présente le dossier en RCP." in shown.output
    accesses = answer("audit", "report", "--patient", str(found))["accesses"]
    assert len(accesses) >= 5  # type: ignore[arg-type]


def test_export_is_one_fhir_resource_per_line(home: Path) -> None:
    patient()
    done = run("audit", "export")
    resources = [json.loads(line) for line in done.stdout.splitlines()]
    assert {resource["resourceType"] for resource in resources} == {"AuditEvent"}
    assert len({resource["id"] for resource in resources}) == len(resources) >= 5


def test_statements_for_the_role_are_printed() -> None:
    assert "GRANT SELECT, INSERT ON core_audit" in run("audit", "grants", "dcc_app").output


def test_archive_job_is_there_when_asked_for(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DCC_AUDIT_ARCHIVE_MONTHS", "24")
    monkeypatch.setenv("DCC_AUDIT_SYSLOG", "tls://soc.example.invalid")
    with open_runtime() as runtime:
        keys = {
            found.key
            for _, found in core_jobs(
                settings=runtime.settings,
                region=runtime.region,
                dispatcher=runtime.dispatcher,
                clock=runtime.clock,
            )
        }
    assert {"core.audit.archive", "core.audit.copy.core.syslog", "core.audit.seal"} <= keys
    job("core.audit.archive")


@pytest.mark.parametrize("key", ["core.sessions.purge", "core.accounts.unused"])
def test_daily_jobs_run(home: Path, key: str) -> None:
    job(key)


def _create(**options: str) -> dict[str, object]:
    stated = {"family-name": "DÉMO-PETIT", "given-name": "Sacha"} | options
    words = [word for name, value in stated.items() for word in (f"--{name}", value)]
    return answer("user", "create", *words)


def test_account_is_created_listed_granted_and_disabled(home: Path) -> None:
    created = _create(**{"national-id": "899900000001"})
    with open_runtime() as runtime, runtime.session() as session:
        register_organisation(session, entry=OrganisationIn(name="DÉMO CHU", finess="990000001"))
    for name in ("899900000001", str(created["id"])):
        answer("user", "grant", name, "physician", "--organisation", "990000001")
    accounts = answer("user", "list", "--name", "demo")["accounts"]
    assert isinstance(accounts, list)
    (row,) = accounts
    assert (row["roles"], row["state"]) == ("physician", "active")
    answer("user", "disable", "899900000001", "--reason", "départ")
    assert "disabled" in run("user", "list").output


def test_local_account_comes_with_an_invitation(home: Path) -> None:
    assert _create(login="sacha.petit")["invitation"]
    assert _create(**{"national-id": "899900000002"})["invitation"] == ""


@pytest.mark.parametrize(
    "words",
    [
        ("create", "--family-name", "DÉMO", "--given-name", "Sacha"),
        ("create", "--family-name", "123", "--given-name", "Sacha", "--login", "sacha"),
        ("create", "--family-name", "DÉMO", "--given-name", "Sacha", "--national-id", "?"),
    ],
)
def test_unusable_account_is_a_wrong_usage(home: Path, words: tuple[str, ...]) -> None:
    assert run("user", *words).exit_code == 2
