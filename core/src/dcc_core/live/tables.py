"""The table of news: what changed, for pages that are open now. Rows live for some minutes."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Integer
from sqlmodel import Field

from dcc_core.db.tables import CoreTable
from dcc_core.db.types import Json, UtcDateTime


class LiveEvent(CoreTable, table=True):
    """Something changed: which kind of thing, which one, and numbers or identifiers about it.

    Attributes:
        id: Grows in the order of the commits, so that a page asks for what came after the last.
        facts: Identifiers and numbers only; a page fetches the rest, with its access control.
    """

    __tablename__ = "core_live_event"

    id: int | None = Field(
        default=None,
        sa_column=Column(
            BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
        ),
    )
    topic: str = Field(max_length=80)
    subject: str = Field(max_length=64)
    facts: dict[str, str | int] = Field(
        default_factory=dict, sa_column=Column(Json, nullable=False)
    )
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
