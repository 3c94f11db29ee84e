"""From the request to the conclusion: agenda, quorum per case, decision, states."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, select

from dcc_core.api import Conflict, InvalidInput, SharingPurpose, record_opposition
from dcc_rcp_forms.api import FieldConflictError, Phase, read_fiche
from dcc_rcp_meetings.cases.decision import read_decision, save_answer
from dcc_rcp_meetings.cases.discussion import (
    change_lane,
    close_session,
    conclude_case,
    open_session,
    prepare_case,
    reopen_case,
    show_case,
    suspend_session,
)
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import (
    Request,
    move_on_agenda,
    postpone_case,
    release_cases,
    request_case,
    withdraw_case,
)
from dcc_rcp_meetings.cases.states import STEPS, CaseState, Lane
from dcc_rcp_meetings.cases.steps import list_agenda, list_steps, read_case
from dcc_rcp_meetings.directory.models import RcpOut
from dcc_rcp_meetings.people import Person
from dcc_rcp_meetings.quorum.engine import QuorumState
from dcc_rcp_meetings.quorum.rules import Mode
from dcc_rcp_meetings.sessions.models import SessionOut, SessionState
from dcc_rcp_meetings.sessions.presence import (
    list_presences,
    quorum_at,
    record_arrival,
    record_departure,
    record_opinion,
)
from dcc_rcp_meetings.sessions.service import cancel_session, create_session, read_session
from dcc_rcp_meetings.tables import Meeting

from .world import (
    COORDINATOR,
    NOW,
    ONCOLOGIST,
    RADIOTHERAPIST,
    SECRETARY,
    START,
    SURGEON,
    TEAM,
    answer,
    decide,
    fill,
    later,
)

Register = Callable[..., CaseOut]


@pytest.fixture
def opened(session: Session, meeting: SessionOut) -> SessionOut:
    for someone in TEAM:
        record_arrival(session, meeting.id, someone, mode=Mode.ROOM, now=START)
    return open_session(session, meeting.id, now=START)


def test_a_case_goes_from_request_to_discussion(
    session: Session, opened: SessionOut, register: Register
) -> None:
    case = register()
    assert (case.state, case.rank, case.is_late) == (CaseState.REGISTERED, 1, False)
    shown = show_case(session, opened.id, case.id, author=SECRETARY, now=later(1))
    assert shown.state is CaseState.IN_SESSION
    assert read_session(session, opened.id).current_case_id == case.id
    done = conclude_case(session, case.id, author=COORDINATOR, now=later(8))
    assert done.state is CaseState.DISCUSSED
    assert done.quorum_state is QuorumState.REACHED
    assert [p["mode"] for p in done.quorum["participants"]] == ["présent"] * 3
    fiche = read_fiche(session, fiche_id=case.fiche_id or UUID(int=0))
    assert (fiche.answers["quorum"], fiche.answers["statut_cas"]) == ("atteint", "discuté")
    assert fiche.session_date == "2026-11-24"
    states = [step.after for step in list_steps(session, case.id)]
    assert states == ["demandee", "inscrite", "en_seance", "discutee"]


def test_quorum_is_that_of_the_moment_of_each_discussion(
    session: Session, opened: SessionOut, register: Register
) -> None:
    first, second, third = (register(number) for number in (1, 2, 3))
    conclusions = []
    for case, minute in ((first, 5), (second, 15), (third, 25)):
        if case is second:
            record_departure(session, opened.id, national_id=SURGEON.national_id, now=later(10))
        if case is third:
            record_arrival(session, opened.id, SURGEON, mode=Mode.VIDEO, now=later(20))
        show_case(session, opened.id, case.id, author=SECRETARY, now=later(minute))
        conclusions.append(conclude_case(session, case.id, author=SECRETARY, now=later(minute + 1)))
    assert [case.quorum_state for case in conclusions] == [
        QuorumState.REACHED,
        QuorumState.NOT_REACHED,
        QuorumState.REACHED,
    ]
    assert read_case(session, first.id).quorum_state is QuorumState.REACHED
    assert quorum_at(session, opened.id, at=later(15)).missing == ("Chirurgien",)
    surgeon = [p for p in list_presences(session, opened.id) if p.name == SURGEON.name]
    assert [(p.mode, p.left_at) for p in surgeon] == [
        (Mode.ROOM, later(10)),
        (Mode.VIDEO, None),
    ]


def test_an_opinion_counts_for_its_case_alone(
    session: Session, opened: SessionOut, register: Register
) -> None:
    first, second = register(1), register(2)
    pathologist = Person("899900000999", "Dr DÉMO-TOLOSAN", "SM01")
    record_opinion(session, first.id, pathologist, given_at=NOW)
    assert quorum_at(session, opened.id, at=later(1), case_id=first.id).awaited == ("Radiologue",)
    assert len(quorum_at(session, opened.id, at=later(1), case_id=second.id).awaited) == 2
    show_case(session, opened.id, first.id, author=SECRETARY, now=later(1))
    conclude_case(session, first.id, author=SECRETARY, now=later(2))
    with pytest.raises(Conflict, match="RCP-323"):
        record_opinion(session, first.id, pathologist, given_at=NOW)


def test_presence_unrecorded_leaves_the_quorum_unknown(
    session: Session, meeting: SessionOut, register: Register
) -> None:
    case = register()
    open_session(session, meeting.id, now=START)
    show_case(session, meeting.id, case.id, author=SECRETARY, now=later(1))
    done = conclude_case(session, case.id, author=SECRETARY, now=later(2))
    assert done.quorum_state is QuorumState.UNKNOWN


def test_a_complete_decision_is_ready_to_be_signed_and_falls_back_when_it_is_not(
    session: Session, opened: SessionOut, register: Register
) -> None:
    case = register()
    fill(session, case, through=Phase.PREPARATION)
    assert prepare_case(session, case.id, author=SECRETARY, now=NOW).state is CaseState.PREPARED
    show_case(session, opened.id, case.id, author=SECRETARY, now=later(1))
    conclude_case(session, case.id, author=SECRETARY, now=later(5))
    decide(session, case)
    assert read_decision(session, case.id).is_complete
    assert read_case(session, case.id).state is CaseState.DRAFTED
    answer(session, case, "nature_avis", None)
    assert read_case(session, case.id).state is CaseState.DISCUSSED
    again = reopen_case(session, case.id, author=COORDINATOR, now=later(6))
    assert (again.state, again.quorum) == (CaseState.IN_SESSION, {})


def test_an_incomplete_fiche_is_not_prepared_and_falls_back(
    session: Session, register: Register
) -> None:
    case = register()
    with pytest.raises(Conflict, match="RCP-415"):
        prepare_case(session, case.id, author=SECRETARY, now=NOW)
    fill(session, case, through=Phase.PREPARATION)
    prepare_case(session, case.id, author=SECRETARY, now=NOW)
    answer(session, case, "question", "")
    assert read_case(session, case.id).state is CaseState.REGISTERED


def test_two_secretaries_lose_no_word(
    session: Session, opened: SessionOut, register: Register
) -> None:
    case = register()
    show_case(session, opened.id, case.id, author=SECRETARY, now=later(1))
    write = {"author": SECRETARY, "now": NOW}
    save_answer(session, case.id, field="avis_précision", stored="A", seen_revision=0, **write)
    save_answer(session, case.id, field="nature_avis", stored="surveillance", seen_revision=0,
                **write)  # fmt: skip
    with pytest.raises(FieldConflictError) as caught:
        save_answer(session, case.id, field="avis_précision", stored="B", seen_revision=0, **write)
    assert caught.value.conflict.theirs == "A"
    decision = read_decision(session, case.id)
    assert (decision.stored("avis_précision"), decision.revision) == ("A", 2)
    save_answer(session, case.id, field="avis_précision", stored="A et B",
                seen_revision=decision.revision_of("avis_précision"), **write)  # fmt: skip


def test_a_step_on_what_somebody_changed_is_refused(
    session: Session, opened: SessionOut, register: Register
) -> None:
    case = register()
    show_case(session, opened.id, case.id, author=SECRETARY, now=later(1))
    with pytest.raises(Conflict, match="RCP-405"):
        conclude_case(session, case.id, author=SECRETARY, now=later(2), seen=case.revision)
    seen = read_case(session, case.id).revision
    conclude_case(session, case.id, author=SECRETARY, now=later(2), seen=seen)
    with pytest.raises(Conflict, match="RCP-405"):
        conclude_case(session, case.id, author=COORDINATOR, now=later(2), seen=seen)


def test_the_workflow_has_no_other_step(session: Session, register: Register) -> None:
    case = register()
    with pytest.raises(Conflict, match="RCP-401"):
        conclude_case(session, case.id, author=SECRETARY, now=NOW)
    reachable, waiting = set(), [CaseState.REQUESTED]
    while waiting:
        state = waiting.pop()
        if state not in reachable:
            reachable.add(state)
            waiting.extend(STEPS[state])
    assert reachable == set(CaseState)


def test_a_patient_stands_once_on_an_agenda(
    session: Session, rcp: RcpOut, register: Register, patients: Callable[[int], UUID]
) -> None:
    register(1)
    again = Request(rcp_id=rcp.id, patient_id=patients(1), motive="recidive")
    with pytest.raises(Conflict, match="RCP-403"):
        request_case(session, again, author=COORDINATOR, now=NOW)


def test_late_registration_is_marked_and_a_full_session_makes_wait(
    session: Session, meeting: SessionOut, register: Register
) -> None:
    session.get_one(Meeting, meeting.id).capacity = 2
    cases = [register(number) for number in (1, 2)]
    waiting = register(3, now=START - timedelta(hours=1))
    assert (waiting.state, waiting.is_late, waiting.rank) == (CaseState.REQUESTED, True, 0)
    withdraw_case(session, cases[0].id, reason="doublon", author=SECRETARY, now=NOW)
    promoted = read_case(session, waiting.id)
    assert (promoted.state, promoted.rank) == (CaseState.REGISTERED, 3)
    assert [one.id for one in list_agenda(session, meeting.id)][:2] == [cases[1].id, waiting.id]


def test_opposition_stops_request_registration_and_discussion(
    session: Session, opened: SessionOut, register: Register, patients: Callable[[int], UUID]
) -> None:
    case = register(1)
    _oppose(session, patients(1))
    with pytest.raises(Conflict, match="RCP-402"):
        show_case(session, opened.id, case.id, author=SECRETARY, now=later(1))
    _oppose(session, patients(2))
    with pytest.raises(Conflict, match="RCP-402"):
        register(2)
    closed = close_session(session, opened.id, author=SECRETARY, now=later(60), postpone_rest=True)
    assert closed.state is SessionState.CLOSED
    assert read_case(session, case.id).reason == "opposition"


def test_a_session_is_not_closed_over_undecided_cases(
    session: Session, rcp: RcpOut, opened: SessionOut, register: Register
) -> None:
    case = register(1)
    with pytest.raises(Conflict, match="RCP-330"):
        close_session(session, opened.id, author=SECRETARY, now=later(60))
    close_session(session, opened.id, author=SECRETARY, now=later(60), postpone_rest=True)
    assert read_case(session, case.id).state is CaseState.POSTPONED
    assert all(p.left_at == later(60) for p in list_presences(session, opened.id))
    with pytest.raises(Conflict, match="RCP-321"):
        record_arrival(session, opened.id, SURGEON, mode=Mode.ROOM, now=later(61))


def test_a_deferral_carries_the_fiche_to_the_next_session(
    session: Session, rcp: RcpOut, opened: SessionOut, register: Register
) -> None:
    case = register(1)
    answer(session, case, "question", "Chirurgie première ?")
    following = create_session(session, rcp.id, starts_at=START + timedelta(days=7), now=NOW)
    again = postpone_case(
        session,
        case.id,
        reason="pieces_manquantes",
        to_session_id=following.id,
        author=SECRETARY,
        now=later(5),
    )
    assert (again.state, again.session_id) == (CaseState.REGISTERED, following.id)
    assert (again.previous_id, again.fiche_id) == (case.id, case.fiche_id)
    fiche = read_fiche(session, fiche_id=again.fiche_id or UUID(int=0))
    assert fiche.answers["question"] == "Chirurgie première ?"
    assert fiche.session_date == "2026-12-01"
    with pytest.raises(Conflict, match="RCP-412"):
        read_decision(session, case.id)
    assert again.requester == case.requester


def test_reasons_are_mandatory(session: Session, register: Register) -> None:
    case = register()
    with pytest.raises(InvalidInput, match="RCP-404"):
        withdraw_case(session, case.id, reason="", author=SECRETARY, now=NOW)
    with pytest.raises(InvalidInput, match="RCP-404"):
        withdraw_case(session, case.id, reason="autre", author=SECRETARY, now=NOW)


def test_a_cancelled_session_gives_its_cases_back(
    session: Session, meeting: SessionOut, register: Register
) -> None:
    cases = [register(number) for number in (1, 2)]
    cancel_session(session, meeting.id, reason="Grève des transports", now=NOW)
    assert release_cases(session, meeting.id, author=SECRETARY, now=NOW) == 2
    assert {read_case(session, one.id).state for one in cases} == {CaseState.REQUESTED}
    assert read_case(session, cases[0].id).session_id is None


def test_the_agenda_is_ordered_by_hand(
    session: Session, meeting: SessionOut, register: Register
) -> None:
    first, second, third = (register(number) for number in (1, 2, 3))
    move_on_agenda(session, third.id, rank=1, now=NOW)
    assert [c.id for c in list_agenda(session, meeting.id)] == [third.id, first.id, second.id]
    assert [c.rank for c in list_agenda(session, meeting.id)] == [1, 2, 3]


def test_skipping_a_case_lets_it_wait_again(
    session: Session, opened: SessionOut, register: Register
) -> None:
    first, second = register(1), register(2)
    show_case(session, opened.id, first.id, author=SECRETARY, now=later(1))
    show_case(session, opened.id, second.id, author=SECRETARY, now=later(2))
    assert read_case(session, first.id).state is CaseState.REGISTERED
    suspend_session(session, opened.id, now=later(3))
    with pytest.raises(Conflict, match="RCP-305"):
        show_case(session, opened.id, first.id, author=SECRETARY, now=later(4))
    open_session(session, opened.id, now=later(5))


def test_the_recording_lane_is_for_cases_that_need_no_discussion(
    session: Session, opened: SessionOut, register: Register
) -> None:
    case, urgent = register(1), register(2, is_regularisation=True)
    change_lane(session, case.id, Lane.RECORDING, author=COORDINATOR, now=NOW)
    done = conclude_case(session, case.id, author=COORDINATOR, now=later(1))
    assert done.state is CaseState.RECORDED
    with pytest.raises(Conflict, match="RCP-414"):
        change_lane(session, urgent.id, Lane.RECORDING, author=COORDINATOR, now=NOW)


def test_nobody_sits_in_two_rooms(session: Session, rcp: RcpOut, opened: SessionOut) -> None:
    other = create_session(session, rcp.id, starts_at=START + timedelta(hours=3), now=NOW)
    with pytest.raises(Conflict, match="RCP-322"):
        record_arrival(session, other.id, ONCOLOGIST, mode=Mode.ROOM, now=later(180))
    record_arrival(session, other.id, ONCOLOGIST, mode=Mode.VIDEO, now=later(180))
    record_arrival(session, other.id, ONCOLOGIST, mode=Mode.VIDEO, now=later(181))
    assert len(list_presences(session, other.id)) == 1


def test_sixty_cases_in_one_session(
    session: Session, opened: SessionOut, register: Register
) -> None:
    session.get_one(Meeting, opened.id).capacity = 60
    for number in range(1, 61):
        register(number)
    agenda = list_agenda(session, opened.id)
    assert [case.rank for case in agenda] == list(range(1, 61))
    assert len(session.exec(select(Meeting)).all()) == 1
    assert RADIOTHERAPIST.name in {p.name for p in list_presences(session, opened.id)}


def _oppose(session: Session, patient_id: UUID) -> None:
    record_opposition(
        session,
        patient_id,
        SharingPurpose.DCC,
        is_opposed=True,
        stated_on=date(2026, 1, 2),
        source="oral",
    )
