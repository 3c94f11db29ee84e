"""Tables of the plugin. Storage only: services validate."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field

from dcc_core.api import Json, StoredModel, UtcDateTime, new_registry


class Table(StoredModel, registry=new_registry()):
    """Base of the plugin's tables."""


class PublishedForm(Table, table=True):
    """A published version of a form: immutable, self-contained, kept for ever.

    Attributes:
        source: the composed form, bases included; what the digest covers and fiches run on.
        written: what its author wrote, comments included; where the next version starts from.
        reviewer: who approved it; empty for a form brought by an installed pack.
    """

    __tablename__ = "rcp_forms_published"
    __table_args__ = (UniqueConstraint("form_id", "version"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    form_id: str = Field(max_length=80)
    version: str = Field(max_length=40)
    digest: str = Field(max_length=64)
    title: str = Field(max_length=300)
    source: str
    written: str = ""
    author: str = Field(max_length=120)
    reviewer: str = Field(default="", max_length=120)
    published_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class Fiche(Table, table=True):
    """The answers of one patient to one version of a form.

    Attributes:
        answers: stored answers by field, those of hidden fields included while it is a draft.
        revisions: field → revision of its last change; a field never written has revision 0.
        signed_at: when it was signed; a signed fiche never changes again.
        previous_id: the fiche whose answers were copied forward.
    """

    __tablename__ = "rcp_forms_fiche"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key="core_patient.id", index=True)
    form_id: str = Field(max_length=80, index=True)
    form_version: str = Field(max_length=40)
    form_digest: str = Field(max_length=64)
    session_date: str = Field(default="", max_length=10)
    answers: dict[str, Any] = Field(sa_column=Column(Json, nullable=False))
    revisions: dict[str, int] = Field(sa_column=Column(Json, nullable=False))
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    updated_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    signed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime, nullable=True))
    previous_id: UUID | None = Field(default=None, foreign_key="rcp_forms_fiche.id")


class FieldChange(Table, table=True):
    """One change of one field: who, when, from which source, before and after."""

    __tablename__ = "rcp_forms_field_change"
    __table_args__ = (UniqueConstraint("fiche_id", "field", "revision"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    fiche_id: UUID = Field(foreign_key="rcp_forms_fiche.id", index=True)
    field: str = Field(max_length=200)
    revision: int
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    author: str = Field(max_length=120)
    source: str = Field(max_length=20)
    source_reference: str = Field(default="", max_length=200)
    before: Any = Field(default=None, sa_column=Column(Json, nullable=True))
    after: Any = Field(default=None, sa_column=Column(Json, nullable=True))


class Statistic(Table, table=True):
    """One value of a field marked `statistique`, of a signed fiche; typed by column."""

    __tablename__ = "rcp_forms_statistic"
    __table_args__ = (UniqueConstraint("fiche_id", "name", "rank"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    fiche_id: UUID = Field(foreign_key="rcp_forms_fiche.id", index=True)
    form_id: str = Field(max_length=80)
    name: str = Field(max_length=60, index=True)
    rank: int = 0
    number: float | None = None
    code: str | None = Field(default=None, max_length=200)
    truth: bool | None = None
    day: str | None = Field(default=None, max_length=10)


class FormDraft(Table, table=True):
    """A version being written in the studio.

    Attributes:
        based_on: published version it started from, empty for a new form.
        text: what the experts wrote, right or wrong.
        revision: number of the last save; a save says which one it saw.
        state: one of the studio's states.
        writers: accounts that wrote in it; none of them may approve it.
        saved_by: name of the last of them.
    """

    __tablename__ = "rcp_forms_draft"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    form_id: str = Field(max_length=80, index=True)
    based_on: str = Field(default="", max_length=40)
    text: str
    revision: int = 1
    state: str = Field(max_length=20, index=True)
    writers: list[str] = Field(sa_column=Column(Json, nullable=False))
    saved_by: str = Field(max_length=120)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    saved_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class DraftStep(Table, table=True):
    """One step of a draft towards publication: who, when, on which text, with which words."""

    __tablename__ = "rcp_forms_draft_step"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    draft_id: UUID = Field(foreign_key="rcp_forms_draft.id", index=True)
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    name: str = Field(max_length=120)
    account_id: UUID | None = None
    revision: int
    comment: str = Field(default="", max_length=1000)
