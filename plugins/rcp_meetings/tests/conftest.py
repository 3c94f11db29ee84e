"""Shared fixtures: a region with one RCP, its people, and patients."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session

import dcc_rcp_meetings.tables  # noqa: F401  known before the test databases are made
from dcc_core.api import Database
from dcc_core.testing.documents import keep_documents
from dcc_core.testing.patients import qualified_patient
from dcc_rcp_forms.api import national_models, publish_form
from dcc_rcp_meetings.cases.models import CaseOut
from dcc_rcp_meetings.cases.registration import Request, register_case, request_case
from dcc_rcp_meetings.directory.models import Function, RcpOut
from dcc_rcp_meetings.directory.service import declare_rcp, set_members
from dcc_rcp_meetings.quorum.shelf import publish_national_rules
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.service import create_session

from .world import COORDINATOR, NOW, RADIOTHERAPIST, SECRETARY, START, TEAM, member, rcp_entry


@pytest.fixture(autouse=True)
def documents(database: Database, tmp_path: Path) -> None:
    keep_documents(database, tmp_path)


@pytest.fixture
def rcp(session: Session) -> RcpOut:
    for model in national_models():
        publish_form(session, form=model, author="paquet", at=NOW)
    publish_national_rules(session, now=NOW)
    declared = declare_rcp(session, rcp_entry(), now=NOW)
    return set_members(
        session,
        declared.id,
        [
            *map(member, TEAM),
            member(RADIOTHERAPIST, Function.COORDINATOR),
        ],
    )


@pytest.fixture
def meeting(session: Session, rcp: RcpOut) -> SessionOut:
    return create_session(session, rcp.id, starts_at=START, now=NOW)


@pytest.fixture
def patients(session: Session) -> Callable[[int], UUID]:
    known: dict[int, UUID] = {}

    def one(number: int) -> UUID:
        if number not in known:
            name = f"DÉMO-PATIENT-{chr(65 + number % 26)}{chr(65 + number // 26)}"
            known[number] = qualified_patient(session, number, birth_family_name=name).id
        return known[number]

    return one


@pytest.fixture
def register(
    session: Session, rcp: RcpOut, meeting: SessionOut, patients: Callable[[int], UUID]
) -> Callable[..., CaseOut]:
    """Register patient ``number`` at the session."""

    def run(number: int = 1, *, now: datetime = NOW, **changes: object) -> CaseOut:
        request = Request(
            rcp_id=rcp.id,
            patient_id=patients(number),
            **({"motive": "initial"} | changes),  # type: ignore[arg-type]
        )
        case = request_case(session, request, author=COORDINATOR, now=now)
        return register_case(session, case.id, meeting.id, author=SECRETARY, now=now)

    return run
