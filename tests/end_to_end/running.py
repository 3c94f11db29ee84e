"""A region written by the template, installed beside the workspace, run as its operator runs it.

Partners are the simulators of the sandbox, on sockets; the region is another process.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

from dcc_sandbox.dmp.authority import Authority
from dcc_sandbox.dmp.server import SimulatedDmp, running_dmp
from dcc_sandbox.partners import DEMO_CLIENT
from dcc_sandbox.psc.server import running_psc

HOSPITAL_OID = "1.2.250.1.999.1"
STRUCTURE = "1310000000"
SLUG = "recit"
PLUGINS = "rcp_forms, rcp_meetings, cda, dmp, lab_connectors, sso_psc"
_ESTABLISHMENT = f"970211215=CHU DÉMO du Récit* @{HOSPITAL_OID}"
_PORTS = re.compile(r"^(MLLP|SFTP): [\d.]+:(\d+)$")
_WEB = re.compile(r"^dcc serves (http://\S+)$")
PATIENCE_S = 60.0


def scaffold(folder: Path, env: dict[str, str]) -> Path:
    """Write a new region and install it in a folder of its own; return that folder."""
    answers = {"slug": SLUG, "plugins": PLUGINS, "establishments": _ESTABLISHMENT}
    asked = [part for name, value in answers.items() for part in ("--set", f"{name}={value}")]
    new = [sys.executable, "-m", "dcc_core", "region", "new", "Récit", "--into", str(folder)]
    subprocess.run([*new, *asked], env=env, check=True, stdout=subprocess.DEVNULL)
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or "uv"
    site = folder / "site"
    install = [uv, "pip", "install", "--quiet", "--no-deps", "--python", sys.executable]
    subprocess.run([*install, "--target", site, folder / f"dcc-region-{SLUG}"], check=True)
    return site


@dataclass
class Partners:
    """The simulated partners that run while the story runs."""

    psc: Any
    dmp: SimulatedDmp
    environment: dict[str, str]
    laboratory_key: Path


@contextmanager
def partners(folder: Path) -> Iterator[Partners]:
    """Run Pro Santé Connect and the DMP, and make a laboratory's key."""
    folder.mkdir()
    organisation = Authority(folder).issue("org-sign")
    dmp = SimulatedDmp(trusted=organisation.pem, structure=STRUCTURE)
    key = asyncssh.generate_private_key("ssh-ed25519")
    key.write_private_key(str(folder / "laboratory"))
    account = {"key": "anapath", "public_keys": key.export_public_key().decode().strip()}
    with ExitStack() as running:
        psc = running.enter_context(running_psc((DEMO_CLIENT,)))
        address = running.enter_context(running_dmp(dmp))
        settings = {
            "SSO_PSC__ENVIRONMENT": "sandbox",
            "SSO_PSC__SANDBOX_URL": psc.origin,
            "SSO_PSC__CLIENT_ID": DEMO_CLIENT.client_id,
            "SSO_PSC__CLIENT_SECRET": DEMO_CLIENT.secret,
            "DMP__REPOSITORY_URL": address,
            "DMP__SIGNING_CERTIFICATE": str(organisation.certificate),
            "DMP__SIGNING_KEY": str(organisation.key),
            "DMP__STRUCTURE": STRUCTURE,
            "DMP__ROOT_OID": HOSPITAL_OID,
            "DMP__APPROVAL_ID": "DEMO-0001",
            "LAB_CONNECTORS__MLLP_PORT": "0",
            "LAB_CONNECTORS__SFTP_PORT": "0",
            "LAB_CONNECTORS__ACCOUNTS": json.dumps([{**account, "completion": "rename"}]),
        }
        env = {f"DCC_PLUGINS__{name}": value for name, value in settings.items()}
        yield Partners(psc, dmp, env, folder / "laboratory")


@dataclass
class Served:
    """A region being served: where its doors are."""

    process: subprocess.Popen[str]
    web: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    def listen(self) -> None:
        """Read what the process says until it ends; its doors are among it."""
        assert self.process.stdout is not None
        with self.process.stdout as output:
            self._note(output)

    def _note(self, output: Iterable[str]) -> None:
        for line in output:
            self.said.append(line)
            if door := _PORTS.match(line):
                self.ports[door[1]] = int(door[2])
            if address := _WEB.match(line):
                self.web = address[1]


@contextmanager
def served(env: dict[str, str]) -> Iterator[Served]:
    """Run ``dcc serve`` for the block; it must end in good order."""
    command = [sys.executable, "-m", "dcc_core", "serve", "--port", "0"]
    process = subprocess.Popen(
        command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    region = Served(process)
    reader = threading.Thread(target=region.listen, daemon=True)
    reader.start()
    try:
        until(lambda: bool(region.web) or process.poll() is not None)
        assert region.web, "".join(region.said)
        yield region
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_S)
        reader.join()


def dcc(env: dict[str, str], *arguments: str) -> str:
    """Run a command of the operator and return what it printed; it must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", "dcc_core", *arguments],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"dcc {' '.join(arguments)}\n{done.stdout}{done.stderr}"
    return done.stdout


def environment(folder: Path, url: str) -> dict[str, str]:
    """Return the environment of an operator: nothing of this machine's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DCC_")}
    return kept | {
        "DCC_ENV": "test",
        "DCC_REGION": "",
        "DCC_HOME": str(folder / "data"),
        "DCC_DATABASE_URL": url,
        "DCC_SECRET_KEY": "récit " * 8,
    }


def until(condition: Any, *, patience_s: float = PATIENCE_S) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < deadline, "nothing happened in time"
        time.sleep(0.1)
