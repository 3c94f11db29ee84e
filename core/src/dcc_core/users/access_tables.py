"""Tables of access: who takes care of whom, and emergency access."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column
from sqlmodel import Field

from dcc_core.db.tables import PATIENT_TABLE, CoreTable
from dcc_core.db.types import UtcDateTime


class CareSource(StrEnum):
    """What a care relation rests on (CSP L.1110-4, L.1110-12: équipe de soins, or consent)."""

    AUTHOR = "author"
    PRESENTER = "presenter"
    NAMED = "named"
    TREATING = "treating"
    STAY = "stay"
    RCP = "rcp"
    INVITATION = "invitation"
    CONSENT = "consent"


class ReviewVerdict(StrEnum):
    """What the weekly review concluded about an emergency access."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"


class CareRelation(CoreTable, table=True):
    """A patient is in the care of one account, of an organisation's team, or of a scope (an RCP).

    Every relation has an author and a source; it ends by itself.
    """

    __tablename__ = "core_care_relation"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN account_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN organisation_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN scope = '' THEN 0 ELSE 1 END) = 1",
            name="holder",
        ),
        CheckConstraint("ends_at > starts_at", name="duration"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key=f"{PATIENT_TABLE}.id", index=True)
    account_id: UUID | None = Field(default=None, foreign_key="core_account.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="core_organisation.id")
    scope: str = Field(default="", max_length=100)
    source: str = Field(max_length=20)
    reference: str = Field(default="", max_length=100)
    starts_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    author_id: UUID | None = None


class BreakGlass(CoreTable, table=True):
    """An emergency access: one account, one patient, a stated reason, a short time, a review."""

    __tablename__ = "core_break_glass"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="core_account.id", index=True)
    patient_id: UUID = Field(foreign_key=f"{PATIENT_TABLE}.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="core_organisation.id")
    reason: str = Field(max_length=40)
    justification: str = Field(max_length=500)
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    notified_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reviewed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    reviewed_by: UUID | None = None
    verdict: str = Field(default="", max_length=20)
    review_comment: str = Field(default="", max_length=500)
