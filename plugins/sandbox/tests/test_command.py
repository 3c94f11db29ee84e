"""``dcc sandbox serve`` says where its partners listen, and stops on request."""

import os
import signal
import subprocess
import sys
from pathlib import Path


def _serve(folder: Path, port: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "DCC_ENV": "test",
        "DCC_HOME": str(folder),
        "DCC_PLUGINS__SANDBOX__PSC_PORT": port,
        "DCC_PLUGINS__SANDBOX__DMP_PORT": "0",
    }
    return subprocess.Popen(
        [sys.executable, "-m", "dcc_core", "sandbox", "serve"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_partners_are_served_until_interrupted(tmp_path: Path) -> None:
    with _serve(tmp_path, "0") as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("Pro Santé Connect (bac à sable): http://127.0.0.1:"), line
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


def test_taken_port_is_told_with_the_remedy(tmp_path: Path) -> None:
    with _serve(tmp_path, "0") as first:
        assert first.stdout is not None
        port = first.stdout.readline().rpartition(":")[2].strip()
        second = _serve(tmp_path, port)
        _, told = second.communicate(timeout=30)
        first.send_signal(signal.SIGINT)
        assert first.wait(timeout=20) == 0
    assert second.returncode == 1
    assert "does not start" in told
