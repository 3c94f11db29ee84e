"""The table of notifications: what a person should know, in identifiers alone."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column, Index
from sqlmodel import Field

from dcc_core.db.tables import PATIENT_TABLE, CoreTable
from dcc_core.db.types import Json, UtcDateTime


class Notification(CoreTable, table=True):
    """Something that happened, for one person; its sentence belongs to its kind.

    Attributes:
        subject: Which thing of its kind: an identifier, or the key of a source or destination.
        patient_id: Patient concerned; follows merges. Shown to nobody, it only leads to the page.
        count: How many times it happened while unread.
    """

    __tablename__ = "core_notification"
    __table_args__ = (
        Index("ix_core_notification_unread", "account_id", "read_at", "kind", "subject"),
        Index("ix_core_notification_list", "account_id", "at", "id"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="core_account.id")
    kind: str = Field(max_length=80)
    subject: str = Field(default="", max_length=80)
    patient_id: UUID | None = Field(default=None, foreign_key=f"{PATIENT_TABLE}.id", index=True)
    facts: dict[str, str | int] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False)
    )
    count: int = 1
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    read_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
