"""The people and the RCP of the tests; every name is visibly fictitious."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlmodel import Session

from dcc_rcp_forms.api import Phase, read_fiche
from dcc_rcp_meetings.cases.decision import save_answer
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.directory.models import (
    Coordination,
    Establishment,
    Function,
    MemberIn,
    RcpIn,
    RcpKind,
    Rhythm,
)
from dcc_rcp_meetings.people import Author, Person

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
START = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
SECRETARY = Author(None, "3990000010/DEMO", "Mme DÉMO-DURAND Sylvie")
COORDINATOR = Author(None, "899900000037", "Dr DÉMO-PETIT Anne")
SURGEON = Person("899900000029", "Dr DÉMO-BERNARD Paul", "SM20")
ONCOLOGIST = Person("899900000011", "Dr DÉMO-MARTIN Claire", "SM36")
RADIOTHERAPIST = Person("899900000037", "Dr DÉMO-PETIT Anne", "SM45")
TEAM = (SURGEON, ONCOLOGIST, RADIOTHERAPIST)


def rcp_entry(**changes: object) -> RcpIn:
    entry: dict[str, object] = {
        "code": "seno-chu",
        "name": "Sénologie",
        "kind": RcpKind.STANDARD,
        "form_id": "sein",
        "organiser": Establishment(
            finess="990000010",
            name="CHU DÉMO DU SUD",
            address="1 allée des Essais",
            postal_code="31000",
            city="TOULOUSE",
        ),
        "coordination": Coordination(
            network_name="Réseau démo", network_id="7601", manager_name="3C démo", manager_id="01"
        ),
        "anrcp_id": "76011113",
        "place": "Salle Curie",
        "rhythm": Rhythm(weekday=2, start="14:00", minutes=90),
        "quorum_code": "standard-solide",
        "active_from": date(2024, 1, 1),
        "scope": "rcp:demo",
    }
    return RcpIn.model_validate(entry | changes)


def member(person: Person, function: Function = Function.MEMBER) -> MemberIn:
    family = person.name.split()[1]
    return MemberIn(
        function=function,
        national_id=person.national_id,
        family_name=family,
        given_name=person.name.split()[2],
        title=person.name.split()[0],
        speciality=person.speciality,
    )


PREPARATION = {
    "sexe": "F",
    "âge": 58,
    "date_diagnostic": "2026-10",
    "topographie": "C50.4",
    "classement": "autre",
    "oms": 0,
    "question": "Chirurgie première ?",
}


_ANY = {
    "oui_non": False,
    "nombre": 10,
    "date": "2026-10",
    "tableau": [{"modalité": "mammo", "date": "2026-11-02"}],
}


def later(minutes: int) -> datetime:
    """Return an instant after the start of the session."""
    return START + timedelta(minutes=minutes)


def answer(session: Session, case: CaseOut, field: str, stored: object) -> None:
    fiche = read_fiche(session, fiche_id=case.fiche_id or UUID(int=0))
    save_answer(
        session,
        case.id,
        field=field,
        stored=stored,
        seen_revision=fiche.revisions.get(field, 0),
        author=SECRETARY,
        now=NOW,
    )


def fill(session: Session, case: CaseOut, *, through: Phase) -> None:
    """Answer what is missing until a phase is complete."""
    for _ in range(5):
        fiche = read_fiche(session, fiche_id=case.fiche_id or UUID(int=0))
        missing = [path.split("[")[0] for path in fiche.state.missing_at(through)]
        if not missing:
            assert fiche.state.can_end(through), (fiche.state.errors, fiche.state.alerts)
            return
        for name in dict.fromkeys(missing):
            field = fiche.loaded.form.field(name)
            stored: object = PREPARATION.get(name)
            if stored is None and field.choices:
                stored = field.choices[0].code
                stored = [stored] if field.kind == "choix_multiple" else stored
            if stored is None:
                stored = _ANY.get(field.kind, "Essai")
            answer(session, case, name, stored)
    raise AssertionError(missing)


def decide(session: Session, case: CaseOut) -> None:
    answer(session, case, "nature_avis", "surveillance")
    answer(session, case, "dossier_complet", True)
    fill(session, case, through=Phase.SESSION)
