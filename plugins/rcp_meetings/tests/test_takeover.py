"""The directory of a previous tool."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_core.api import ImportMap, Judged, SourceRow, utc_now
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.directory.models import RcpOut
from dcc_rcp_meetings.directory.service import find_rcp
from dcc_rcp_meetings.takeover import RCPS, RcpImporter

BATCH = uuid4()


def judge(session: Session, *rows: dict[str, str]) -> list[Judged]:
    importer = RCPS.make(ImportMap(kind="rcp", columns={}), (), utc_now)
    numbered = [SourceRow(n, n + 1, row, []) for n, row in enumerate(rows, 1)]
    return importer.judge(session, numbered, BATCH)


def row(**changes: str) -> dict[str, str]:
    return {"code": "uro-chu", "name": "Urologie", "kind": "standard"} | changes


def test_an_rcp_is_declared_once(session: Session, documents: None) -> None:
    told = judge(
        session,
        row(finess="990000010", establishment="CHU DÉMO", weekday="2", start="14:00"),
        row(),
        row(name="Urologie et sein"),
    )
    assert [each.verdict.value for each in told] == ["created", "known", "ambiguous"]
    held = find_rcp(session, "uro-chu")
    assert held is not None
    assert held.organiser.name == "CHU DÉMO"
    assert held.rhythm is not None
    assert held.rhythm.start == "14:00"


def test_what_cannot_be_an_rcp_is_refused_at_its_field(session: Session, documents: None) -> None:
    told = judge(session, row(kind="autre"), row(code="É"), row(weekday="9", start="25:00"))
    assert [each.verdict.value for each in told] == ["refused"] * 3
    assert [each.field for each in told] == ["kind", "code", "rhythm"]


def test_an_rcp_that_met_stays_when_its_batch_is_reversed(
    session: Session, rcp: RcpOut, register: Callable[..., CaseOut], tmp_path: Path
) -> None:
    register()
    [made] = judge(session, row())
    importer = RcpImporter(utc_now)
    ids = [rcp.id, made.object_id or UUID(int=0)]
    assert importer.still_there(session, ids) == 2
    assert importer.undo(session, ids, BATCH) == {rcp.id}
    assert importer.still_there(session, ids) == 1
