import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

CORE = {"DCC_ENV": "test", "DCC_REGION": "coeur"}


def dcc(*words: str, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    dropped = ("DCC_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return subprocess.run(
        [sys.executable, "-m", "dcc_core", *words],
        cwd=cwd,
        env=kept | CORE | {"DCC_HOME": str(cwd / "data")} | env,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def document(done: subprocess.CompletedProcess[str]) -> object:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_migrate_plans_then_applies_then_has_nothing_to_do(tmp_path: Path) -> None:
    planned = document(dcc("migrate", "--plan", "--json", cwd=tmp_path))
    assert planned["applied"] is False
    assert planned["steps"][0]["plugin"] == "core"
    assert document(dcc("migrate", "--json", cwd=tmp_path))["steps"] == planned["steps"]
    assert document(dcc("migrate", "--json", cwd=tmp_path))["steps"] == []


def test_serve_refuses_a_database_that_is_behind(tmp_path: Path) -> None:
    done = dcc("serve", "--port", "0", cwd=tmp_path)
    assert done.returncode == 1
    assert "DCC-D002" in done.stderr
    assert "dcc migrate" in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("env", "code"),
    [
        ({"DCC_REGION": "atlantide"}, "DCC-P020"),
        ({"DCC_DATABASE_ULR": "x"}, "DCC-C001"),
        ({"DCC_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "DCC-D001"),
        ({"DCC_PLUGINS__NOBODY__PORT": "1"}, "DCC-P014"),
        ({"DCC_ENV": "production"}, "DCC-C004"),
    ],
)
def test_what_cannot_start_says_why(env: dict[str, str], code: str, tmp_path: Path) -> None:
    for command in ("migrate", "serve"):
        done = dcc(command, cwd=tmp_path, **env)
        assert done.returncode == 1
        assert code in done.stderr
        assert "Traceback" not in done.stderr


def test_doctor_and_check_answer_in_json_and_by_exit_code(tmp_path: Path) -> None:
    assert dcc("doctor", cwd=tmp_path).returncode == 1
    dcc("migrate", cwd=tmp_path)
    assert document(dcc("doctor", "--json", cwd=tmp_path))["ok"] is True
    assert document(dcc("check", "--strict", "--json", cwd=tmp_path)) == {
        "ok": True,
        "problems": [],
    }
    wrong = dcc("check", "--json", cwd=tmp_path, DCC_REGION="atlantide")
    assert wrong.returncode == 1
    assert json.loads(wrong.stdout)["problems"][0]["code"] == "DCC-P020"


def test_wrong_usage_exits_two(tmp_path: Path) -> None:
    assert dcc("serve", "--nonsense", cwd=tmp_path).returncode == 2
    assert dcc("check", "--region", "a", "--plugin", "b", cwd=tmp_path).returncode == 2


@pytest.mark.parametrize("name", ["Bad-Name", "9lives", "x", "été"])
def test_a_plugin_cannot_have_any_name(name: str, tmp_path: Path) -> None:
    done = dcc("plugins", "new", name, cwd=tmp_path)
    assert done.returncode == 1
    assert "DCC-P030" in done.stderr


def test_a_new_plugin_never_overwrites(tmp_path: Path) -> None:
    assert dcc("plugins", "new", "cabinet", cwd=tmp_path).returncode == 0
    again = dcc("plugins", "new", "cabinet", cwd=tmp_path)
    assert again.returncode == 1
    assert "DCC-P031" in again.stderr


def test_every_command_has_help(tmp_path: Path) -> None:
    listed = dcc("--help", cwd=tmp_path)
    assert listed.returncode == 0, listed.stderr
    for name in ("check", "demo", "doctor", "migrate", "plugins", "serve"):
        assert name in listed.stdout
