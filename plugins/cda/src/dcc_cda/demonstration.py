"""What this plugin adds to a demonstration: tumour-board forms already validated, so that a dossier
shows one and the destinations of the region receive some.
"""

from dataclasses import replace
from uuid import uuid5

from sqlmodel import Session

from dcc_cda.specimen import frcp_specimen
from dcc_core.api import (
    IdentityStatus,
    PatientHit,
    Sex,
    file_document,
    find_people,
    get_patient,
    read_query,
)

FORMS = 6
_EVERYBODY = "DÉMO"
"""Every family name of a demonstration begins with it."""


def file_forms(session: Session) -> None:
    """File a form for a few patients whose identity is qualified; none on an empty region."""
    found = find_people(session, read_query(_EVERYBODY))
    for hit in [hit for hit in found.hits if _suits(hit)][:FORMS]:
        oid = f"2.25.{uuid5(hit.id, 'frcp').int}"
        document = replace(
            frcp_specimen(),
            document_id=f"{oid}.1",
            set_id=oid,
            patient=get_patient(session, hit.id).traits,
        )
        file_document(session, document, patient_id=hit.id)


def _suits(hit: PatientHit) -> bool:
    """The form is one of breast cancer."""
    return hit.status is IdentityStatus.QUALIFIED and hit.sex is Sex.FEMALE and not hit.is_homonym
