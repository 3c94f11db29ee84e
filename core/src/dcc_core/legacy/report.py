"""The reconciliation report of a batch: what the file held, what became of it, what to look at."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from zoneinfo import ZoneInfo

from dcc_core.legacy.model import Verdict
from dcc_core.legacy.runner import BatchOut
from dcc_core.legacy.tables import ImportRow

VERDICTS = {
    Verdict.CREATED: "créées",
    Verdict.KNOWN: "déjà connues",
    Verdict.AMBIGUOUS: "à décider par une personne",
    Verdict.REFUSED: "refusées",
}
REASONS = {
    "IMP-010": "guillemets non refermés ou ligne illisible",
    "IMP-011": "nombre de colonnes différent des en-têtes",
    "IMP-012": "caractère nul",
    "IMP-020": "identifiant d'une autre identité",
    "IMP-021": "mêmes noms et même naissance qu'une identité connue",
    "IMP-030": "identifiant de patient inconnu",
    "IMP-031": "réponse illisible ou hors de la liste",
    "IMP-032": "date de fiche impossible",
    "IMP-033": "même fiche, autre contenu",
    "IMP-040": "valeur absente ou mal écrite",
    "IMP-041": "même code, autre RCP",
    "PAT-001": "trait obligatoire absent",
    "PAT-002": "nom avec un caractère interdit",
    "PAT-003": "nom trop long",
    "PAT-004": "nom sans lettre latine",
    "PAT-005": "date impossible ou illisible",
    "PAT-006": "date dans le futur",
    "PAT-007": "date antérieure à 1850",
    "PAT-008": "code de lieu mal formé",
    "PAT-010": "valeur hors de la liste",
    "PAT-011": "décès antérieur à la naissance",
    "PAT-012": "ligne trop longue ou caractère invisible",
    "PAT-050": "identifiant local inutilisable",
    "PAT-051": "établissement inconnu de la région",
}
Line = tuple[str, str]


def report_sections(
    batch: BatchOut, waiting: Sequence[ImportRow], timezone: str
) -> Iterator[tuple[str, list[Line]]]:
    """Yield the sections of the report: a title, and pairs of label and value.

    No value of a patient stands in it: rows are told by their line in the file.
    """
    yield "Lot", list(_batch_lines(batch, timezone))
    yield "Lignes", list(_verdict_lines(batch))
    if batch.reasons:
        yield "Motifs", [(_reason(code), str(count)) for code, count in batch.reasons.items()]
    if waiting:
        yield "Lignes à reprendre", [(f"ligne {row.line}", _waiting(row)) for row in waiting]


def report_html(title: str, sections: Sequence[tuple[str, list[Line]]]) -> str:
    """Return the report as one page that needs nothing else."""
    body = "\n".join(
        f"<h2>{escape(name)}</h2>\n<table>\n"
        + "\n".join(
            f'<tr><th scope="row">{escape(label)}</th><td>{escape(value)}</td></tr>'
            for label, value in lines
        )
        + "\n</table>"
        for name, lines in sections
    )
    return (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}'
        f"</title></head><body>\n<h1>{escape(title)}</h1>\n{body}\n</body></html>\n"
    )


def _batch_lines(batch: BatchOut, timezone: str) -> Iterator[Line]:
    yield "Numéro", str(batch.id or "essai à blanc, rien n'a été écrit")
    yield "Nature", batch.kind
    yield "Fichier", batch.file_name
    yield "Empreinte SHA-256", batch.digest
    yield "Début", _moment(batch.started_at, timezone)
    if batch.finished_at:
        yield "Fin", _moment(batch.finished_at, timezone)


def _verdict_lines(batch: BatchOut) -> Iterator[Line]:
    yield "dans le fichier", str(batch.rows)
    for verdict, label in VERDICTS.items():
        yield label, str(batch.verdicts.get(verdict, 0))
    yield "présentes en base, recomptées", str(batch.present)
    if batch.kept:
        yield "conservées à l'annulation, car utilisées depuis", str(batch.kept)
    yield "rapprochement", "exact" if batch.is_reconciled else "INEXACT : prévenez l'exploitant"


def _reason(code: str) -> str:
    return f"{code} {REASONS.get(code, '')}".strip()


def _waiting(row: ImportRow) -> str:
    where = f" ({row.field})" if row.field else ""
    return f"{VERDICTS[Verdict(row.verdict)]} : {_reason(row.code)}{where}"


def _moment(at: datetime, timezone: str) -> str:
    return f"{at.astimezone(ZoneInfo(timezone)):%d/%m/%Y %H:%M:%S}"
