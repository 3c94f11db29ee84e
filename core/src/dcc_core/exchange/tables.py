"""Tables of the exchange. Ids are integers because their order is the order of arrival."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    UniqueConstraint,
)
from sqlmodel import Field

from dcc_core.db.tables import PATIENT_TABLE, CoreTable
from dcc_core.db.types import Json, UtcDateTime
from dcc_core.exchange.states import InboxState, OutboxState

_PATIENT = f"{PATIENT_TABLE}.id"


def _serial() -> Column[int]:
    return Column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )


def _among(column: str, states: type[InboxState] | type[OutboxState]) -> str:
    return f"{column} IN ({', '.join(repr(state.value) for state in states)})"


class InboxMessage(CoreTable, table=True):
    """A message as received: the bytes, what the transport knew, and what became of it.

    Attributes:
        digest: SHA-256 of the bytes, hexadecimal.
        fingerprint: What tells this message from another of the same identifier; the digest unless
            the transport leaves out parts that a resending changes.
        duplicates: How many times the same message came again.
        attached_to: Patient chosen by a person; matching is then not asked.
        report: What processing found: warnings, differences, candidates. Codes and ids only.
    """

    __tablename__ = "core_inbox"
    __table_args__ = (
        UniqueConstraint("source", "message_id", "fingerprint", name="uq_core_inbox_message"),
        CheckConstraint(_among("state", InboxState), name="state"),
        Index("ix_core_inbox_due", "state", "next_at"),
        Index("ix_core_inbox_source", "source", "state", "id"),
    )

    id: int | None = Field(default=None, sa_column=_serial())
    source: str = Field(max_length=80)
    message_id: str = Field(max_length=200)
    fingerprint: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    media_type: str = Field(max_length=100)
    meta: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    content: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    size_bytes: int
    state: str = Field(max_length=12)
    kind: str = Field(default="", max_length=80)
    sender: str = Field(default="", max_length=200)
    reason: str = Field(default="", max_length=60)
    report: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    duplicates: int = 0
    patient_id: UUID | None = Field(default=None, foreign_key=_PATIENT, index=True)
    attached_to: UUID | None = Field(default=None, foreign_key=_PATIENT, index=True)
    received_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    processed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    tries: int = 0
    next_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lease_token: UUID | None = None


class OutboxMessage(CoreTable, table=True):
    """One delivery owed to one destination, written in the transaction that made it due.

    Attributes:
        key: Idempotency key, unique per destination.
        payload: What the handler needs to rebuild the delivery; ids and codes, never content.
        reason: Why it is parked, dead or cancelled: a stable code.
        receipt: Proof of delivery, as the destination gave it.
        reference: The destination's identifier in the receipt, by which its later answers find the
            delivery.
    """

    __tablename__ = "core_outbox"
    __table_args__ = (
        UniqueConstraint("destination", "key", name="uq_core_outbox_key"),
        CheckConstraint(_among("state", OutboxState), name="state"),
        Index("ix_core_outbox_due", "state", "kind", "next_at"),
        Index("ix_core_outbox_stream", "patient_id", "destination", "state", "id"),
        Index("ix_core_outbox_document", "document_id", "destination"),
    )

    id: int | None = Field(default=None, sa_column=_serial())
    kind: str = Field(max_length=20)
    destination: str = Field(max_length=80)
    key: str = Field(max_length=120)
    payload: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    patient_id: UUID | None = Field(default=None, foreign_key=_PATIENT)
    document_id: UUID | None = Field(default=None, foreign_key="core_document.id")
    document_version: int | None = None
    state: str = Field(max_length=12)
    reason: str = Field(default="", max_length=60)
    error: str = Field(default="", max_length=500)
    receipt: dict[str, Any] | None = Field(default=None, sa_column=Column(Json))
    reference: str = Field(default="", max_length=200, index=True)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    tries: int = 0
    next_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lease_token: UUID | None = None
