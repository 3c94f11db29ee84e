"""The course of a patient: documents of the core and sections of the plugins, newest first.

A section that fails is named on the page: a gap in a dossier must be visible.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from dcc_core.hooks.contracts.web import RecordSection, TimelineEntry, Window
from dcc_core.records import DocumentOut
from dcc_core.web.opened import OpenedPatient
from dcc_core.web.page import Page

PAGE_SIZE = 30
DOCUMENT = "document"
RESULT = "result"
RESULT_CLASSES = frozenset({"RESULTATS", "CR-BIO", "CR-ACP", "CR-GM"})
"""Classes of documents that laboratories send."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """One page of the course.

    Attributes:
        kinds: Filters that have at least one entry.
        failed: Labels of the sections that could not be read.
        older: Where the next page starts, empty on the last one.
    """

    entries: tuple[TimelineEntry, ...]
    kinds: tuple[str, ...]
    failed: tuple[str, ...]
    kind: str = ""
    older: str = ""


def timeline_of(
    page: Page,
    opened: OpenedPatient,
    documents: Iterable[DocumentOut],
    *,
    kind: str = "",
    before: str = "",
) -> Timeline:
    """Return one page of the course of a patient, restricted to one kind when asked."""
    limit = _instant(before)
    window = Window(before=limit, limit=PAGE_SIZE + 1)
    entries = [_entry(page, document) for document in documents]
    failed = []
    for plugin, section in page.site.sections:
        if not opened.may(section.permission):
            continue
        found = page.site.runtime.dispatcher.guard(
            plugin, section.key, partial(_read, page, opened, section, window)
        )
        if found is None:
            failed.append(section.label)
        entries.extend(found or ())
    kept = [entry for entry in entries if limit is None or entry.at < limit]
    kinds = tuple(sorted({entry.kind for entry in kept}))
    shown = sorted(
        (entry for entry in kept if kind in {"", entry.kind}), key=lambda e: e.at, reverse=True
    )
    older = shown[PAGE_SIZE - 1].at.isoformat() if len(shown) > PAGE_SIZE else ""
    return Timeline(tuple(shown[:PAGE_SIZE]), kinds, tuple(failed), kind, older)


def _read(
    page: Page, opened: OpenedPatient, section: RecordSection, window: Window
) -> Sequence[TimelineEntry]:
    with page.site.runtime.database.reading() as session:
        return tuple(section.entries(session, opened.id, window))


def _entry(page: Page, document: DocumentOut) -> TimelineEntry:
    is_result = document.document_class in RESULT_CLASSES
    return TimelineEntry(
        key=str(document.id),
        at=document.created_at,
        kind=RESULT if is_result else DOCUMENT,
        title=document.title or document.type_label,
        summary=document.type_label if document.title else "",
        source=", ".join(filter(None, (document.author, document.organisation))),
        href=page.at("core.document", patient_id=document.patient_id, document_id=document.id),
        icon="microscope" if is_result else "file-text",
    )


def _instant(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else None
