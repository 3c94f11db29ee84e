"""Tables of the audit. Rows are inserted, never changed: triggers refuse anything else."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String
from sqlmodel import Field

from dcc_core.audit.canonical import CanonicalJson
from dcc_core.db.tables import CoreTable
from dcc_core.db.types import Json, UtcDateTime

_SEQUENCE = BigInteger().with_variant(Integer, "sqlite")


class Outcome(StrEnum):
    """How an audited action ended."""

    SUCCESS = "success"
    DENIED = "denied"
    FAILURE = "failure"


class AuditEntry(CoreTable, table=True):
    """One access or change: who, what, when, why, through what. Ids and codes only, no clinical
    content.

    ``mac`` authenticates the row under a key that the database does not hold. On SQLite, where one
    writer at a time writes, it also covers the ``mac`` of the row before: a chain.
    """

    __tablename__ = "core_audit"
    __table_args__ = (
        Index("ix_core_audit_patient", "patient_id", "sequence"),
        Index("ix_core_audit_actor", "actor_id", "sequence"),
        Index("ix_core_audit_at", "at"),
    )

    sequence: int | None = Field(
        default=None, sa_column=Column(_SEQUENCE, primary_key=True, autoincrement=True)
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    event: str = Field(sa_column=Column(String(60), nullable=False))
    outcome: str = Field(sa_column=Column(String(10), nullable=False))
    actor_id: UUID | None = None
    actor: dict[str, Any] = Field(sa_column=Column(CanonicalJson, nullable=False))
    purpose: str = Field(sa_column=Column(String(20), nullable=False))
    patient_id: UUID | None = None
    object_kind: str = Field(default="", max_length=40)
    object_id: UUID | None = None
    object_version: int | None = None
    reason: str = Field(default="", max_length=500)
    basis: str = Field(default="", max_length=60)
    correlation_id: str = Field(default="", max_length=40)
    via: str = Field(default="", max_length=40)
    source_ip: str = Field(default="", max_length=45)
    details: dict[str, Any] = Field(sa_column=Column(CanonicalJson, nullable=False))
    mac: str = Field(default="", max_length=64)


class AuditSeal(CoreTable, table=True):
    """A signed statement about the rows of a span: each of them, in order, and no other.

    The span is every sequence from ``first_sequence`` to ``last_sequence`` except ``missing``
    (numbers of transactions rolled back or not committed yet), plus ``late`` (numbers missing from
    an earlier seal that have been committed since). ``leaves`` holds the 32-byte digest of each row
    in order, so that verification can name the row that changed; ``root`` is their Merkle root.
    """

    __tablename__ = "core_audit_seal"

    number: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    first_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    missing: list[int] = Field(sa_column=Column(Json, nullable=False))
    late: list[int] = Field(sa_column=Column(Json, nullable=False))
    entries: int
    root: str = Field(max_length=64)
    previous: str = Field(max_length=64)
    sealed_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    signature: str = Field(max_length=128)
    leaves: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


class AuditArchive(CoreTable, table=True):
    """A file that holds the rows of a run of seals; only rows listed here may leave the table."""

    __tablename__ = "core_audit_archive"

    last_seal: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    first_seal: int
    first_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    last_sequence: int = Field(sa_column=Column(BigInteger, nullable=False))
    entries: int
    file_name: str = Field(max_length=100)
    sha256: str = Field(max_length=64)
    archived_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    signature: str = Field(max_length=128)


class AuditCursor(CoreTable, table=True):
    """How far a sink has received copies: the last sequence sent."""

    __tablename__ = "core_audit_cursor"

    sink: str = Field(primary_key=True, max_length=80)
    last_seal: int = 0
