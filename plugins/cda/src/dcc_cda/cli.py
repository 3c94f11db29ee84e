"""Commands: ``dcc cda rules``, ``dcc documents check``, ``dcc bench documents``."""

import json
from dataclasses import asdict
from pathlib import Path

import click

from dcc_cda.bench import command as bench_command
from dcc_cda.check.findings import LABELS, Verdict
from dcc_cda.check.rules import install_rules, read_origin, rules_folder
from dcc_cda.check.service import DocumentChecker, compile_rules, describe_level
from dcc_core.api import Settings, utc_now


def add_commands(root: click.Group) -> None:
    """Add the commands of this plugin, some of them to groups of the core."""
    root.add_command(_cda)
    context = click.Context(root)
    for name, command in (("documents", check), ("bench", bench_command)):
        group = root.get_command(context, name)
        if isinstance(group, click.Group):
            group.add_command(command, command.name)


@click.group("cda")
def _cda() -> None:
    """Rules by which clinical documents are checked."""


@_cda.group("rules")
def _rules() -> None:
    """Install and show the national rules; they are not part of the product."""


@_rules.command("install")
@click.argument("source", type=click.Path(exists=True, path_type=Path), metavar="ARCHIVE|FOLDER")
def _install(source: Path) -> None:
    """Install the official rules of ANS, in place of the previous ones."""
    folder = rules_folder(Settings().home)
    origin = install_rules(source, folder, now=utc_now())
    if compile_rules(folder) is None:
        click.echo("Installed, but Saxon is missing: add the extra « validate ».", err=True)
    click.echo(f"{folder}: {origin}")


@_rules.command("show")
@click.option("as_json", "--json", is_flag=True, help="Print one JSON document.")
def _show(as_json: bool) -> None:
    """Show where the installed rules come from."""
    origin = read_origin(rules_folder(Settings().home))
    if as_json:
        click.echo(json.dumps(asdict(origin) if origin else None, ensure_ascii=False))
    elif origin is None:
        click.echo("Aucune règle nationale installée : seules les règles internes s'appliquent.")
    else:
        click.echo(str(origin))


@click.command("check")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("as_json", "--json", is_flag=True, help="Print one JSON document.")
@click.pass_context
def check(ctx: click.Context, file: Path, as_json: bool) -> None:
    """Check a CDA file by every rule that is installed; exit 1 when it may not be sent."""
    verdict = DocumentChecker(rules_folder(Settings().home)).check(file.read_bytes())
    click.echo(_as_json(verdict) if as_json else _as_text(verdict))
    ctx.exit(0 if verdict.accepted else 1)


def _as_json(verdict: Verdict) -> str:
    told = {
        "accepted": verdict.accepted,
        "national": verdict.national,
        "levels": [level.value for level in verdict.levels],
        "rules": verdict.rules_origin,
        "findings": [asdict(one) for one in verdict.findings],
    }
    return json.dumps(told, ensure_ascii=False, indent=2)


def _as_text(verdict: Verdict) -> str:
    lines = [
        f"{'erreur' if one.blocking else 'attention'} {one.rule} [{LABELS[one.level]}]"
        f" {one.location}\n    {one.message}"
        for one in verdict.findings
    ]
    outcome = "Document accepté." if verdict.accepted else "Document refusé."
    return "\n".join([*lines, describe_level(verdict), outcome])
