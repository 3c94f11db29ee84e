"""Tables of imports: a batch per file, a verdict per row."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, Index
from sqlmodel import Field

from dcc_core.db.tables import CoreTable
from dcc_core.db.types import Json, UtcDateTime


class BatchState(StrEnum):
    """Where a batch stands; one that was killed stays running and is resumed."""

    RUNNING = "running"
    DONE = "done"
    REVERTED = "reverted"


class ImportBatch(CoreTable, table=True):
    """One file imported under one map.

    Attributes:
        digest: SHA-256 of the file; with that of the map it tells a repetition.
        rows_done: Records whose verdict is committed; a resumed import goes on after them.
        kept: Objects that a reversal left because they had been used since.
    """

    __tablename__ = "core_import_batch"
    __table_args__ = (
        CheckConstraint("state IN ('running', 'done', 'reverted')", name="state"),
        CheckConstraint("(state = 'running') = (finished_at IS NULL)", name="finished_at"),
        Index("ix_core_import_batch_source", "digest", "map_digest"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str = Field(max_length=40)
    file_name: str = Field(max_length=200)
    digest: str = Field(max_length=64)
    map_digest: str = Field(max_length=64)
    state: str = Field(default=BatchState.RUNNING, max_length=10)
    rows_total: int
    rows_done: int = 0
    kept: int = 0
    started_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reverted_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class ImportRow(CoreTable, table=True):
    """What became of one record.

    Attributes:
        content: The record as it stands in the file, kept only while a person has to look at it.
        candidates: Records that it may be.
    """

    __tablename__ = "core_import_row"
    __table_args__ = (
        CheckConstraint("verdict IN ('created', 'known', 'ambiguous', 'refused')", name="verdict"),
        Index("ix_core_import_row_verdict", "batch_id", "verdict"),
    )

    batch_id: UUID = Field(foreign_key="core_import_batch.id", primary_key=True)
    number: int = Field(primary_key=True)
    line: int
    verdict: str = Field(max_length=10)
    code: str = Field(default="", max_length=20)
    field: str = Field(default="", max_length=80)
    object_id: UUID | None = None
    candidates: list[str] = Field(sa_column=Column(Json, nullable=False))
    content: list[Any] | None = Field(default=None, sa_column=Column(Json, nullable=True))
