"""Signed documents: filed once, checked by the national rules, corrected by a new version."""

import importlib.util
import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from uuid import UUID

import pytest
from sqlmodel import Session

from dcc_core.api import (
    AccessDenied,
    Actor,
    ClinicalDocument,
    Conflict,
    InvalidInput,
    Issue,
    IssueLevel,
    NotFound,
    PluginSettings,
    Role,
    SharingPurpose,
    Subject,
    list_versions,
    read_document,
    record_opposition,
)
from dcc_core.testing.web import add_account
from dcc_rcp_forms.api import list_forms, national_models, publish_form, read_fiche
from dcc_rcp_meetings.cases.discussion import conclude_case, open_session, show_case
from dcc_rcp_meetings.cases.dissemination import follow_deliveries
from dcc_rcp_meetings.cases.following import (
    changes_since,
    follow_on,
    present_again,
    record_outcome,
)
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import register_case
from dcc_rcp_meetings.cases.signing import correct_case, sign_case, sign_cases
from dcc_rcp_meetings.cases.states import CaseState
from dcc_rcp_meetings.cases.steps import list_steps, read_case
from dcc_rcp_meetings.directory.models import Coordination, RcpKind, RcpOut
from dcc_rcp_meetings.directory.service import change_rcp, declare_rcp
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.permissions import READ_FICHES, WRITE_ANY_FICHE
from dcc_rcp_meetings.plugin import RcpMeetingsPlugin
from dcc_rcp_meetings.quorum.rules import Mode
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.presence import record_arrival
from dcc_rcp_meetings.sessions.service import create_session
from dcc_rcp_meetings.tables import Case

from .world import (
    COORDINATOR,
    NOW,
    RADIOTHERAPIST,
    SECRETARY,
    START,
    TEAM,
    answer,
    decide,
    later,
    rcp_entry,
)

Register = Callable[..., CaseOut]
SIGNED_AT = later(120)


@pytest.fixture
def conclude(session: Session, meeting: SessionOut, register: Register) -> Register:
    """Register, discuss and decide patient ``number``."""
    for someone in TEAM:
        record_arrival(session, meeting.id, someone, mode=Mode.ROOM, now=START)
    nurse = Person("899900000045", "Mme DÉMO-ROBERT Julie", profession="60")
    record_arrival(session, meeting.id, nurse, mode=Mode.VIDEO, now=START)
    open_session(session, meeting.id, now=START)

    def run(number: int = 1, **changes: object) -> CaseOut:
        case = register(number, **changes)
        show_case(session, meeting.id, case.id, author=SECRETARY, now=later(number))
        conclude_case(session, case.id, author=SECRETARY, now=later(number + 1))
        decide(session, case)
        return read_case(session, case.id)

    return run


def sign(session: Session, case: CaseOut) -> CaseOut:
    return sign_case(session, case.id, signer=RADIOTHERAPIST, now=SIGNED_AT)


def document_of(session: Session, case: CaseOut) -> ClinicalDocument:
    found = read_document(session, case.document_id or UUID(int=0)).document
    assert found is not None
    return found


def test_the_signed_document_states_session_quorum_and_people(
    session: Session, conclude: Register
) -> None:
    case = sign(session, conclude())
    assert (case.state, case.document_version) == (CaseState.VALIDATED, 1)
    document = document_of(session, case)
    assert document.title == "FRCP Réseau démo / 3C démo / Sénologie"
    entries = {e.slot: e.value for s in document.walk_sections() for e in s.entries}
    assert entries["document.statut"].code == "9571008"
    assert entries["dossier.quorum"].code == "ORG-126"
    assert entries["motif.statut_cas"].code == "ORG-134"
    assert [p.professional.family_name for p in document.having(Role.QUORUM_MEMBER)] == [
        "DÉMO-BERNARD",
        "DÉMO-MARTIN",
        "DÉMO-PETIT",
    ]
    assert [p.professional.given_name for p in document.having(Role.ATTENDEE)] == ["Julie"]
    [composition] = [s for s in document.sections if s.key == "composition"]
    assert len(composition.narrative[0].rows) == 4
    with pytest.raises(Conflict, match="RCP-413"):
        answer(session, case, "question", "Autre ?")


def test_who_asked_is_told_and_whoever_signs_is_not(session: Session, conclude: Register) -> None:
    asked, signer = (add_account(session, "physician", number=number) for number in (5, 6))
    case = conclude()
    row = session.get_one(Case, case.id)
    row.requester_id, row.presenter = asked, {**row.presenter, "account_id": str(signer)}
    sign_case(session, case.id, signer=replace(RADIOTHERAPIST, account_id=signer), now=SIGNED_AT)
    told = session.connection().exec_driver_sql("SELECT kind FROM core_notification").all()
    assert [kind for (kind,) in told] == ["rcp_meetings.signed"]


def test_signing_twice_changes_nothing(session: Session, conclude: Register) -> None:
    case = sign(session, conclude())
    with pytest.raises(Conflict, match="RCP-423"):
        sign(session, case)
    assert read_case(session, case.id).document_version == 1


def test_a_correction_is_a_new_version_that_replaces(session: Session, conclude: Register) -> None:
    case = sign(session, conclude())
    draft = correct_case(session, case.id, reason="Date erronée", author=COORDINATOR, now=SIGNED_AT)
    assert (draft.state, draft.document_version) == (CaseState.DRAFTED, 1)
    assert draft.fiche_id != case.fiche_id
    answer(session, draft, "question", "Autre question ?")
    second = sign(session, draft)
    assert (second.state, second.document_version) == (CaseState.RECTIFIED, 2)
    versions = list_versions(session, second.document_id or UUID(int=0))
    assert [one.status for one in versions] == ["current", "superseded"]
    assert document_of(session, second).replaces == versions[1].version_oid
    texts = [step.text for step in list_steps(session, case.id)]
    assert "Date erronée" in texts
    with pytest.raises(InvalidInput, match="RCP-424"):
        correct_case(session, case.id, reason=" ", author=COORDINATOR, now=SIGNED_AT)


def test_in_bulk_one_refusal_leaves_the_others_signed(
    session: Session, conclude: Register, patients: Callable[[int], UUID]
) -> None:
    cases = [conclude(number) for number in (1, 2, 3, 4)]
    answer(session, cases[1], "nature_avis", None)
    record_opposition(
        session,
        patients(3),
        SharingPurpose.DCC,
        is_opposed=True,
        stated_on=date(2026, 1, 2),
    )
    done = sign_cases(
        session,
        [*(case.id for case in cases), cases[0].id, UUID(int=7)],
        signer=RADIOTHERAPIST,
        permit=lambda _: "rcp",
        now=SIGNED_AT,
    )
    assert [one.code for one in done] == ["", "RCP-401", "RCP-402", "", "RCP-400"]
    assert [read_case(session, c.id).state for c in cases] == [
        CaseState.VALIDATED,
        CaseState.DISCUSSED,
        CaseState.DRAFTED,
        CaseState.VALIDATED,
    ]


def test_a_plugin_that_blocks_a_fiche_blocks_its_signature(
    session: Session, conclude: Register
) -> None:
    case = conclude()
    blocking = Issue("DEMO-1", "Le bilan est périmé.", IssueLevel.BLOCKING)
    [done] = sign_cases(
        session,
        [case.id],
        signer=RADIOTHERAPIST,
        permit=lambda _: "rcp",
        now=SIGNED_AT,
        judge=lambda _: [blocking],
    )
    assert (done.code, read_case(session, case.id).state) == ("FRM-S27", CaseState.DRAFTED)


def test_the_fiche_of_a_case_is_written_through_the_meetings(
    session: Session, conclude: Register
) -> None:
    case = conclude()
    plugin = RcpMeetingsPlugin(PluginSettings())
    asked = Subject(patient_id=case.patient_id, object_id=case.fiche_id)
    plugin._core = SimpleNamespace(reading=lambda: nullcontext(session))
    denied = plugin.dcc_access_veto(Actor(None), WRITE_ANY_FICHE, asked)
    assert denied is not None
    assert denied.reason == "rcp_meetings.led"
    assert plugin.dcc_access_veto(Actor(None), READ_FICHES, asked) is None
    other = Subject(patient_id=case.patient_id, object_id=UUID(int=9))
    assert plugin.dcc_access_veto(Actor(None), WRITE_ANY_FICHE, other) is None


def test_a_signer_who_loses_the_role_signs_nothing_more(
    session: Session, conclude: Register
) -> None:
    cases = [conclude(number) for number in (1, 2)]
    asked: list[UUID] = []

    def permit(patient_id: UUID) -> str:
        asked.append(patient_id)
        if len(asked) > 1:
            raise AccessDenied("ACC-103", "Votre rôle ne permet pas cette action.")
        return "rcp"

    done = sign_cases(
        session, [c.id for c in cases], signer=RADIOTHERAPIST, permit=permit, now=SIGNED_AT
    )
    assert [one.is_signed for one in done] == [True, False]
    assert done[1].code == "ACC-103"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": RcpKind.STAFF}, "RCP-422"),
        ({"anrcp_id": ""}, "RCP-421"),
        ({"coordination": Coordination(network_name="R", network_id="1")}, "RCP-421"),
    ],
)
def test_an_undeclared_rcp_signs_nothing(
    session: Session, rcp: RcpOut, conclude: Register, change: dict[str, object], code: str
) -> None:
    case = conclude()
    change_rcp(session, rcp.id, rcp_entry(**change), now=NOW)
    with pytest.raises(InvalidInput, match=code):
        sign(session, case)


def test_a_signer_without_speciality_signs_nothing(session: Session, conclude: Register) -> None:
    case = conclude()
    with pytest.raises(InvalidInput, match="RCP-420"):
        sign_case(session, case.id, signer=Person("8999", "Dr DÉMO"), now=SIGNED_AT)


def test_presenting_again_carries_the_fiche_and_shows_what_changed(
    session: Session, rcp: RcpOut, conclude: Register
) -> None:
    first = conclude()
    with pytest.raises(Conflict, match="RCP-430"):
        present_again(session, first.id, motive="recidive", author=COORDINATOR, now=SIGNED_AT)
    first = sign(session, first)
    again = present_again(session, first.id, motive="recidive", author=COORDINATOR, now=SIGNED_AT)
    assert again.previous_id == first.id
    assert str(first.document_id) in {one["document_id"] for one in again.attachments}
    answer(session, again, "question", "Et maintenant ?")
    changed = {label for label, _before, _after in changes_since(session, again)}
    assert changed == {"Question posée à la RCP"}
    following = create_session(session, rcp.id, starts_at=START + timedelta(days=7), now=NOW)
    registered = register_case(session, again.id, following.id, author=SECRETARY, now=SIGNED_AT)
    assert registered.rank == 1


def test_following_on_takes_the_documents_and_the_shared_answers(
    session: Session, rcp: RcpOut, conclude: Register
) -> None:
    entry = rcp_entry(
        code="molec", name="Moléculaire", kind=RcpKind.MOLECULAR, form_id="moleculaire"
    )
    molecular = declare_rcp(session, entry, now=NOW)
    case = sign(session, conclude())
    following = follow_on(session, case.id, molecular.id, author=COORDINATOR, now=SIGNED_AT)
    assert (following.origin_id, following.rcp_id) == (case.id, molecular.id)
    assert following.attachments[-1]["document_id"] == str(case.document_id)
    fiche = read_fiche(session, fiche_id=following.fiche_id or UUID(int=0))
    assert fiche.answers["nature"] == "transversale"
    assert fiche.answers["topographie"] == "C50.4"
    with pytest.raises(Conflict, match="RCP-432"):
        follow_on(session, case.id, rcp.id, author=COORDINATOR, now=SIGNED_AT)


def test_what_became_of_the_proposal_is_answered(session: Session, conclude: Register) -> None:
    case = sign(session, conclude())
    with pytest.raises(InvalidInput, match="RCP-433"):
        record_outcome(session, case.id, "refusee", now=SIGNED_AT)
    told = record_outcome(session, case.id, "modifiee", reason="Toxicité", now=SIGNED_AT)
    assert (told.outcome, told.outcome_reason) == ("modifiee", "Toxicité")
    with pytest.raises(NotFound, match="RCP-400"):
        record_outcome(session, UUID(int=9), "appliquee", now=SIGNED_AT)


def test_a_form_published_in_between_does_not_touch_an_open_fiche(
    session: Session, conclude: Register
) -> None:
    case = conclude()
    newer = next(model for model in national_models() if model.code == "poumon")
    publish_form(session, form=newer, author="dsrc", at=NOW)
    before = read_fiche(session, fiche_id=case.fiche_id or UUID(int=0)).loaded.form.version
    assert before in {version for form, version, _ in list_forms(session) if form == "sein"}
    assert sign(session, case).state is CaseState.VALIDATED


def test_nothing_is_disseminated_before_it_has_arrived(
    session: Session, conclude: Register
) -> None:
    case = sign(session, conclude())
    assert follow_deliveries(session, now=SIGNED_AT) == 0
    assert read_case(session, case.id).state is CaseState.VALIDATED


def test_the_document_passes_the_national_rules(
    session: Session, conclude: Register, tmp_path: Path
) -> None:
    from dcc_cda.write.document import write_frcp

    folder = _shared()
    spec = importlib.util.spec_from_file_location("checker", folder / "tools/validate_cda.py")
    assert spec is not None
    assert spec.loader is not None
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    case = sign(session, conclude())
    file = tmp_path / "frcp.xml"
    file.write_bytes(write_frcp(document_of(session, case)))
    validator = checker.Validator(folder / "ci-sis", "FRCP", checker.LEVELS)
    found = [f"{one.severity} {one.level} {one.message}" for one in validator.check(file)]
    assert [line for line in found if line.startswith("error")] == []


def _shared() -> Path:
    repository = Path(__file__).resolve().parents[3]
    named = os.environ.get("DCC_SHARED")
    for folder in (
        [Path(named)] if named else (repository / "../shared", repository / "../../shared")
    ):
        if (folder / "ci-sis").is_dir():
            return folder.resolve()
    pytest.skip("reference data absent: set DCC_SHARED to the folder that holds ci-sis/")
