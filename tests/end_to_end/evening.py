"""What people do in the region between two messages; run as a script, in the region's own process.

``qualify PATIENT DOCTOR`` · ``hold PATIENT`` · ``correct CASE``; each prints what it did as JSON.
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

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
from dcc_core.testing.patients import demo_ins
from dcc_core.users import CareSource, Holder, grant_care_relation
from dcc_rcp_forms.api import FicheOut, Phase, read_fiche
from dcc_rcp_meetings.cases.decision import save_answer
from dcc_rcp_meetings.cases.discussion import conclude_case, open_session, show_case
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.cases.signing import correct_case, sign_case
from dcc_rcp_meetings.cases.steps import read_case
from dcc_rcp_meetings.directory.models import (
    Coordination,
    Establishment,
    Function,
    MemberIn,
    RcpIn,
    RcpKind,
    Rhythm,
)
from dcc_rcp_meetings.directory.service import declare_rcp, set_members
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.quorum.rules import Mode
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.presence import record_arrival
from dcc_rcp_meetings.sessions.service import create_session

_NONE = UUID(int=0)
NOW = utc_now()
START = NOW - timedelta(hours=2)
SECRETARY = Author(None, "3990000010/DEMO", "Mme DÉMO-DURAND Sylvie")
COORDINATOR = Person("899900000037", "Dr DÉMO-PETIT Anne", "SM45")
TEAM = (
    Person("899900000029", "Dr DÉMO-BERNARD Paul", "SM20"),
    Person("899900000011", "Dr DÉMO-MARTIN Claire", "SM36"),
    COORDINATOR,
)
_MONTH = f"{NOW - timedelta(days=40):%Y-%m}"
_ANSWERS: dict[str, object] = {
    "sexe": "F",
    "âge": 58,
    "date_diagnostic": _MONTH,
    "topographie": "C50.4",
    "classement": "autre",
    "oms": 0,
    "question": "Chirurgie première ?",
}
_ANY: dict[str, object] = {
    "oui_non": False,
    "nombre": 10,
    "date": _MONTH,
    "tableau": [{"modalité": "mammo", "date": f"{NOW - timedelta(days=19):%Y-%m-%d}"}],
}
_RCP = RcpIn(
    code="seno-recit",
    name="Sénologie",
    kind=RcpKind.STANDARD,
    form_id="sein",
    organiser=Establishment(
        finess="970211215",
        name="CHU DÉMO du Récit",
        address="1 allée des Essais",
        postal_code="97200",
        city="FORT-DE-FRANCE",
    ),
    coordination=Coordination(
        network_name="Réseau démo", network_id="7601", manager_name="3C démo", manager_id="01"
    ),
    anrcp_id="76011113",
    place="Salle Curie",
    rhythm=Rhythm(weekday=2, start="14:00", minutes=90),
    quorum_code="standard-solide",
    active_from=(NOW - timedelta(days=400)).date(),
    scope="rcp:demo",
)


@dataclass(frozen=True)
class Evening:
    """The evening of one patient, from outside the region's process."""

    env: dict[str, str]
    patient: UUID
    doctor: UUID

    def qualify_identity(self) -> None:
        """INSi gives the matricule, an identity card proves it, the doctor treats the patient."""
        self._do("qualify", self.patient, self.doctor)

    def hold(self) -> dict[str, str]:
        """Hold the session on the patient's case and sign: case, document, what was known."""
        return self._do("hold", self.patient)

    def correct(self, case: UUID) -> None:
        """Correct what was signed."""
        assert self._do("correct", case) == {"version": "2"}

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
    """Discuss the patient before a quorum, conclude, sign; return the case and its document."""
    meeting = _meeting(session)
    request = Request(rcp_id=meeting.rcp_id, patient_id=patient, motive="initial")
    case = request_case(session, request, author=SECRETARY, now=NOW - timedelta(days=7))
    register_case(session, case.id, meeting.id, author=SECRETARY, now=NOW - timedelta(days=6))
    known = read_fiche(session, fiche_id=case.fiche_id or _NONE).answers
    for someone in TEAM:
        record_arrival(session, meeting.id, someone, mode=Mode.ROOM, now=START)
    open_session(session, meeting.id, now=START)
    show_case(session, meeting.id, case.id, author=SECRETARY, now=START + timedelta(minutes=2))
    done = conclude_case(session, case.id, author=SECRETARY, now=START + timedelta(minutes=9))
    for field, stored in (("nature_avis", "surveillance"), ("dossier_complet", True)):
        _answer(session, case.id, field, stored)
    _fill(session, case.id)
    signed = sign_case(session, case.id, signer=COORDINATOR, now=NOW)
    return {
        "case": str(case.id),
        "document": str(signed.document_id),
        "prefilled": json.dumps(dict(known)),
        "quorum": str(done.quorum_state),
    }


def correct(session: Session, case_id: UUID) -> dict[str, str]:
    """Correct a signed case: another question, a new version that replaces the first."""
    correct_case(session, case_id, reason="Question erronée", author=SECRETARY, now=NOW)
    _answer(session, case_id, "question", "Curage d'emblée ?")
    signed = sign_case(session, case_id, signer=COORDINATOR, now=NOW)
    return {"version": str(signed.document_version)}


def _meeting(session: Session) -> SessionOut:
    """Declare an RCP with its members, and a session of it two hours ago."""
    declared = declare_rcp(session, _RCP, now=NOW - timedelta(days=30))
    functions = {COORDINATOR: Function.COORDINATOR}
    members = [
        MemberIn(
            function=functions.get(person, Function.MEMBER),
            national_id=person.national_id,
            family_name=person.name.split()[1],
            given_name=person.name.split()[2],
            title="Dr",
            speciality=person.speciality,
        )
        for person in TEAM
    ]
    set_members(session, declared.id, members)
    return create_session(session, declared.id, starts_at=START, now=NOW - timedelta(days=8))


def _fill(session: Session, case_id: UUID) -> None:
    """Answer what the form still asks, as the room would."""
    for _ in range(5):
        fiche = _fiche(session, case_id)
        missing = {path.split("[")[0] for path in fiche.state.missing_at(Phase.SESSION)}
        if not missing:
            return
        for name in sorted(missing):
            field = fiche.loaded.form.field(name)
            stored = _ANSWERS.get(name)
            if stored is None and field.choices:
                code = field.choices[0].code
                stored = [code] if field.kind == "choix_multiple" else code
            _answer(
                session, case_id, name, _ANY.get(field.kind, "Essai") if stored is None else stored
            )
    raise AssertionError(missing)


def _answer(session: Session, case_id: UUID, field: str, stored: object) -> None:
    seen = _fiche(session, case_id).revisions.get(field, 0)
    save_answer(
        session,
        case_id,
        field=field,
        stored=stored,
        seen_revision=seen,
        author=SECRETARY,
        now=NOW,
    )


def _fiche(session: Session, case_id: UUID) -> FicheOut:
    return read_fiche(session, fiche_id=read_case(session, case_id).fiche_id or _NONE)


_STEPS = {"qualify": qualify, "hold": hold, "correct": correct}

if __name__ == "__main__":
    with (
        audit_context(AuditContext(via="web")),
        open_runtime() as runtime,
        runtime.session() as session,
    ):
        done = _STEPS[sys.argv[1]](session, *map(UUID, sys.argv[2:]))  # type: ignore[operator]  # each takes its own number
    sys.stdout.write(json.dumps(done))
