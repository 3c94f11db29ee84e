import os
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from dcc_core.db import Database
from dcc_core.db.migrate import (
    known_version_tables,
    migrate,
    migration_problems,
    plan_migrations,
    purge,
)

WORKER = """
import sys
from dcc_core.db import open_database
from dcc_core.db.migrate import migrate
from probe_plugin import Probe
print(len(migrate(open_database(sys.argv[1]), [Probe])))
"""


@pytest.fixture
def probe(probe_package: Path):
    return import_module("probe_plugin").Probe


def start_worker(database: Database, package: Path, **env: str) -> subprocess.Popen[str]:
    url = database.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, url],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(package.parent)} | env,
    )


def test_plan_then_migrate_then_nothing_left(empty_database: Database, probe) -> None:
    assert [step.revision for step in plan_migrations(empty_database, [probe])] == [
        "0001",
        "0002",
        "0003",
    ]
    assert len(migrate(empty_database, [probe])) == 3
    assert plan_migrations(empty_database, [probe]) == ()
    assert list(migration_problems(empty_database, [probe])) == []
    assert known_version_tables(empty_database) == ("probe",)


def test_a_database_behind_the_code_is_named(empty_database: Database, probe) -> None:
    (problem,) = migration_problems(empty_database, [probe])
    assert (problem.code, problem.plugin) == ("DCC-D002", "probe")
    assert "dcc migrate" in problem.remedy


def test_a_database_ahead_of_the_code_is_refused(empty_database: Database, probe) -> None:
    migrate(empty_database, [probe])
    with empty_database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version_probe SET version_num = '0099'"))
    (problem,) = migration_problems(empty_database, [probe])
    assert (problem.code, problem.plugin) == ("DCC-D003", "probe")
    assert "0099" in problem.text
    assert plan_migrations(empty_database, [probe]) == ()


def test_four_processes_at_once_migrate_once(
    empty_database: Database, probe, probe_package: Path
) -> None:
    workers = [start_worker(empty_database, probe_package) for _ in range(4)]
    applied = [int(worker.communicate(timeout=60)[0]) for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0, 0]
    assert sorted(applied) == [0, 0, 0, 3]


def test_a_killed_migration_resumes_where_it_stopped(
    empty_database: Database, probe, probe_package: Path, tmp_path: Path
) -> None:
    flag = tmp_path / "flag"
    worker = start_worker(empty_database, probe_package, PROBE_HOLD=str(flag))
    deadline = time.monotonic() + 30
    while not flag.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.kill(worker.pid, signal.SIGKILL)
    worker.communicate()
    assert [step.revision for step in plan_migrations(empty_database, [probe])] == ["0002", "0003"]
    assert [step.revision for step in migrate(empty_database, [probe])] == ["0002", "0003"]
    columns = {c["name"] for c in inspect(empty_database.engine).get_columns("probe_thing")}
    assert columns == {"id", "name"}


def test_purge_removes_one_plugin_and_it_can_come_back(empty_database: Database, probe) -> None:
    migrate(empty_database, [probe])
    purge(empty_database, probe)
    assert inspect(empty_database.engine).get_table_names() == []
    assert len(migrate(empty_database, [probe])) == 3
