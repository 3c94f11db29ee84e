"""Tables of the record. A document is a set of versions; a version never changes.

A correction is a new version, a withdrawal a fact about the document. Triggers refuse any other
change of a version, whoever asks.
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid4

from sqlalchemy import DDL, CheckConstraint, Column, Index, UniqueConstraint, event
from sqlmodel import Field

from dcc_core.db.tables import PATIENT_TABLE, CoreTable
from dcc_core.db.types import UtcDateTime


class DocumentStatus(StrEnum):
    """Whether a document still stands."""

    CURRENT = "current"
    WITHDRAWN = "withdrawn"


class Document(CoreTable, table=True):
    """A document of a patient's record, whatever its number of versions.

    Attributes:
        set_id: OID common to every version.
        origin: ``local``, or the key of the interface that brought it.
        current_version: Number of the latest version.
    """

    __tablename__ = "core_document"
    __table_args__ = (
        CheckConstraint("status IN ('current', 'withdrawn')", name="status"),
        CheckConstraint("(status = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_at"),
        Index("ix_core_document_record", "patient_id", "created_at"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key=f"{PATIENT_TABLE}.id")
    set_id: str = Field(max_length=128, unique=True)
    document_class: str = Field(max_length=40)
    origin: str = Field(max_length=80)
    confidentiality: str = Field(max_length=1)
    current_version: int
    status: str = Field(default=DocumentStatus.CURRENT, max_length=10)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    withdrawn_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    withdrawal_reason: str = Field(default="", max_length=500)


class DocumentVersion(CoreTable, table=True):
    """One version: who made it, where it came from, and the digests of its contents.

    Attributes:
        version_oid: OID of this version alone, ``ClinicalDocument.document_id``.
        external_id: The sender's own identifier of this version; with the document's ``origin`` it
            finds what a correction replaces and what a repetition repeats.
        created_at: Clinical date, as the document states it; ``stored_at`` is when we kept it.
        content_digest: The neutral document, absent when a received file could not be read.
        source_digest: The file as received or as its author gave it.
        observations_digest: The coded results of a laboratory report.
        inbox_id: Message that brought it.
    """

    __tablename__ = "core_document_version"
    __table_args__ = (
        UniqueConstraint("document_id", "version", name="uq_core_document_version_number"),
        CheckConstraint(
            "content_digest IS NOT NULL OR source_digest IS NOT NULL", name="has_content"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    document_id: UUID = Field(foreign_key="core_document.id")
    version: int
    version_oid: str = Field(max_length=128, unique=True)
    external_id: str = Field(default="", max_length=200, index=True)
    title: str = Field(max_length=300)
    type_code: str = Field(max_length=80)
    type_label: str = Field(max_length=300)
    author: str = Field(default="", max_length=200)
    organisation: str = Field(default="", max_length=200)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    stored_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    stored_by: UUID | None = None
    inbox_id: int | None = Field(default=None, index=True)
    content_digest: str | None = Field(default=None, max_length=64)
    source_digest: str | None = Field(default=None, max_length=64)
    source_media_type: str = Field(default="", max_length=100)
    source_name: str = Field(default="", max_length=200)
    observations_digest: str | None = Field(default=None, max_length=64)


_REFUSAL = "a version of a document never changes"


def _statement(sql: str, dialect: str) -> DDL:
    ddl = DDL(sql)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
    return ddl.execute_if(dialect=dialect)


IMMUTABLE_VERSION = (
    _statement(
        f"""CREATE FUNCTION core_document_version_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$""",
        "postgresql",
    ),
    _statement(
        """CREATE TRIGGER core_document_version_immutable
        BEFORE UPDATE OR DELETE ON core_document_version
        FOR EACH ROW EXECUTE FUNCTION core_document_version_refuse()""",
        "postgresql",
    ),
    *(
        _statement(
            f"""CREATE TRIGGER core_document_version_no_{verb.lower()}
            BEFORE {verb} ON core_document_version
            BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END""",
            "sqlite",
        )
        for verb in ("UPDATE", "DELETE")
    ),
)
"""What makes versions immutable in the database itself; a migration carries the same statements."""

for _each in IMMUTABLE_VERSION:
    event.listen(DocumentVersion.__table__, "after_create", _each)  # type: ignore[attr-defined]  # SQLModel sets it on table classes
