"""What merging and handing out a patient's data ask of this plugin."""

import json
from collections.abc import Iterator
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import ExportPart
from dcc_rcp_forms.exports.answers import Fiche as FilledFiche
from dcc_rcp_forms.fiches.service import FicheOut, read_fiche
from dcc_rcp_forms.fiches.tables import Fiche


def export_fiches(session: Session, patient_id: UUID) -> Iterator[ExportPart]:
    """Yield one readable file per fiche of a patient (GDPR art. 15), drafts included."""
    statement = select(Fiche.id).where(Fiche.patient_id == patient_id)
    for fiche_id in session.exec(statement.order_by(col(Fiche.created_at))):
        fiche = read_fiche(session, fiche_id=fiche_id)
        content = json.dumps(_readable(fiche), ensure_ascii=False, indent=2)
        yield ExportPart(f"rcp_forms/fiche-{fiche_id}.json", "application/json", content.encode())


def _readable(fiche: FicheOut) -> dict[str, object]:
    filled = FilledFiche(fiche.loaded.form, fiche.answers, fiche.state)
    return {
        "formulaire": f"{fiche.loaded.form.id} {fiche.loaded.form.version}",
        "titre": fiche.loaded.form.title,
        "signée le": fiche.signed_at.isoformat() if fiche.signed_at else None,
        "sections": {
            section.title: {item.field.label: item.text or item.stored for item in answered}
            for section in fiche.loaded.form.sections
            if (answered := list(filled.answered(section)))
        },
    }
