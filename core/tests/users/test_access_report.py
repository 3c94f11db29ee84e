import json
from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlmodel import Session, select

from dcc_core.audit import AuditContext, AuditEntry, Outcome, audit_context, record_event
from dcc_core.hooks.contracts.access import Actor, Purpose
from dcc_core.testing.clock import START
from dcc_core.users import AccessRules, Account, Organisation, build_policy, open_break_glass
from dcc_core.users.access_report import AccessReport, report_accesses

NewAccount = Callable[..., Account]
POLICY = build_policy()


def _as(account: Account, role: str, place: Organisation | None = None) -> AuditContext:
    actor = Actor(account.id, roles=frozenset({role}), organisation_id=place.id if place else None)
    return AuditContext(actor, Purpose.CARE, "req", "web", "192.0.2.1")


def _report(session: Session, patient_id: UUID, **values: object) -> AccessReport:
    return report_accesses(
        session,
        patient_id=patient_id,
        policy=POLICY,
        now=START,
        timezone="Europe/Paris",
        **values,  # type: ignore[arg-type]
    )


def test_patient_reads_who_looked_and_why(
    session: Session, new_account: NewAccount, hospital: Organisation, patient_id: UUID
) -> None:
    account = new_account(family_name="DÉMO-PETIT", given_name="Sacha")
    with audit_context(_as(account, "physician", hospital)):
        record_event(session, "document.read", patient_id=patient_id, basis="presenter")
    sentence = (report := _report(session, patient_id)).sentence(report.lines[0])
    moment = report.moment(report.lines[0].at)
    assert sentence == (
        f"{moment}, Sacha DÉMO-PETIT (Médecin, DÉMO CHU des Tilleuls) a lu un document ;"
        " motif : soins, présente le dossier en RCP."
    )


def test_dates_are_those_of_the_region() -> None:
    at = datetime(2026, 7, 31, 22, 5, tzinfo=UTC)
    for zone, text in (
        ("Europe/Paris", "Le 1er août 2026 à 00 h 05"),
        ("America/Martinique", "Le 31 juillet 2026 à 18 h 05"),
    ):
        assert AccessReport(uuid4(), START, zone, ()).moment(at) == text


def test_emergency_access_shows_its_reason(
    session: Session, new_account: NewAccount, patient_id: UUID, rules: AccessRules
) -> None:
    context = _as(new_account(), "physician")
    with audit_context(context):
        open_break_glass(
            session,
            actor=context.actor,
            patient_id=patient_id,
            reason="vital",
            justification="Hémorragie aux urgences",
            rules=rules,
        )
    line = _report(session, patient_id).lines[0]
    assert line.emergency
    assert line.reason == "Urgence vitale : Hémorragie aux urgences"


def test_report_has_every_access_to_the_patient_and_no_other(
    session: Session, new_account: NewAccount, patient_id: UUID
) -> None:
    other, alias = uuid4(), uuid4()
    with audit_context(_as(new_account(), "physician")):
        for number in range(60):
            known = [patient_id, other, alias][number % 3]
            record_event(session, "document.read", patient_id=known, reason=str(number))
    expected = session.exec(
        select(AuditEntry).where(AuditEntry.patient_id.in_([patient_id, alias]))  # type: ignore[union-attr]
    ).all()
    report = _report(session, patient_id, aliases=[alias])
    assert len(report.lines) == len(expected)
    assert [line.at for line in report.lines] == sorted((e.at for e in expected), reverse=True)


def test_refused_access_is_shown_as_such(
    session: Session, new_account: NewAccount, patient_id: UUID
) -> None:
    with audit_context(_as(new_account(), "physician")):
        record_event(session, "access.refused", patient_id=patient_id, outcome=Outcome.DENIED)
    assert _report(session, patient_id).lines[0].refused


def test_machine_and_unknown_acts_have_a_sentence(session: Session, patient_id: UUID) -> None:
    for event in ("fiche.read", "plugin.strange"):
        record_event(session, event, patient_id=patient_id)
    report = _report(session, patient_id)
    assert [line.who for line in report.lines[:2]] == ["Le système"] * 2
    assert [line.act for line in report.lines[:2]] == [
        "a effectué une opération sur le dossier",
        "a consulté une partie du dossier",
    ]


def test_archived_rows_are_part_of_the_report(session: Session, patient_id: UUID) -> None:
    row = {
        "sequence": "1",
        "at": "2020-01-01 08:00:00.000000",
        "event": "document.export",
        "outcome": "success",
        "actor_id": "",
        "actor": "{}",
        "purpose": "care",
        "patient_id": patient_id.hex,
        "object_id": "",
        "reason": "",
        "basis": "",
        "details": "{}",
    }
    others = row | {"patient_id": uuid4().hex}
    report = _report(session, patient_id, archived=[row, others])
    assert report.lines[-1].act == "a téléchargé ou imprimé un document"
    assert report.lines[-1].at.year == 2020
    assert sum(line.at.year == 2020 for line in report.lines) == 1


def test_making_the_report_is_audited(session: Session, patient_id: UUID) -> None:
    _report(session, patient_id)
    entry = session.exec(select(AuditEntry).where(AuditEntry.event == "access.report")).one()
    assert entry.patient_id == patient_id


def test_report_is_plain_json(session: Session, patient_id: UUID) -> None:
    document = json.loads(json.dumps(_report(session, patient_id).as_dict()))
    assert document["patient_id"] == str(patient_id)
    assert all(access["sentence"].endswith(".") for access in document["accesses"])
