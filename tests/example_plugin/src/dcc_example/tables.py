"""Table of the example: remarks about patients."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import Column
from sqlmodel import Field

from dcc_core.api import StoredModel, UtcDateTime, new_registry


class Table(StoredModel, registry=new_registry()):
    """Base of the example's tables."""


class Note(Table, table=True):
    """A remark about a patient."""

    __tablename__ = "example_note"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    patient_id: UUID = Field(foreign_key="core_patient.id", index=True)
    written_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    text: str = Field(max_length=500)
