"""``dcc synth``: fill a demonstration or a test base with people who exist nowhere."""

import sys
import time
from pathlib import Path
from typing import Any

import click

from dcc_core.cli.output import json_option, print_json
from dcc_core.cli.runtime import open_runtime
from dcc_core.errors import ConfigError
from dcc_core.patients.identifiers import system_of
from dcc_core.patients.synth import Population, load_people, read_sources


@click.command("synth")
@click.option("--patients", type=click.IntRange(min=1), required=True, help="How many records.")
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same people.")
@click.option(
    "--names",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of public name and commune files; a short list is built in.",
)
@click.option("--plain-names", is_flag=True, help="Without the DÉMO- that marks every name.")
@json_option
def command(
    patients: int, seed: int, folder: Path | None, plain_names: bool, as_json: bool
) -> None:
    """Write a synthetic population: twins, homonyms, movers and records entered twice included."""
    with open_runtime() as runtime:
        if runtime.settings.is_production:
            raise ConfigError(
                "DCC-C020",
                "synthetic patients do not enter a production base. Set DCC_ENV to demo or test.",
            )
        places = runtime.region.establishments
        population = Population(
            read_sources(folder),
            seed=seed,
            visible=not plain_names,
            establishments=max(len(places), 4),
        )
        started = time.perf_counter()
        with _progress(patients) as bar, runtime.session() as session:
            load_people(
                session,
                population.people(patients),
                systems=[system_of(place) for place in places],
                clock=runtime.clock,
                progress=bar.update,
            )
        duration_s = time.perf_counter() - started
    report = {"patients": patients, "seed": seed, "duration_s": round(duration_s, 2)}
    if as_json:
        print_json(report)
    else:
        click.echo(f"{patients} patients in {duration_s:.1f} s.")


def _progress(length: int) -> Any:
    return click.progressbar(length=length, label="Patients", file=sys.stderr)
