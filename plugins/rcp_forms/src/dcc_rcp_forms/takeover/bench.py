"""``dcc bench import``: patients and their fiches from files, killed half-way, on PostgreSQL."""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click

GOAL_ROWS_PER_S, GOAL_MEGABYTES = 2_000, 500
GARBAGE = 100
"""One row in so many cannot be used."""

_OID = "1.2.250.1.999.77"
_SYLLABLES = [
    "BA",
    "CO",
    "DI",
    "FLO",
    "GUI",
    "HA",
    "JE",
    "KER",
    "LAN",
    "MO",
    "NI",
    "PRA",
    "QUE",
    "ROU",
    "SA",
    "TRE",
    "VAL",
    "WI",
    "ZE",
    "AU",
]
_GIVEN = [
    "Anne",
    "Paul",
    "Zoé",
    "Hugo",
    "Inès",
    "Luc",
    "Rose",
    "Jean",
    "Mona",
    "Yves",
    "Lise",
    "Marc",
    "Léa",
    "Noé",
    "Ève",
    "Gaël",
]
_PATIENTS_MAP = f"""
kind = "patients"
system = "{_OID}"
[columns]
identifier = "IPP"
birth_family_name = "NOM"
first_given_name = "PRENOM"
birth_date = "DDN"
sex = "SEXE"
city = "VILLE"
"""
_FICHES_MAP = f"""
kind = "fiches"
system = "{_OID}"
[options]
form = "sein"
version = "{{version}}"
[columns]
patient = "IPP"
number = "FICHE"
date = "DATE"
"antécédent_familial" = "ATCD"
date_diagnostic = "DIAGNOSTIC"
"côté" = "COTE"
taille_clinique = "TAILLE"
"""


@click.command("import")
@click.option("--rows", default=150_000, show_default=True, help="Patients, and as many fiches.")
@click.option("--database", "url", help="Empty PostgreSQL base; a durable server of its own else.")
def command(rows: int, url: str | None) -> dict[str, Any]:
    """Measure a takeover: rows per second, memory, and that kill -9 loses and doubles nothing."""
    with tempfile.TemporaryDirectory(prefix="dcc-bench-") as name, _base(url) as address:
        folder = Path(name)
        env = {**os.environ, "DCC_ENV": "test", "DCC_HOME": name, "DCC_DATABASE_URL": address}
        migrate = [sys.executable, "-m", "dcc_core", "migrate"]
        subprocess.run(migrate, env=env, check=True, stdout=subprocess.DEVNULL)
        _write(folder / "patients.csv", "IPP;NOM;PRENOM;DDN;SEXE;VILLE", _patients(rows))
        _write(folder / "fiches.csv", "IPP;FICHE;DATE;ATCD;DIAGNOSTIC;COTE;TAILLE", _fiches(rows))
        (folder / "patients.toml").write_text(_PATIENTS_MAP, encoding="utf-8")
        version = _published_version()
        text = _FICHES_MAP.format(version=version)
        (folder / "fiches.toml").write_text(text, encoding="utf-8")
        figures = {kind: _measure(folder, kind, rows, env) for kind in ("patients", "fiches")}
    wall_s = sum(each["wall_s"] for each in figures.values())
    return {
        "rows": 2 * rows,
        "rows_per_s": round(2 * rows / wall_s),
        "goal": {"rows_per_s": GOAL_ROWS_PER_S, "megabytes": GOAL_MEGABYTES},
        **figures,
    }


def _measure(folder: Path, kind: str, rows: int, env: dict[str, str]) -> dict[str, Any]:
    """Import once, killed when a part is committed, then again to the end."""
    begun = time.perf_counter()
    killed, memory_1, _ = _run(folder, kind, env, kill_after_s=max(2.0, rows / 12_000))
    ended, memory_2, output = _run(folder, kind, env)
    wall_s = time.perf_counter() - begun
    if ended:
        raise click.ClickException(f"the import of {kind} failed: {output[-500:]}")
    done = json.loads(output)
    again = json.loads(_run(folder, kind, env)[2])
    return {
        "rows_per_s": round(rows / wall_s),
        "wall_s": round(wall_s, 1),
        "megabytes": round(max(memory_1, memory_2)),
        "killed": killed == -signal.SIGKILL,
        "verdicts": done["verdicts"],
        "reasons": done["reasons"],
        "reconciled": done["reconciled"] and done["rows"] == rows,
        "again_is_the_same_batch": again["id"] == done["id"],
    }


def _run(
    folder: Path, kind: str, env: dict[str, str], *, kill_after_s: float | None = None
) -> tuple[int, float, str]:
    """Run one import; return its exit, its largest memory in megabytes, and what it printed."""
    command = [sys.executable, "-m", "dcc_core", "import", kind, str(folder / f"{kind}.csv")]
    options = ["--map", str(folder / f"{kind}.toml"), "--json"]
    with (folder / "out").open("w+b") as output:
        child = subprocess.Popen([*command, *options], env=env, stdout=output)
        if kill_after_s is not None:
            time.sleep(kill_after_s)
            child.send_signal(signal.SIGKILL)
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return child.returncode, usage.ru_maxrss / 1024, output.read().decode()


@contextmanager
def _base(url: str | None) -> Iterator[str]:
    if url is not None:
        yield url
        return
    from dcc_core.testing.postgres import postgres_server

    with postgres_server(durable=True) as server:
        yield server


def _published_version() -> str:
    from dcc_rcp_forms.published import national_models

    return next(model.version for model in national_models() if model.code == "sein")


def _write(path: Path, heading: str, lines: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(heading + "\n")
        file.writelines(f"{line}\n" for line in lines)


def _patients(rows: int) -> Iterator[str]:
    chance = random.Random(2026)  # noqa: S311 - the same people at each run, no secret
    for number in range(rows):
        family = "".join(chance.choices(_SYLLABLES, k=3))
        birth = date(1930, 1, 1) + timedelta(days=chance.randrange(26_000))
        sex = chance.choice("MF")
        line = f"N{number};DÉMO-{family};{chance.choice(_GIVEN)};{birth:%d/%m/%Y};{sex};Ville"
        yield line if number % GARBAGE else f"N{number};;;31/02/1950;?;"


def _fiches(rows: int) -> Iterator[str]:
    for number in range(rows):
        day = date(2015, 1, 1) + timedelta(days=number % 4_000)
        found = day - timedelta(days=30)
        answers = f"oui;{found:%d/%m/%Y};{('droit', 'gauche')[number % 2]};{number % 90 + 5}"
        line = f"N{number};F{number};{day:%d/%m/%Y};{answers}"
        yield line if number % GARBAGE else f"N{number};F{number};inconnue;peut-être;;;"
