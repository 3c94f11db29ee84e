"""The timeline of a record: the core's documents and what each plugin adds, newest first.

Each plugin's section runs apart, on a read session of its own. One that fails is named on the page:
a clinician must know that something may be missing, never take silence for absence.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.apart import read_apart
from dcc_core.hooks import Dispatcher
from dcc_core.hooks.contracts.web import RecordSection, TimelineEntry, Window
from dcc_core.records.tables import Document, DocumentVersion

Sections = Sequence[tuple[str, RecordSection]]
"""Sections beside the name of the plugin that brings each."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a page shows of a record.

    Attributes:
        missing: Labels of the sections that could not be read.
        has_more: Whether older entries exist beyond the window.
    """

    entries: tuple[TimelineEntry, ...]
    missing: tuple[str, ...] = ()
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class DocumentSection:
    """The core's own section: the latest version of each document."""

    key: str = "core.documents"
    label: str = "Documents"
    permission: str = "core.document.list"
    order: int = 0
    href: Callable[[UUID], str] = field(default=lambda document_id: f"/documents/{document_id}")

    def entries(
        self, session: Session, patient_id: UUID, window: Window
    ) -> Iterable[TimelineEntry]:
        """Return the documents of this patient inside the window, newest first."""
        statement = (
            select(Document, DocumentVersion)
            .join(DocumentVersion, col(DocumentVersion.document_id) == col(Document.id))
            .where(
                Document.patient_id == patient_id,
                DocumentVersion.version == Document.current_version,
            )
            .order_by(col(DocumentVersion.created_at).desc(), col(DocumentVersion.id))
            .limit(window.limit)
        )
        if window.after is not None:
            statement = statement.where(DocumentVersion.created_at > window.after)
        if window.before is not None:
            statement = statement.where(DocumentVersion.created_at < window.before)
        return [self._entry(document, version) for document, version in session.exec(statement)]

    def _entry(self, document: Document, version: DocumentVersion) -> TimelineEntry:
        return TimelineEntry(
            key=str(document.id),
            at=version.created_at,
            kind="document",
            title=version.title,
            summary=" · ".join(filter(None, (version.author, version.organisation))),
            source=document.origin,
            href=self.href(document.id),
        )


def read_timeline(
    session: Session,
    patient_id: UUID,
    *,
    sections: Sections,
    dispatcher: Dispatcher,
    window: Window,
    basis: str = "",
) -> Timeline:
    """Return the entries of all sections inside the window, newest first.

    Args:
        sections: Those that the reader may see; the caller has asked for each one's permission.
        basis: What the access was permitted on, for the audit.
    """
    wider = Window(window.after, window.before, window.limit + 1)
    own = sorted(DocumentSection().entries(session, patient_id, wider), key=_newest_first)
    found = [own]
    missing: list[str] = []
    for plugin, section in sections:
        entries = dispatcher.guard(
            plugin, section.key, _asking(session, section, patient_id, wider)
        )
        if entries is None:
            missing.append(section.label)
        else:
            found.append(entries)
    merged = list(islice(merge(*found, key=_newest_first), wider.limit))
    record_event(
        session,
        "record.read",
        patient_id=patient_id,
        object_kind="record",
        basis=basis,
        details={"entries": min(len(merged), window.limit), "missing": missing},
    )
    shown = tuple(merged[: window.limit])
    return Timeline(shown, tuple(missing), has_more=len(merged) > window.limit)


def _asking(
    session: Session, section: RecordSection, patient_id: UUID, window: Window
) -> Callable[[], list[TimelineEntry]]:
    def ask() -> list[TimelineEntry]:
        with read_apart(session) as apart:
            entries = section.entries(apart, patient_id, window)
            return sorted(islice(entries, window.limit), key=_newest_first)

    return ask


def _newest_first(entry: TimelineEntry) -> tuple[float, str]:
    return (-entry.at.timestamp(), entry.key)
