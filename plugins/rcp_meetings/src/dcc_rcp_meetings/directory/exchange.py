"""The directory as CSV, one RCP a line, in the spirit of the national directories: out and in."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlmodel import Session

from dcc_core.api import InvalidInput
from dcc_rcp_meetings.directory.models import RcpIn, RcpOut
from dcc_rcp_meetings.directory.service import change_rcp, declare_rcp, find_rcp

COLUMNS = (
    "code",
    "nom",
    "type",
    "formulaire",
    "finess",
    "etablissement",
    "adresse",
    "code_postal",
    "commune",
    "reseau",
    "id_reseau",
    "3c",
    "id_3c",
    "id_anrcp",
    "lieu",
    "visio",
    "contact",
    "fuseau",
    "jour",
    "heure",
    "minutes",
    "cloture_heures",
    "places",
    "quorum",
    "debut",
    "fin",
)
_LARGEST = 2_000_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class LineFault:
    """Why a line was refused; ``line`` counts from 1, the headings being line 1."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    created: int
    changed: int
    faults: tuple[LineFault, ...]


def export_directory(rcps: Iterable[RcpOut]) -> str:
    """Return the directory as CSV (semicolons, UTF-8); a cell never starts a formula."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for rcp in rcps:
        writer.writerow([_harmless(value) for value in _cells(rcp)])
    return out.getvalue()


def import_directory(session: Session, text: str, *, now: datetime) -> ImportReport:
    """Create or change the RCPs of a file, all or nothing: one fault and nothing is written.

    Organs, freshness rules and partners, which the file does not have, stay as they are.

    Raises:
        InvalidInput: ``RCP-210`` this is no directory file, or it is too large.
    """
    if len(text) > _LARGEST:
        raise InvalidInput("RCP-210", "Ce fichier dépasse 2 Mo. Divisez-le.", field="file")
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";")
    missing = {"code", "nom", "type", "debut"} - set(reader.fieldnames or ())
    if missing:
        raise InvalidInput(
            "RCP-210",
            f"Colonnes absentes : {', '.join(sorted(missing))}. "
            "Partez d'un export : il a les bons titres.",
            field="file",
        )
    entries, faults = _read(session, reader)
    if faults:
        return ImportReport(0, 0, tuple(faults))
    created = 0
    for entry in entries:
        known = find_rcp(session, entry.code)
        if known is None:
            declare_rcp(session, entry, now=now)
            created += 1
        else:
            change_rcp(session, known.id, entry, now=now)
    return ImportReport(created, len(entries) - created, ())


def _read(
    session: Session, reader: Iterable[Mapping[str, str | None]]
) -> tuple[list[RcpIn], list[LineFault]]:
    entries: list[RcpIn] = []
    faults: list[LineFault] = []
    for number, row in enumerate(reader, 2):
        cells = {key: (value or "").strip() for key, value in row.items() if key}
        try:
            entry = _entry(cells, find_rcp(session, cells.get("code", "")))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            faults.append(LineFault(number, f"{where} : {first['msg']}"))
            continue
        if entry.code in {one.code for one in entries}:
            faults.append(LineFault(number, f"le code {entry.code} est répété"))
        entries.append(entry)
    return entries, faults


def _entry(cells: Mapping[str, str], known: RcpOut | None) -> RcpIn:
    kept: dict[str, Any] = (
        known.model_dump(include={"organs", "partners", "freshness", "scope"}) if known else {}
    )
    rhythm = None
    if cells.get("jour"):
        rhythm = {
            **(known.rhythm.model_dump() if known and known.rhythm else {}),
            "weekday": cells["jour"],
            "start": cells.get("heure", ""),
            "minutes": cells.get("minutes") or 90,
        }
    return RcpIn.model_validate(
        {
            **kept,
            "code": cells.get("code"),
            "name": cells.get("nom"),
            "kind": cells.get("type"),
            "form_id": cells.get("formulaire", ""),
            "organiser": {
                "finess": cells.get("finess", ""),
                "name": cells.get("etablissement", ""),
                "address": cells.get("adresse", ""),
                "postal_code": cells.get("code_postal", ""),
                "city": cells.get("commune", ""),
            },
            "coordination": {
                "network_name": cells.get("reseau", ""),
                "network_id": cells.get("id_reseau", ""),
                "manager_name": cells.get("3c", ""),
                "manager_id": cells.get("id_3c", ""),
            },
            "anrcp_id": cells.get("id_anrcp", ""),
            "place": cells.get("lieu", ""),
            "video_url": cells.get("visio", ""),
            "contact": cells.get("contact", ""),
            "timezone": cells.get("fuseau") or "Europe/Paris",
            "rhythm": rhythm,
            "closing_hours": cells.get("cloture_heures") or 24,
            "capacity": cells.get("places") or 20,
            "quorum_code": cells.get("quorum", ""),
            "active_from": cells.get("debut"),
            "active_until": cells.get("fin") or None,
        }
    )


def _cells(rcp: RcpOut) -> tuple[object, ...]:
    place, network, rhythm = rcp.organiser, rcp.coordination, rcp.rhythm
    return (
        rcp.code,
        rcp.name,
        rcp.kind.value,
        rcp.form_id,
        place.finess,
        place.name,
        place.address,
        place.postal_code,
        place.city,
        network.network_name,
        network.network_id,
        network.manager_name,
        network.manager_id,
        rcp.anrcp_id,
        rcp.place,
        rcp.video_url,
        rcp.contact,
        rcp.timezone,
        rhythm.weekday if rhythm else "",
        rhythm.start if rhythm else "",
        rhythm.minutes if rhythm else "",
        rcp.closing_hours,
        rcp.capacity,
        rcp.quorum_code,
        rcp.active_from.isoformat(),
        rcp.active_until.isoformat() if rcp.active_until else "",
    )


def _harmless(value: object) -> str:
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
