"""The audit table. Rows are inserted, never changed: triggers refuse anything else."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Integer, String
from sqlmodel import Field

from dcc_core.db.tables import CoreTable
from dcc_core.db.types import Json, UtcDateTime


class Outcome(StrEnum):
    """How an audited action ended."""

    SUCCESS = "success"
    DENIED = "denied"
    FAILURE = "failure"


class AuditEntry(CoreTable, table=True):
    """One access or change: who, what, when, why, through what. Ids and codes only, no clinical
    content.
    """

    __tablename__ = "core_audit"

    sequence: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    event: str = Field(sa_column=Column(String(60), nullable=False))
    outcome: str = Field(sa_column=Column(String(10), nullable=False))
    actor_id: UUID | None = Field(default=None, index=True)
    actor: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    purpose: str = Field(sa_column=Column(String(20), nullable=False))
    patient_id: UUID | None = Field(default=None, index=True)
    object_kind: str = Field(default="", max_length=40)
    object_id: UUID | None = None
    object_version: int | None = None
    reason: str = Field(default="", max_length=500)
    basis: str = Field(default="", max_length=60)
    correlation_id: str = Field(default="", max_length=40)
    via: str = Field(default="", max_length=40)
    source_ip: str = Field(default="", max_length=45)
    details: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
