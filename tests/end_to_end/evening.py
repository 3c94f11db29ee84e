"""What people do in the region between two messages; run as a script, in the region's own process.

``qualify PATIENT DOCTOR`` · ``hold PATIENT`` (prints the document) · ``correct DOCUMENT``
"""

import json
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

from sqlmodel import Session

from dcc_cda.specimen import frcp_specimen
from dcc_core.audit import AuditContext, audit_context
from dcc_core.cli.runtime import open_runtime
from dcc_core.config import utc_now
from dcc_core.patients import (
    InsMethod,
    PatientIn,
    ValidationMode,
    get_patient,
    record_insi_answer,
    validate_identity,
)
from dcc_core.records import file_document, read_document
from dcc_core.testing.patients import demo_ins
from dcc_core.users import CareSource, Holder, grant_care_relation


@dataclass(frozen=True)
class Evening:
    """The evening of one patient, from outside the region's process."""

    env: dict[str, str]
    patient: UUID
    doctor: UUID

    def qualify_identity(self) -> None:
        """INSi gives the matricule, an identity card proves it, the doctor treats the patient."""
        self._do("qualify", self.patient, self.doctor)

    def hold(self) -> UUID:
        """Hold the session on the patient's case and sign; return the document."""
        return UUID(self._do("hold", self.patient)["document"])

    def correct(self, document: UUID) -> None:
        """Correct what was signed."""
        self._do("correct", document)

    def _do(self, step: str, *arguments: UUID) -> dict[str, str]:
        done = subprocess.run(
            [sys.executable, str(Path(__file__)), step, *map(str, arguments)],
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, str] = json.loads(done.stdout)
        return found


def qualify(session: Session, patient: UUID, doctor: UUID) -> dict[str, str]:
    """Qualify an identity and open the record to its doctor."""
    traits = get_patient(session, patient).traits
    stated = PatientIn.from_traits(traits)
    record_insi_answer(session, patient, stated, demo_ins(1), method=InsMethod.INSI)
    validate_identity(session, patient, ValidationMode.IDENTITY_CARD)
    grant_care_relation(
        session,
        patient_id=patient,
        holder=Holder(account_id=doctor),
        source=CareSource.TREATING,
        now=utc_now(),
    )
    return {}


def hold(session: Session, patient: UUID) -> dict[str, str]:
    """File the opinion of the session."""
    oid = f"2.25.{uuid4().int}"
    document = replace(
        frcp_specimen(),
        document_id=oid,
        set_id=f"{oid}.1",
        patient=get_patient(session, patient).traits,
    )
    return {"document": str(file_document(session, document, patient_id=patient).id)}


def correct(session: Session, document_id: UUID) -> dict[str, str]:
    """File the next version of a document."""
    held = read_document(session, document_id)
    assert held.document is not None
    following = replace(
        held.document,
        document_id=f"2.25.{uuid4().int}",
        version=held.document.version + 1,
        replaces=held.document.document_id,
    )
    file_document(session, following, patient_id=held.description.patient_id)
    return {}


_STEPS = {"qualify": qualify, "hold": hold, "correct": correct}

if __name__ == "__main__":
    with (
        audit_context(AuditContext(via="web")),
        open_runtime() as runtime,
        runtime.session() as session,
    ):
        done = _STEPS[sys.argv[1]](session, *map(UUID, sys.argv[2:]))  # type: ignore[operator]  # each takes its own number
    sys.stdout.write(json.dumps(done))
