"""The table of scheduled jobs: when each runs next, who runs it now, how it last went."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column
from sqlmodel import Field

from dcc_core.db.tables import CoreTable
from dcc_core.db.types import UtcDateTime


class ScheduledJob(CoreTable, table=True):
    """A job of a plugin or of the core.

    Attributes:
        lease_until: The run under way counts as failed after this instant.
        last_error: Our own sentence, or the kind of an error of somebody else's.
    """

    __tablename__ = "core_job"

    key: str = Field(primary_key=True, max_length=80)
    schedule: str = Field(max_length=80)
    next_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))
    lease_until: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    lease_token: UUID | None = None
    last_started_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_finished_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_error: str = Field(default="", max_length=500)
    failures: int = 0
