"""Tables of the plugin. Storage only: services validate."""

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Column, UniqueConstraint
from sqlmodel import Field, SQLModel

from dcc_core.api import Json, SortableText, UtcDateTime, new_registry


class Table(SQLModel, registry=new_registry()):
    """Base of the plugin's tables."""


def _instant(*, index: bool = False) -> Any:
    return Field(sa_column=Column(UtcDateTime, nullable=False, index=index))


def _maybe_instant() -> Any:
    return Field(default=None, sa_column=Column(UtcDateTime, nullable=True))


def _json() -> Any:
    return Field(sa_column=Column(Json, nullable=False))


class Rcp(Table, table=True):
    """An RCP of the directory.

    Attributes:
        code: Stable short name, unique in the region (``seno-chu``).
        kind: ``RcpKind`` value.
        scope: Scope of roles and care relations (``rcp:<code>`` unless set otherwise).
        organs: ``{system, code, label}`` of JDV_RCP_Appareil and JDV_RCP_Organe, the first being
            the principal one.
        organiser: ``{finess, name, address, postal_code, city}`` of the organising establishment.
        partners: FINESS numbers and names of the other establishments that share it.
        coordination: ``{network_id, manager_id, manager_name, network_name}``: network and 3C, with
            the identifiers that the FRCP header asks for (1.2.250.1.161.1.20.1.1 and .2.1).
        anrcp_id: Identifier in the national directory (1.2.250.1.161.1.20.3.1).
        rhythm: ``Rhythm`` as JSON; empty when sessions are created by hand.
        closing_hours: Registration closes this many hours before the session starts.
        freshness: ``{"biologie": 28, "imagerie": 42}``: how old, in days, results may be.
        capacity: Most cases of one session; the next ones wait.
        quorum_code: Code of the quorum rule.
        sort_key: Name without accents or case.
    """

    __tablename__ = "rcp_meetings_rcp"
    __table_args__ = (UniqueConstraint("code"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    code: str = Field(max_length=40)
    name: str = Field(max_length=160)
    sort_key: str = Field(sa_column=Column(SortableText, nullable=False, index=True))
    kind: str = Field(max_length=20)
    scope: str = Field(max_length=80, index=True)
    organs: list[dict[str, str]] = _json()
    form_id: str = Field(default="", max_length=80)
    organiser: dict[str, str] = _json()
    partners: list[dict[str, str]] = _json()
    coordination: dict[str, str] = _json()
    anrcp_id: str = Field(default="", max_length=40)
    place: str = Field(default="", max_length=200)
    video_url: str = Field(default="", max_length=300)
    contact: str = Field(default="", max_length=200)
    timezone: str = Field(default="Europe/Paris", max_length=40)
    rhythm: dict[str, Any] = _json()
    closing_hours: int = 24
    freshness: dict[str, int] = _json()
    capacity: int = 20
    quorum_code: str = Field(default="", max_length=40)
    active_from: date
    active_until: date | None = None
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class Member(Table, table=True):
    """A person of an RCP: coordinator, secretary, animator, usual member or deputy."""

    __tablename__ = "rcp_meetings_member"
    __table_args__ = (UniqueConstraint("rcp_id", "national_id", "function"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    rcp_id: UUID = Field(foreign_key="rcp_meetings_rcp.id", index=True)
    function: str = Field(max_length=20)
    account_id: UUID | None = Field(default=None, index=True)
    national_id: str = Field(max_length=80)
    family_name: str = Field(max_length=100)
    given_name: str = Field(default="", max_length=100)
    title: str = Field(default="", max_length=20)
    profession: str = Field(default="10", max_length=20)
    speciality: str = Field(default="", max_length=20)


class QuorumRuleRow(Table, table=True):
    """A published version of a quorum rule: never changed, never deleted."""

    __tablename__ = "rcp_meetings_quorum_rule"
    __table_args__ = (UniqueConstraint("code", "version"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    code: str = Field(max_length=40)
    version: str = Field(max_length=40)
    label: str = Field(max_length=200)
    definition: dict[str, Any] = _json()
    author: str = Field(max_length=120)
    published_at: datetime = _instant()


class Meeting(Table, table=True):
    """One session of an RCP.

    Attributes:
        recurrence_key: Local day of the rhythm it was made for; empty for a session made by hand.
        moved_from: Where it stood before it was moved.
        current_case_id: Case on the screen while the session is held.
        revision: Grows with every change that participants must see.
    """

    __tablename__ = "rcp_meetings_session"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    rcp_id: UUID = Field(foreign_key="rcp_meetings_rcp.id", index=True)
    starts_at: datetime = _instant(index=True)
    ends_at: datetime = _instant()
    closes_at: datetime = _instant()
    place: str = Field(default="", max_length=200)
    video_url: str = Field(default="", max_length=300)
    state: str = Field(max_length=12, index=True)
    capacity: int = 20
    recurrence_key: str = Field(default="", max_length=20)
    moved_from: datetime | None = _maybe_instant()
    reason: str = Field(default="", max_length=300)
    opened_at: datetime | None = _maybe_instant()
    suspended_at: datetime | None = _maybe_instant()
    closed_at: datetime | None = _maybe_instant()
    current_case_id: UUID | None = None
    revision: int = 0


class Case(Table, table=True):
    """A patient presented to an RCP, from the request to the signed document.

    Attributes:
        session_id: None while it waits for a session.
        fiche_id: The fiche of ``rcp_forms`` in force; question and decision stand there.
        lane: ``discussion``, or ``enregistrement`` for a strictly standard case.
        rank: Place on the agenda, 1 first; 0 while waiting.
        requester: ``{account_id, national_id, name}`` of who asked; ``presenter`` likewise.
        needs: Competences whose presence this case asks for (keys of specialities).
        previous_id: The case this one presents again; ``origin_id`` the one it follows from.
        quorum: The quorum at the moment of the discussion with its proof, empty before.
        attachments: Documents shown: ``{document_id, title}``.
        decision_revision: Grows with every answer of the decision.
        revision: Grows with every change of the case; a transition says which one it saw.
        document_id: The signed document; ``document_version`` its version.
        outcome: What became of the proposal: ``appliquée``, ``modifiée``, ``refusée``.
    """

    __tablename__ = "rcp_meetings_case"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    rcp_id: UUID = Field(foreign_key="rcp_meetings_rcp.id", index=True)
    session_id: UUID | None = Field(default=None, foreign_key="rcp_meetings_session.id", index=True)
    patient_id: UUID = Field(foreign_key="core_patient.id", index=True)
    fiche_id: UUID | None = Field(default=None, index=True)
    state: str = Field(max_length=12, index=True)
    lane: str = Field(default="discussion", max_length=16)
    motive: str = Field(default="", max_length=40)
    minutes: int = 7
    rank: int = 0
    is_late: bool = False
    is_regularisation: bool = False
    requester: dict[str, str] = _json()
    requester_id: UUID | None = Field(default=None, index=True)
    presenter: dict[str, str] = _json()
    needs: list[str] = _json()
    attachments: list[dict[str, str]] = _json()
    previous_id: UUID | None = Field(default=None, foreign_key="rcp_meetings_case.id")
    origin_id: UUID | None = Field(default=None, foreign_key="rcp_meetings_case.id")
    reason: str = Field(default="", max_length=40)
    reason_text: str = Field(default="", max_length=300)
    quorum: dict[str, Any] = _json()
    started_at: datetime | None = _maybe_instant()
    discussed_at: datetime | None = _maybe_instant()
    decision_revision: int = 0
    revision: int = 0
    document_id: UUID | None = None
    document_version: int = 0
    signed_by: UUID | None = None
    outcome: str = Field(default="", max_length=20)
    outcome_reason: str = Field(default="", max_length=300)
    outcome_at: datetime | None = _maybe_instant()
    created_at: datetime = _instant()
    updated_at: datetime = _instant()


class CaseEvent(Table, table=True):
    """One step of a case: who, when, from which state to which, why; ``number`` orders them."""

    __tablename__ = "rcp_meetings_case_event"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="rcp_meetings_case.id", index=True)
    number: int
    at: datetime = _instant()
    author_id: UUID | None = None
    author: str = Field(max_length=120)
    before: str = Field(max_length=12)
    after: str = Field(max_length=12)
    reason: str = Field(default="", max_length=40)
    text: str = Field(default="", max_length=300)


class Invitation(Table, table=True):
    """Somebody expected at a session, and what they answered."""

    __tablename__ = "rcp_meetings_invitation"
    __table_args__ = (UniqueConstraint("session_id", "national_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    session_id: UUID = Field(foreign_key="rcp_meetings_session.id", index=True)
    account_id: UUID | None = Field(default=None, index=True)
    national_id: str = Field(max_length=80)
    name: str = Field(max_length=200)
    function: str = Field(max_length=20)
    profession: str = Field(default="10", max_length=20)
    speciality: str = Field(default="", max_length=20)
    answer: str = Field(default="", max_length=12)
    answered_at: datetime | None = _maybe_instant()


class Presence(Table, table=True):
    """An interval during which somebody was there; several per person when they come and go."""

    __tablename__ = "rcp_meetings_presence"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    session_id: UUID = Field(foreign_key="rcp_meetings_session.id", index=True)
    account_id: UUID | None = Field(default=None, index=True)
    national_id: str = Field(max_length=80)
    name: str = Field(max_length=200)
    profession: str = Field(default="10", max_length=20)
    speciality: str = Field(default="", max_length=20)
    mode: str = Field(max_length=16)
    arrived_at: datetime = _instant()
    left_at: datetime | None = _maybe_instant()


class Opinion(Table, table=True):
    """An opinion collected outside the meeting, which counts for one case (D. 6124-131 CSP)."""

    __tablename__ = "rcp_meetings_opinion"
    __table_args__ = (UniqueConstraint("case_id", "national_id"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    case_id: UUID = Field(foreign_key="rcp_meetings_case.id", index=True)
    national_id: str = Field(max_length=80)
    name: str = Field(max_length=200)
    profession: str = Field(default="10", max_length=20)
    speciality: str = Field(default="", max_length=20)
    given_at: datetime = _instant()
    text: str = Field(default="", max_length=2000)


class CalendarToken(Table, table=True):
    """A personal calendar address; only the digest of its secret is kept."""

    __tablename__ = "rcp_meetings_calendar_token"
    __table_args__ = (UniqueConstraint("digest"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(index=True)
    digest: str = Field(max_length=64)
    created_at: datetime = _instant()
    revoked_at: datetime | None = _maybe_instant()
    last_used_at: datetime | None = _maybe_instant()
