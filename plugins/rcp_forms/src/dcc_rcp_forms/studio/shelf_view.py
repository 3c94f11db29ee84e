"""The published forms as the studio lists them: one line per form, its versions behind it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import inspect
from sqlalchemy.orm import defer
from sqlmodel import Session, select

from dcc_rcp_forms.fiches.tables import PublishedForm
from dcc_rcp_forms.versions.numbers import line_of, version_order

_WITHOUT_TEXTS = (
    defer(inspect(PublishedForm).attrs.source.class_attribute),
    defer(inspect(PublishedForm).attrs.written.class_attribute),
)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """A published version."""

    version: str
    published_at: datetime
    author: str
    reviewer: str


@dataclass(frozen=True, slots=True)
class ShelfLine:
    """A line of versions of one form, newest first; `mark` names the region that adapts it."""

    form_id: str
    mark: str
    title: str
    versions: tuple[VersionLine, ...]

    @property
    def last(self) -> VersionLine:
        """Return the version new fiches use."""
        return self.versions[0]


def list_shelf(session: Session) -> list[ShelfLine]:
    """List the lines of published forms by name; sources stay in the database."""
    found = session.exec(select(PublishedForm).options(*_WITHOUT_TEXTS))
    rows = sorted(found, key=lambda row: version_order(row.version), reverse=True)
    lines: dict[tuple[str, str], tuple[str, list[VersionLine]]] = {}
    for row in rows:
        key = (row.form_id, line_of(row.version))
        _, versions = lines.setdefault(key, (row.title, []))
        versions.append(VersionLine(row.version, row.published_at, row.author, row.reviewer))
    return [
        ShelfLine(form_id, mark, title, tuple(versions))
        for (form_id, mark), (title, versions) in sorted(lines.items())
    ]
