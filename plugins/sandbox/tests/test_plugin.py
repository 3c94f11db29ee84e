"""The sandbox in a region: only a demonstration starts the partners."""

import socket
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from dcc_core.api import Environment, Settings
from dcc_core.testing import contract_tests
from dcc_sandbox.dmp.demonstration import running_demonstration
from dcc_sandbox.partners import PARTNERS
from dcc_sandbox.plugin import SandboxPlugin
from dcc_sandbox.psc.endpoints import REALM
from dcc_sandbox.settings import SandboxSettings

test_contract = contract_tests(SandboxPlugin)


@dataclass
class StubCore:
    """As much of ``Core`` as the plugin looks at."""

    settings: Settings


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def _answers(port: int) -> bool:
    url = f"http://127.0.0.1:{port}{REALM}/.well-known/wallet-openid-configuration"
    try:
        return httpx.get(url, trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("environment", list(Environment))
def test_partners_run_beside_a_demonstration_only(environment: Environment, tmp_path: Path) -> None:
    port = _free_port()
    plugin = SandboxPlugin(SandboxSettings(psc_port=port, dmp_port=0, lab_messages=0))
    core = StubCore(Settings(env=environment, home=tmp_path))
    plugin.dcc_startup(core)  # type: ignore[arg-type]
    try:
        assert _answers(port) is (environment is Environment.DEMO)
    finally:
        plugin.dcc_shutdown(core)  # type: ignore[arg-type]
    assert not _answers(port)


def test_taken_port_does_not_stop_the_demonstration(
    caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        plugin = SandboxPlugin(
            SandboxSettings(psc_port=listener.getsockname()[1], dmp_port=0, lab_messages=0)
        )
        core = StubCore(Settings(env=Environment.DEMO, home=tmp_path))
        plugin.dcc_startup(core)  # type: ignore[arg-type]
        plugin.dcc_shutdown(core)  # type: ignore[arg-type]
    assert "does not start" in caplog.text


def test_every_partner_gives_its_address(tmp_path: Path) -> None:
    for partner in PARTNERS:
        with partner.run(SandboxSettings(psc_port=0, dmp_port=0), tmp_path) as address:
            assert address.startswith(("http://127.0.0.1:", "https://127.0.0.1:"))


def test_the_certificates_of_a_demonstration_are_kept_for_the_next_start(tmp_path: Path) -> None:
    with running_demonstration(tmp_path / "dmp", port=0):
        made = (tmp_path / "dmp/org-sign.pem").read_bytes()
    with running_demonstration(tmp_path / "dmp", port=0):
        assert (tmp_path / "dmp/org-sign.pem").read_bytes() == made
    (tmp_path / "dmp/server.pem").unlink()
    with running_demonstration(tmp_path / "dmp", port=0):
        assert (tmp_path / "dmp/org-sign.pem").read_bytes() != made
