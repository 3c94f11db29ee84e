"""``dcc patients``: look for people, show one, treat duplicates. Every use is audited as any other
access.
"""

from dataclasses import asdict
from typing import Any
from uuid import UUID

import click

from dcc_core.audit import AuditContext, audit_context
from dcc_core.cli.output import json_option, print_json, print_table
from dcc_core.cli.runtime import open_runtime
from dcc_core.hooks.contracts.access import Purpose
from dcc_core.patients import (
    DuplicateOut,
    MergeOut,
    PatientHit,
    PatientOut,
    choose_survivor,
    find_people,
    get_patient,
    list_duplicates,
    list_merges,
    merge_patients,
    read_query,
    scan_duplicates,
    unmerge_patients,
)

_CONTEXT = AuditContext(purpose=Purpose.ADMINISTRATION, via="cli")


@click.group("patients")
def group() -> None:
    """Look for people, treat duplicates, merge and undo merges."""


@group.command()
@click.argument("words", nargs=-1, required=True)
@json_option
def find(words: tuple[str, ...], as_json: bool) -> None:
    """Find people by name, birth date, INS or local identifier, in any order."""
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        result = find_people(session, read_query(" ".join(words)))
    if as_json:
        print_json({"truncated": result.is_truncated, "hits": [_hit(hit) for hit in result.hits]})
        return
    print_table(
        ("ID", "NAISSANCE", "NOM DE NAISSANCE", "PRÉNOM", "NOM UTILISÉ", "SEXE", "STATUT", ""),
        (
            (
                hit.id,
                hit.birth.text,
                hit.birth_family_name,
                hit.first_given_name,
                hit.used_family_name,
                hit.sex.value,
                hit.status.value,
                "homonyme" if hit.is_homonym else "",
            )
            for hit in result.hits
        ),
    )
    if result.is_truncated:
        click.echo("Only the first results are shown: be more precise.", err=True)


@group.command()
@click.argument("patient_id", type=click.UUID)
@json_option
def show(patient_id: UUID, as_json: bool) -> None:
    """Show one patient with the merges it took part in; an alias leads to the record kept."""
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        patient = get_patient(session, patient_id)
        merges = list_merges(session, patient.id)
    if as_json:
        print_json(_patient(patient) | {"merges": [asdict(merge) for merge in merges]})
        return
    for name, value in _patient(patient).items():
        click.echo(f"{name:24} {value}")
    _print_merges(merges)


@group.command()
@click.option("--scan", is_flag=True, help="Compare every record first; long on a large base.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@json_option
def duplicates(scan: bool, limit: int, as_json: bool) -> None:
    """List the pairs that wait for the identity cell, the most alike first."""
    with audit_context(_CONTEXT), open_runtime() as runtime:
        after: UUID | None = None
        while scan:
            with runtime.session() as session:
                after, _ = scan_duplicates(session, after=after, clock=runtime.clock)
            scan = after is not None
        with runtime.session() as session:
            pairs = list_duplicates(session, limit=limit)
    if as_json:
        print_json([_pair(pair) for pair in pairs])
        return
    print_table(
        ("SCORE", "FIRST", "SECOND", "REASONS"),
        ((pair.score, pair.first_id, pair.second_id, ", ".join(pair.reasons)) for pair in pairs),
    )


@group.command()
@click.argument("first_id", type=click.UUID)
@click.argument("second_id", type=click.UUID)
@click.option("--reason", required=True, help="What establishes that they are one person.")
@click.option("--keep", type=click.UUID, help="Record to keep; the more trusted one by default.")
@json_option
def merge(first_id: UUID, second_id: UUID, reason: str, keep: UUID | None, as_json: bool) -> None:
    """Merge two records of one person; `unmerge` with its number undoes it."""
    if keep not in {None, first_id, second_id}:
        raise click.UsageError("--keep is neither of the two records.")
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        kept_id, dropped_id = choose_survivor(session, first_id, second_id)
        if keep is not None and keep != kept_id:
            kept_id, dropped_id = dropped_id, kept_id
        done = merge_patients(
            session,
            kept_id=kept_id,
            dropped_id=dropped_id,
            reason=reason,
            dispatcher=runtime.dispatcher,
            clock=runtime.clock,
        )
    _print_done(done, as_json=as_json)


@group.command()
@click.argument("merge_id", type=int)
@click.option("--reason", required=True, help="What establishes that they are two persons.")
@json_option
def unmerge(merge_id: int, reason: str, as_json: bool) -> None:
    """Undo a merge by its number; what arrived since stays with the record kept."""
    with audit_context(_CONTEXT), open_runtime() as runtime, runtime.session() as session:
        done = unmerge_patients(session, merge_id, reason=reason, clock=runtime.clock)
    _print_done(done, as_json=as_json)


def _print_done(done: MergeOut, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(done))
    else:
        _print_merges((done,))


def _print_merges(merges: tuple[MergeOut, ...]) -> None:
    for done in merges:
        state = "undone" if done.undone_at else "merged"
        click.echo(
            f"merge {done.id}: {done.dropped_id} into {done.kept_id}, {done.rows} row(s), {state}"
        )


def _hit(hit: PatientHit) -> dict[str, Any]:
    return asdict(hit) | {"birth": hit.birth.text}


def _patient(patient: PatientOut) -> dict[str, Any]:
    traits = asdict(patient.traits)
    traits["attributes"] = sorted(patient.traits.attributes)
    return {
        "id": patient.id,
        "version": patient.version,
        "birth": patient.birth.text,
        "ins_mark": patient.ins_mark,
        "merged_ids": list(patient.merged_ids),
        **traits,
    }


def _pair(pair: DuplicateOut) -> dict[str, Any]:
    return asdict(pair)
