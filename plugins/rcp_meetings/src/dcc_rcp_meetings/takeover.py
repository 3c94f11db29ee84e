"""``dcc import rcp``: the directory of a previous tool, one RCP per row."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func
from sqlmodel import Session, col, delete, select

from dcc_core.api import Clock, Establishment, ImportKind, ImportMap, Judged, SourceRow, Verdict
from dcc_rcp_meetings.directory.models import RcpIn, RcpOut
from dcc_rcp_meetings.directory.service import declare_rcp, find_rcp
from dcc_rcp_meetings.tables import Case, Meeting, Member, Rcp

NEEDED = frozenset({"code", "name", "kind"})
TARGETS = NEEDED | {
    "form_id",
    "place",
    "contact",
    "quorum_code",
    "anrcp_id",
    "finess",
    "establishment",
    "network_name",
    "network_id",
    "manager_name",
    "manager_id",
    "weekday",
    "start",
    "minutes",
    "active_from",
}
UNUSABLE, OTHER_CONTENT = "IMP-040", "IMP-041"
_PLAIN = ("code", "name", "kind", "form_id", "place", "contact", "quorum_code", "anrcp_id")
_COORDINATION = ("network_name", "network_id", "manager_name", "manager_id")
_RHYTHM = ("weekday", "start", "minutes")


class RcpImporter:
    """Rows of RCPs, known by their code."""

    kind = "rcp"

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def judge(self, session: Session, rows: Sequence[SourceRow], batch_id: UUID) -> list[Judged]:
        """Declare the RCPs that are new; leave those that differ to a person."""
        return [self._judge(session, row) for row in rows]

    def still_there(self, session: Session, object_ids: Sequence[UUID]) -> int:
        """Return how many of these RCPs exist."""
        return session.exec(select(func.count()).where(col(Rcp.id).in_(object_ids))).one()

    def undo(self, session: Session, object_ids: Sequence[UUID], batch_id: UUID) -> frozenset[UUID]:
        """Remove the RCPs that have neither session nor case."""
        kept = {
            used
            for table in (Meeting, Case)
            for used in session.exec(
                select(table.rcp_id).where(col(table.rcp_id).in_(object_ids)).distinct()
            )
        }
        gone = [each for each in object_ids if each not in kept]
        session.exec(delete(Member).where(col(Member.rcp_id).in_(gone)))
        session.exec(delete(Rcp).where(col(Rcp.id).in_(gone)))
        return frozenset(kept)

    def _judge(self, session: Session, row: SourceRow) -> Judged:
        if row.fault:
            return Judged(Verdict.REFUSED, row.fault)
        try:
            entry = RcpIn.model_validate(_entry(row.values, self._clock().date()))
        except ValidationError as error:
            where = error.errors()[0]["loc"]
            return Judged(Verdict.REFUSED, UNUSABLE, str(where[0]) if where else "")
        held = find_rcp(session, entry.code)
        if held is None:
            made = declare_rcp(session, entry, now=self._clock())
            return Judged(Verdict.CREATED, object_id=made.id)
        if _is_same(held, entry):
            return Judged(Verdict.KNOWN, object_id=held.id)
        return Judged(Verdict.AMBIGUOUS, OTHER_CONTENT, candidates=(held.id,))


def _entry(values: Mapping[str, str], today: date) -> dict[str, Any]:
    """Return what a row says of an RCP; an empty column says nothing."""
    said = {name: text for name, text in values.items() if text}
    entry: dict[str, Any] = {name: said[name] for name in _PLAIN if name in said}
    entry["active_from"] = said.get("active_from", today)
    entry["coordination"] = {name: said[name] for name in _COORDINATION if name in said}
    organiser = {"finess": said.get("finess"), "name": said.get("establishment")}
    entry["organiser"] = {name: text for name, text in organiser.items() if text}
    rhythm = {name: said[name] for name in _RHYTHM if name in said}
    return {**entry, "rhythm": rhythm} if rhythm else entry


def _is_same(held: RcpOut, entry: RcpIn) -> bool:
    """Compare what names an RCP: its rhythm and its place live on after an import."""
    return (held.name, held.kind, held.form_id) == (entry.name, entry.kind, entry.form_id)


def _importer(
    mapping: ImportMap, establishments: Collection[Establishment], clock: Clock
) -> RcpImporter:
    return RcpImporter(clock)


RCPS = ImportKind(
    name="rcp",
    help="Import the directory of RCPs of a previous tool from FILE (CSV).",
    targets=TARGETS,
    needed=NEEDED,
    make=_importer,
)
