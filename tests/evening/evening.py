"""The evening as data: who is there, which patients are presented. Everybody is fictitious."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from litestar import Litestar
from sqlmodel import Session

from dcc_core.audit.context import SYSTEM
from dcc_core.config import Branding, Region, Settings
from dcc_core.db import Database
from dcc_core.db.migrate import import_models
from dcc_core.db.tables import METADATA
from dcc_core.plugins import load_plugins
from dcc_core.plugins.core_manifest import CoreManifest
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.clock import MovableClock
from dcc_core.testing.patients import qualified_patient
from dcc_core.users import AccountIn, build_policy, create_account, grant_role
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_rcp_forms.api import FieldKind, Phase, national_models, publish_form, read_fiche
from dcc_rcp_forms.plugin import RcpFormsPlugin
from dcc_rcp_meetings.cases.decision import save_answer
from dcc_rcp_meetings.cases.discussion import prepare_case
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.directory.models import (
    Coordination,
    Establishment,
    Function,
    MemberIn,
    RcpIn,
    RcpKind,
)
from dcc_rcp_meetings.directory.service import declare_rcp, set_members
from dcc_rcp_meetings.people import Author
from dcc_rcp_meetings.plugin import RcpMeetingsPlugin
from dcc_rcp_meetings.quorum.shelf import publish_national_rules
from dcc_rcp_meetings.sessions.service import create_session

REGION = Region(slug="occitanie", name="Occitanie", branding=Branding(accent="#8C2F4B"))
SCOPE = "rcp:demo"
START = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
BEFORE = START - timedelta(days=5)
_NAMES = (
    "ALBRET CASTAN ESCALE GALIN LAURIER MERCUS TEISSIER NOUGARET ORIOL PUJOL SOULIE VERDIER "
    "BASTIDE CAZALS DELMAS ESTEVE FABRE GARRIGUE"
)
_GIVEN = (
    "Jeanne Odile Fatima Sylvie Mireille Anouk Nadia Lise Denise Aïcha Paulette Claire "
    "Marthe Rose Irène Yvette Louise Simone"
)
_PEOPLE = {
    "secretary": ("rcp_secretary", "DÉMO-LACAZE", "Sylvie", "Mme", "3990000010/DEMO01", ""),
    "second": ("rcp_secretary", "DÉMO-ROQUES", "Nora", "Mme", "3990000010/DEMO02", ""),
    "coordinator": ("rcp_coordinator", "DÉMO-MONSEC", "Anne", "Dr", "899900000037", "SM45"),
    "clinician": ("physician", "DÉMO-ARCAN", "Paul", "Dr", "899900000029", "SM20"),
    "oncologist": ("physician", "DÉMO-VALMONT", "Inès", "Dr", "899900000011", "SM36"),
    "radiologist": ("physician", "DÉMO-PEYRAL", "Hugo", "Dr", "899900000045", "SM28"),
}
_KNOWN: dict[str, Any] = {
    "sexe": "F",
    "âge": 58,
    "date_diagnostic": "2026-10",
    "topographie": "C50.4",
    "classement": "tnm",
    "tnm_type": "c",
    "tnm_édition": "8",
    "t": "T2",
    "n": "N1",
    "m": "M0",
    "oms": 0,
    "ménopause": "oui",
    "histo": "canalaire",
    "grade": "2",
    "re": 90,
    "rp": 40,
    "her2": "1+",
    "ki67": 28,
    "côté": "gauche",
    "taille_imagerie": 31,
    "examens": [
        {"modalité": "irm", "date": "2026-11-12", "conclusion": "lésion unique de 31 mm"},
        {"modalité": "mammo", "date": "2026-10-27", "conclusion": "ACR 5 du quadrant externe"},
    ],
    "acp_conclusion": "Carcinome infiltrant sans embole. Cytoponction axillaire positive.",
    "synthèse": "Découverte au dépistage organisé, bilan d'extension sans localisation à distance.",
    "antécédents_médicaux": "Hypertension traitée, fraction d'éjection à 62 %.",
    "commentaire_patient": "Conservation mammaire si possible. Vit à 70 minutes du centre.",
    "question": "Chimiothérapie néoadjuvante ou chirurgie première ?",
}
_ANY: dict[FieldKind, Any] = {
    FieldKind.YES_NO: False,
    FieldKind.NUMBER: 10,
    FieldKind.DATE: "2026-10",
    FieldKind.SCALE: 1,
}


@dataclass(frozen=True, slots=True)
class Evening:
    """The region at hand on the day of the session."""

    app: Litestar
    database: Database
    clock: MovableClock
    accounts: dict[str, UUID]
    meeting: UUID
    recourse: UUID
    cases: tuple[CaseOut, ...]

    @property
    def screen(self) -> str:
        """Return the address of the session's screen."""
        return f"/x/rcp_meetings/seances/{self.meeting}/en-direct"


def prepare_evening(database: Database, folder: Path, *, cases: int) -> Evening:
    """Write the directory, the people, the patients, and their prepared fiches."""
    settings = Settings(env="test", secret_key="s" * 32)  # type: ignore[arg-type]  # pydantic converts
    loaded = load_plugins(REGION, settings, installed={}, extra=(RcpFormsPlugin, RcpMeetingsPlugin))
    import_models([CoreManifest, *(type(each.instance) for each in loaded.plugins)])
    METADATA.create_all(database.engine)
    bind_store(database, FolderStore(folder / "documents"))
    clock = MovableClock(BEFORE)
    with database.session() as session:
        accounts = _people(session)
        for model in national_models():
            publish_form(session, form=model, author="paquet", at=BEFORE)
        publish_national_rules(session, now=BEFORE)
        rcp = declare_rcp(session, _rcp("seno-demo", "Sénologie", RcpKind.STANDARD), now=BEFORE)
        set_members(session, rcp.id, _members())
        recourse = declare_rcp(
            session, _rcp("seno-recours", "Sénologie de recours", RcpKind.RECOURSE), now=BEFORE
        )
        meeting = create_session(session, rcp.id, starts_at=START, minutes=150, now=BEFORE)
        made = [_register(session, rcp.id, meeting.id, rank, accounts) for rank in range(cases)]
    clock.now = START
    runtime = Runtime(settings, REGION, database, loaded.dispatcher, loaded.plugins, clock)
    return Evening(
        create_app(runtime), database, clock, accounts, meeting.id, recourse.id, tuple(made)
    )


def _people(session: Session) -> dict[str, UUID]:
    accounts = {}
    for key, (role, family, given, title, national_id, speciality) in _PEOPLE.items():
        entry = AccountIn(
            family_name=family,
            given_name=given,
            title=title,
            national_id=national_id,
            specialty=speciality,
        )
        account = create_account(session, entry=entry, now=BEFORE)
        grant_role(
            session,
            account_id=account.id,
            role=role,
            author=SYSTEM,
            policy=build_policy(),
            now=BEFORE,
            scope=SCOPE if role.startswith("rcp_") else "",
        )
        accounts[key] = account.id
    return accounts


def _rcp(code: str, name: str, kind: RcpKind) -> RcpIn:
    return RcpIn(
        code=code,
        name=name,
        kind=kind,
        form_id="sein",
        organiser=Establishment(
            finess="990000010",
            name="CHU DÉMO DU SUD",
            address="1 allée des Essais",
            postal_code="31000",
            city="TOULOUSE",
        ),
        coordination=Coordination(
            network_name="Réseau démo", network_id="7601", manager_name="3C démo", manager_id="01"
        ),
        anrcp_id="76011113",
        place="CHU DÉMO DU SUD, salle Curie",
        quorum_code="standard-solide",
        active_from=date(2024, 1, 1),
        capacity=60,
        scope=SCOPE if kind is RcpKind.STANDARD else "rcp:recours",
    )


def _members() -> list[MemberIn]:
    functions = {
        "rcp_secretary": Function.SECRETARY,
        "rcp_coordinator": Function.COORDINATOR,
    }
    return [
        MemberIn(
            function=functions.get(role, Function.MEMBER),
            national_id=national_id,
            family_name=family,
            given_name=given,
            title=title,
            profession="10" if speciality else "",
            speciality=speciality,
        )
        for role, family, given, title, national_id, speciality in _PEOPLE.values()
    ]


def _register(
    session: Session, rcp_id: UUID, meeting_id: UUID, rank: int, accounts: dict[str, UUID]
) -> CaseOut:
    name, given = _NAMES.split()[rank % 18], _GIVEN.split()[rank % 18]
    suffix = "" if rank < 18 else f"-{chr(65 + rank // 18)}"
    patient = qualified_patient(
        session, rank + 1, birth_family_name=f"DÉMO-{name}{suffix}", first_given_name=given
    )
    author = Author(accounts["oncologist"], "899900000011", "Dr Inès DÉMO-VALMONT")
    motive = ("initial", "apres_chirurgie", "recidive", "surveillance")[rank % 4]
    request = Request(rcp_id=rcp_id, patient_id=patient.id, motive=motive)
    case = request_case(session, request, author=author, now=BEFORE)
    fill(session, case, through=Phase.PREPARATION, now=BEFORE)
    case = register_case(session, case.id, meeting_id, author=author, now=BEFORE)
    if rank % 6 == 5:
        return case
    return prepare_case(session, case.id, author=author, now=BEFORE)


def fill(session: Session, case: CaseOut, *, through: Phase, now: datetime) -> None:
    """Answer what is known, then what is missing, until a phase is complete."""
    author = Author(None, "", "Mme Sylvie DÉMO-LACAZE")
    for round_ in range(6):
        fiche = read_fiche(session, fiche_id=case.fiche_id or UUID(int=0))
        wanted = {path.split("[")[0] for path in fiche.state.missing_at(through)}
        if round_ == 0:
            wanted |= _KNOWN.keys()
        fields = [one for one in fiche.loaded.form.fields() if one.id in wanted]
        if not fields:
            return
        for item in fields:
            if item.id in fiche.answers:
                continue
            save_answer(
                session,
                case.id,
                field=item.id,
                stored=_plausible(item),
                seen_revision=fiche.revisions.get(item.id, 0),
                author=author,
                now=now,
            )


def _plausible(item: Any) -> Any:
    if item.id in _KNOWN:
        return _KNOWN[item.id]
    if item.kind is FieldKind.TABLE:
        return [{column.id: _plausible(column) for column in item.columns}]
    if item.choices and item.kind is not FieldKind.SCALE:
        code = item.choices[0].code
        return [code] if item.kind is FieldKind.CHOICES else code
    return _ANY.get(item.kind, "Non précisé")
