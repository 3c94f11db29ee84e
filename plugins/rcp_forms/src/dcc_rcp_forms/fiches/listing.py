"""The fiches of a patient, for lists: what they are, not what they say."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_rcp_forms.fiches.tables import Fiche, PublishedForm


@dataclass(frozen=True, slots=True)
class FicheLine:
    """A fiche in a list."""

    id: UUID
    title: str
    form_id: str
    version: str
    updated_at: datetime
    signed_at: datetime | None


def list_fiches(session: Session, *, patient_id: UUID) -> list[FicheLine]:
    """List the fiches of a patient, the last changed first."""
    statement = (
        select(Fiche, PublishedForm.title)
        .join(
            PublishedForm,
            (col(PublishedForm.form_id) == Fiche.form_id)
            & (col(PublishedForm.version) == Fiche.form_version),
            isouter=True,
        )
        .where(Fiche.patient_id == patient_id)
        .order_by(col(Fiche.updated_at).desc())
    )
    return [
        FicheLine(
            fiche.id,
            title or fiche.form_id,
            fiche.form_id,
            fiche.form_version,
            fiche.updated_at,
            fiche.signed_at,
        )
        for fiche, title in session.exec(statement)
    ]
