"""The timeline shows everything it can, in order, and names what it cannot."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.web import TimelineEntry, Window
from dcc_core.records import Timeline, file_document, read_timeline
from dcc_core.records.timeline import Sections
from dcc_core.testing.documents import demo_document

DAY = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass
class Meetings:
    """A plugin's section: one entry a day."""

    key: str = "rcp.sessions"
    label: str = "RCP"
    permission: str = "rcp.session.read"
    order: int = 1
    days: int = 3
    trouble: Exception | None = None
    hang_s: float = 0.0
    seen: list[Session] = field(default_factory=list)

    def entries(
        self, session: Session, patient_id: UUID, window: Window
    ) -> Iterable[TimelineEntry]:
        self.seen.append(session)
        time.sleep(self.hang_s)
        if self.trouble is not None:
            raise self.trouble
        for number in range(self.days):
            at = DAY + timedelta(days=number)
            yield TimelineEntry(f"rcp-{number}", at, "rcp", f"RCP {number}")


def read(session: Session, patient: UUID, sections: Sections, limit: int = 50) -> Timeline:
    return read_timeline(
        session,
        patient,
        sections=sections,
        dispatcher=Dispatcher(deadline_s=0.5),
        window=Window(limit=limit),
    )


def file_on(session: Session, patient: UUID, day: int) -> None:
    at = DAY + timedelta(days=day, hours=1)
    file_document(session, demo_document(created_at=at, title=f"Fiche {day}"), patient_id=patient)


def test_documents_and_sections_mix_newest_first(session: Session, patient: UUID) -> None:
    file_on(session, patient, 0)
    file_on(session, patient, 2)
    timeline = read(session, patient, [("rcp", Meetings())])
    titles = [entry.title for entry in timeline.entries]
    assert titles == ["Fiche 2", "RCP 2", "RCP 1", "Fiche 0", "RCP 0"]
    assert (timeline.missing, timeline.has_more) == ((), False)


def test_a_window_says_that_there_is_more(session: Session, patient: UUID) -> None:
    file_on(session, patient, 1)
    timeline = read(session, patient, [("rcp", Meetings())], limit=2)
    assert [entry.title for entry in timeline.entries] == ["RCP 2", "Fiche 1"]
    assert timeline.has_more


@pytest.mark.parametrize("section", [Meetings(trouble=RuntimeError()), Meetings(hang_s=2.0)])
def test_a_section_that_fails_is_named_and_harms_nothing(
    session: Session, patient: UUID, section: Meetings
) -> None:
    file_on(session, patient, 1)
    timeline = read(
        session, patient, [("rcp", section), ("other", Meetings(label="Autre", days=1))]
    )
    assert timeline.missing == ("RCP",)
    assert [entry.title for entry in timeline.entries] == ["Fiche 1", "RCP 0"]


def test_a_section_never_receives_the_callers_session(session: Session, patient: UUID) -> None:
    section = Meetings()
    read(session, patient, [("rcp", section)])
    assert section.seen[0] is not session


def test_a_window_in_time_leaves_out_the_rest(session: Session, patient: UUID) -> None:
    for day in range(4):
        file_on(session, patient, day)
    timeline = read_timeline(
        session,
        patient,
        sections=[],
        dispatcher=Dispatcher(),
        window=Window(after=DAY + timedelta(days=1), before=DAY + timedelta(days=3)),
    )
    assert [entry.title for entry in timeline.entries] == ["Fiche 2", "Fiche 1"]


def test_reading_a_record_is_audited(session: Session, patient: UUID) -> None:
    read(session, patient, [("rcp", Meetings(trouble=RuntimeError()))])
    entry = session.exec(select(AuditEntry).order_by(col(AuditEntry.sequence).desc())).first()
    assert entry is not None
    assert (entry.event, entry.patient_id) == ("record.read", patient)
    assert entry.details == {"entries": 0, "missing": ["RCP"]}
