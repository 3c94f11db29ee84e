"""What an import speaks of: rows of a file, and what became of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from sqlmodel import Session


class Verdict(StrEnum):
    """What became of a row. Every row has one: nothing is dropped in silence."""

    CREATED = "created"
    KNOWN = "known"
    AMBIGUOUS = "ambiguous"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One record of a file.

    Attributes:
        number: Place among the records, from 1.
        line: Line of the file where it starts, from 1.
        values: Text per target of the map, empty when ``fault`` says why it could not be read.
        raw: Heading and text of each column as they stand, kept for a row that waits for a person;
            a line that cannot be split stands whole under an empty heading.
    """

    number: int
    line: int
    values: Mapping[str, str]
    raw: Sequence[tuple[str, str]]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The verdict on a row.

    Attributes:
        code: Stable code of the reason, empty for a creation.
        field: Target at fault.
        object_id: What was created or found.
        candidates: Records that it may be, for the person who decides.
    """

    verdict: Verdict
    code: str = ""
    field: str = ""
    object_id: UUID | None = None
    candidates: tuple[UUID, ...] = ()


class Importer(Protocol):
    """One kind of rows. A plugin brings its own and adds its command to ``dcc import``."""

    @property
    def kind(self) -> str:
        """Return the name of the kind, as in ``dcc import <kind>``."""

    def judge(self, session: Session, rows: Sequence[SourceRow], batch_id: UUID) -> list[Judged]:
        """Write what can be written and return a verdict per row, in order.

        The session is one transaction with the verdicts: both are kept, or neither.
        """

    def still_there(self, session: Session, object_ids: Sequence[UUID]) -> int:
        """Return how many of these objects exist: what a reconciliation counts."""

    def undo(self, session: Session, object_ids: Sequence[UUID], batch_id: UUID) -> frozenset[UUID]:
        """Take objects of a batch out again; return those that were used since, and stay."""
