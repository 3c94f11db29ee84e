"""Demonstration: RCPs, sessions past and to come, cases at every step. Everybody is fictitious."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from dcc_core.api import find_account, find_people, read_query, utc_now
from dcc_rcp_forms.api import FieldKind, Phase, national_models, publish_form, read_fiche
from dcc_rcp_meetings.cases.decision import fiche_of, save_answer
from dcc_rcp_meetings.cases.discussion import (
    close_session,
    conclude_case,
    open_session,
    prepare_case,
    show_case,
)
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.cases.signing import sign_case
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.cases.steps import case_row, read_case
from dcc_rcp_meetings.directory.models import Function, MemberIn, RcpIn, RcpOut
from dcc_rcp_meetings.directory.service import declare_rcp, set_members
from dcc_rcp_meetings.people import Author, Person
from dcc_rcp_meetings.quorum.rules import Mode
from dcc_rcp_meetings.quorum.shelf import publish_national_rules
from dcc_rcp_meetings.sessions.invitations import answer_invitation
from dcc_rcp_meetings.sessions.models import Answer, SessionOut
from dcc_rcp_meetings.sessions.presence import record_arrival
from dcc_rcp_meetings.sessions.service import create_session, plan_sessions
from dcc_rcp_meetings.tables import Rcp

_SNOMED = "2.16.840.1.113883.6.96"
_PLACE = {
    "finess": "990000010",
    "name": "CHU DÉMO DU SUD",
    "address": "1 allée des Essais",
    "postal_code": "31000",
    "city": "TOULOUSE",
}
_NETWORK = {
    "network_name": "Réseau DÉMO",
    "network_id": "9901",
    "manager_name": "3C DÉMO",
    "manager_id": "990101",
}
_RCPS: tuple[tuple[str, str, str, str, str, int, str, str], ...] = (
    ("seno-demo", "Sénologie", "standard", "sein", "sein", 1, "14:00", "76752008"),
    ("thorax-demo", "Thorax", "standard", "poumon", "thorax", 2, "08:30", "312419003"),
    ("digestif-demo", "Digestif", "standard", "colon-rectum", "digestif", 3, "18:00", "86762007"),
    ("uro-demo", "Urologie", "standard", "prostate", "urinaire", 4, "17:00", "122489005"),
    ("molec-demo", "Moléculaire", "moleculaire", "moleculaire", "", 5, "08:00", ""),
)
_PEOPLE = (
    (Function.COORDINATOR, "899900000037", "DÉMO-PETIT", "Anne", "Dr", "10", "SM37"),
    (Function.MEMBER, "899900000011", "DÉMO-MARTIN", "Claire", "Dr", "10", "SM36"),
    (Function.MEMBER, "899900000029", "DÉMO-BERNARD", "Paul", "Dr", "10", "SM12"),
    (Function.MEMBER, "899900000045", "DÉMO-ROBERT", "Julie", "Mme", "60", ""),
    (Function.SECRETARY, "3990000010/DEMO0042", "DÉMO-DURAND", "Sylvie", "Mme", "", ""),
)
_MOTIVES = ("initial", "initial", "apres_chirurgie", "recidive", "complement", "surveillance")
_KNOWN: Mapping[str, Any] = {
    "question": "Quelle stratégie proposer en première intention ?",
    "synthèse": "Découverte au dépistage, bilan d'extension réalisé.",
    "classement": "autre",
    "topographie": "C50.4",
    "oms": 1,
    "nature_avis": "surveillance",
    "dossier_complet": True,
}
_ANY: Mapping[FieldKind, Any] = {
    FieldKind.YES_NO: False,
    FieldKind.NUMBER: 10,
    FieldKind.DATE: "2026-01-15",
    FieldKind.SCALE: 1,
}


def fill_demonstration(session: Session) -> None:
    """Write the directory, sessions and cases, once; nothing without the people of the demo."""
    coordinator = find_account(session, "899900000037")
    is_filled = session.exec(select(Rcp.id)).first() is not None
    if coordinator is None or is_filled:
        return
    now = utc_now()
    for model in national_models():
        publish_form(session, form=model, author="paquet", at=now)
    publish_national_rules(session, now=now)
    patients = _patients(session)
    for number, row in enumerate(_RCPS):
        rcp = _declare(session, row, now)
        if number == 0:
            _hold_past_session(session, rcp, patients, now)
        coming = plan_sessions(session, rcp.id, until=now + timedelta(weeks=5), now=now)
        for rank, meeting in enumerate(coming[:2]):
            _answer(session, meeting, number, now)
            count = max(2, 9 - 2 * number) if rank == 0 else 2
            _register(session, rcp, meeting, patients, count, now)


def fill_missing(
    session: Session,
    case: CaseOut,
    *,
    through: Phase,
    author: Author,
    now: datetime,
    known: Mapping[str, Any] = _KNOWN,
) -> None:
    """Answer what a fiche still lacks with plausible values, until a phase is complete."""
    for _ in range(6):
        fiche = read_fiche(session, fiche_id=fiche_of(case_row(session, case.id)))
        missing = {path.split("[")[0] for path in fiche.state.missing_at(through)}
        if not missing:
            return
        for name in (field.id for field in fiche.loaded.form.fields() if field.id in missing):
            save_answer(
                session,
                case.id,
                field=name,
                stored=_plausible(fiche.loaded.form.field(name), known),
                seen_revision=fiche.revisions.get(name, 0),
                author=author,
                now=now,
            )


def _plausible(field: Any, known: Mapping[str, Any]) -> Any:
    if field.id in known:
        return known[field.id]
    if field.kind is FieldKind.TABLE:
        return [{column.id: _plausible(column, known) for column in field.columns}]
    if field.kind is FieldKind.MATRIX:
        return None
    if field.choices and field.kind is not FieldKind.SCALE:
        code = field.choices[0].code
        return [code] if field.kind is FieldKind.CHOICES else code
    return _ANY.get(field.kind, "Non précisé")


def _declare(
    session: Session, row: tuple[str, str, str, str, str, int, str, str], now: datetime
) -> RcpOut:
    code, name, kind, form_id, organ, after, start, snomed = row
    weekday = _working_day(now, after).isoweekday()
    organs = [{"system": _SNOMED, "code": snomed, "label": organ}] if organ else []
    entry = RcpIn.model_validate(
        {
            "code": code,
            "name": name,
            "kind": kind,
            "form_id": form_id,
            "organs": organs,
            "organiser": _PLACE,
            "coordination": _NETWORK,
            "anrcp_id": f"9901010{after}",
            "place": "Visioconférence" if kind == "moleculaire" else "CHU DÉMO, salle Curie",
            "contact": "rcp@example.invalid",
            "rhythm": {"weekday": weekday, "start": start, "skips_holidays": False},
            "quorum_code": "trois-specialites" if kind == "moleculaire" else "standard-solide",
            "active_from": date(2024, 1, 1),
            "scope": "rcp:demo",
            "freshness": {"biologie": 28, "imagerie": 42},
        }
    )
    rcp = declare_rcp(session, entry, now=now)
    return set_members(session, rcp.id, map(_member, _PEOPLE))


def _working_day(now: datetime, after: int) -> date:
    """Return the working day that comes so many days later."""
    day = now.date()
    for _ in range(after):
        day += timedelta(days=3 if day.isoweekday() == 5 else 2 if day.isoweekday() == 6 else 1)
    return day


def _member(row: tuple[Function, str, str, str, str, str, str]) -> MemberIn:
    function, national_id, family, given, title, profession, speciality = row
    return MemberIn(
        function=function,
        national_id=national_id,
        family_name=family,
        given_name=given,
        title=title,
        profession=profession,
        speciality=speciality,
    )


def _patients(session: Session) -> Iterator[UUID]:
    """Yield patients of the demonstration, each once."""
    seen: set[UUID] = set()
    for letter in ("DÉMO-A", "DÉMO-B", "DÉMO-C", "DÉMO-D", "DÉMO-L", "DÉMO-M", "DÉMO-R", "DÉMO"):
        for hit in find_people(session, read_query(letter)).hits:
            if hit.id not in seen:
                seen.add(hit.id)
                yield hit.id


def _author(session: Session, national_id: str) -> Author:
    account = find_account(session, national_id)
    person = next(row for row in _PEOPLE if row[1] == national_id)
    return Author(
        account.id if account else None, national_id, f"{person[4]} {person[3]} {person[2]}"
    )


def _register(
    session: Session,
    rcp: RcpOut,
    meeting: SessionOut,
    patients: Iterator[UUID],
    count: int,
    now: datetime,
) -> list[CaseOut]:
    secretary = _author(session, "3990000010/DEMO0042")
    requesters = [_author(session, one) for one in ("899900000011", "899900000029")]
    cases = []
    for number, patient_id in zip(range(count), patients, strict=False):
        motive = _MOTIVES[number % len(_MOTIVES)]
        request = Request(rcp_id=rcp.id, patient_id=patient_id, motive=motive)
        author = requesters[number % 2]
        case = request_case(session, request, author=author, now=now)
        case = register_case(session, case.id, meeting.id, author=secretary, now=now)
        if number % 3 != 2:
            fill_missing(session, case, through=Phase.PREPARATION, author=author, now=now)
            fiche = read_fiche(session, fiche_id=fiche_of(case_row(session, case.id)))
            if fiche.state.can_end(Phase.PREPARATION):
                case = prepare_case(session, case.id, author=secretary, now=now)
        cases.append(case)
    return cases


def _answer(session: Session, meeting: SessionOut, number: int, now: datetime) -> None:
    """Let people answer as they do: most say yes, somebody has not answered yet."""
    for rank, person in enumerate(_PEOPLE[: 4 - number % 3]):
        answer = Answer.VIDEO if rank % 2 else Answer.ROOM
        answer_invitation(session, meeting.id, national_id=person[1], answer=answer, now=now)


def _hold_past_session(
    session: Session, rcp: RcpOut, patients: Iterator[UUID], now: datetime
) -> None:
    start = (now - timedelta(days=6)).replace(hour=13, minute=0, second=0, microsecond=0)
    before = start - timedelta(days=10)
    meeting = create_session(session, rcp.id, starts_at=start, now=before)
    cases = _register(session, rcp, meeting, patients, 5, before)
    coordinator = _author(session, "899900000037")
    for row in _PEOPLE[:4]:
        name = f"{row[4]} {row[3]} {row[2]}"
        record_arrival(
            session, meeting.id, Person(row[1], name, row[6], row[5]), mode=Mode.ROOM, now=start
        )
    open_session(session, meeting.id, now=start)
    for rank, case in enumerate(cases):
        at = start + timedelta(minutes=8 * rank)
        fill_missing(session, case, through=Phase.PREPARATION, author=coordinator, now=at)
        show_case(session, meeting.id, case.id, author=coordinator, now=at)
        conclude_case(session, case.id, author=coordinator, now=at + timedelta(minutes=6))
        fill_missing(session, case, through=Phase.SESSION, author=coordinator, now=at)
    end = start + timedelta(minutes=80)
    close_session(session, meeting.id, author=coordinator, now=end, postpone_rest=True)
    signer = Person("899900000037", coordinator.name, "SM37", account_id=coordinator.account_id)
    for case in cases[:3]:
        if read_case(session, case.id).state is CaseState.DRAFTED:
            sign_case(session, case.id, signer=signer, now=end)
