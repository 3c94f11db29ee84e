"""Tables of the plugin: spent logout tokens, and the state of the fallback."""

from datetime import datetime

from sqlalchemy import Column
from sqlmodel import Field

from dcc_core.api import StoredModel, UtcDateTime, new_registry


class Table(StoredModel, registry=new_registry()):
    """Base of the tables of ``sso_psc``."""


class SpentToken(Table, table=True):
    """A logout token that served; only the digest of its identifier is kept, until it is stale."""

    __tablename__ = "sso_psc_spent_token"

    digest: str = Field(primary_key=True, max_length=64)
    until: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class Fallback(Table, table=True):
    """The one row that says whether the fallback sign-in is open, and since when PSC fails.

    Attributes:
        failing_since: First failed probe of the present outage; None while PSC answers.
        opened_by: ``rule``, or the account of the administrator; empty while closed.
        closes_at: When it closes whatever happens.
    """

    __tablename__ = "sso_psc_fallback"

    id: int = Field(primary_key=True)
    failing_since: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    opened_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    opened_by: str = Field(default="", max_length=36)
    closes_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
