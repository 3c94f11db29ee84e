"""All that one screen of a session shows, read once with few statements."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.api import (
    AccessRefused,
    NotFound,
    OpenedPatient,
    Page,
    PatientOut,
    Subject,
    open_patient,
    read_access,
    read_identities,
    record_event,
)
from dcc_rcp_forms.api import FicheOut, read_fiche
from dcc_rcp_meetings.cases.models import MOTIVES, CaseOut
from dcc_rcp_meetings.cases.states import (
    DECIDED,
    OFF_AGENDA,
    SIGNED,
    TO_DISCUSS,
    WRITABLE,
    CaseState,
)
from dcc_rcp_meetings.cases.steps import list_agenda
from dcc_rcp_meetings.directory.models import RcpKind
from dcc_rcp_meetings.directory.specialities import speciality_label
from dcc_rcp_meetings.permissions import LIST_CASES, READ_FICHES, WRITE_FICHES
from dcc_rcp_meetings.quorum.rules import Level, Mode, QuorumRule, read_rule
from dcc_rcp_meetings.sessions.models import SessionOut
from dcc_rcp_meetings.sessions.presence import (
    PresenceOut,
    list_opinions,
    list_presences,
    quorum_of,
)
from dcc_rcp_meetings.tables import Meeting, QuorumRuleRow, Rcp
from dcc_rcp_meetings.web.access import OpenedSession, open_session_page, refuse_out_of_scope

_MARKS = {
    **dict.fromkeys((*DECIDED, *SIGNED), "done"),
    **dict.fromkeys(OFF_AGENDA, "put_off"),
    CaseState.REGISTERED: "incomplete",
}
_RULES: dict[UUID, QuorumRule] = {}
"""Rules already read: a published version never changes."""

_NEXT_KINDS = (RcpKind.RECOURSE, RcpKind.RARE, RcpKind.MOLECULAR, RcpKind.TRANSVERSAL)


@dataclass(frozen=True, slots=True)
class Line:
    """A case of the agenda, with the patient's identity."""

    case: CaseOut
    patient: PatientOut | None

    @property
    def motive(self) -> str:
        """Return the motive as people read it."""
        return MOTIVES.get(self.case.motive, self.case.motive)

    @property
    def mark(self) -> str:
        """Return how the agenda shows it: ``done``, ``put_off``, ``incomplete`` or nothing."""
        return _MARKS.get(self.case.state, "")


@dataclass(frozen=True, slots=True)
class Attendee:
    """Somebody expected or there; ``mode`` None while they are away."""

    national_id: str
    name: str
    speciality: str
    account_id: UUID | None
    mode: Mode | None
    since: datetime | None

    @property
    def label(self) -> str:
        """Return the speciality in words."""
        return speciality_label(self.speciality)


@dataclass(frozen=True, slots=True)
class Viewed:
    """The case on the screen and what may be done with it."""

    line: Line
    opened: OpenedPatient
    fiche: FicheOut
    may_write: bool


@dataclass(frozen=True, slots=True)
class Board:
    """One screen of a session.

    Attributes:
        quorum: The proof of this moment, or the one frozen with a case already discussed.
        shown: The line of the case on the screen; ``viewed`` its fiche, when it is drawn anew.
        follows: Whether the screen shows the case being discussed.
    """

    opened: OpenedSession
    lines: tuple[Line, ...]
    people: tuple[Attendee, ...]
    quorum: Mapping[str, Any]
    shown: Line | None
    viewed: Viewed | None
    follows: bool
    now: datetime

    @property
    def meeting(self) -> SessionOut:
        """Return the session."""
        return self.opened.meeting

    @property
    def agenda(self) -> tuple[Line, ...]:
        """Return the lines that take a place, and those put off during the session."""
        return tuple(line for line in self.lines if line.case.rank)

    @property
    def passed(self) -> int:
        """Return how many cases have their conclusion."""
        return sum(1 for line in self.lines if line.mark == "done")

    @property
    def counted(self) -> int:
        """Return how many cases the session has to conclude."""
        return sum(1 for line in self.agenda if line.mark != "put_off")

    @property
    def undecided(self) -> tuple[Line, ...]:
        """Return the cases that stand between the session and its end."""
        open_states = (*TO_DISCUSS, CaseState.IN_SESSION, CaseState.REQUESTED)
        return tuple(line for line in self.lines if line.case.state in open_states)

    @property
    def next_case(self) -> CaseOut | None:
        """Return the next case to discuss after the one shown, else the first that waits."""
        shown = self.shown.case if self.shown else None
        waiting = [
            line.case
            for line in self.agenda
            if line.case.state in TO_DISCUSS and (shown is None or line.case.id != shown.id)
        ]
        after = [case for case in waiting if shown is not None and case.rank > shown.rank]
        return next(iter(after or waiting), None)

    @property
    def here(self) -> tuple[Attendee, ...]:
        """Return who takes part now."""
        return tuple(one for one in self.people if one.mode is not None)

    @property
    def is_here(self) -> Mode | None:
        """Return how the visitor takes part."""
        return next((one.mode for one in self.here if one.national_id == self.opened.me), None)

    @property
    def case_seconds(self) -> int:
        """Return for how long the case shown has been discussed."""
        case = self.shown.case if self.shown else None
        if case is None or case.started_at is None:
            return 0
        return int(((case.discussed_at or self.now) - case.started_at).total_seconds())

    @property
    def session_seconds(self) -> int:
        """Return for how long the session has been held."""
        begun, end = self.meeting.opened_at, self.meeting.closed_at or self.now
        return int((end - begun).total_seconds()) if begun else 0


def read_board(
    page: Page,
    session: Session,
    session_id: UUID,
    *,
    wanted: UUID | None,
    is_projected: bool,
    already: UUID | None = None,
) -> Board:
    """Return the screen of a session: the case asked for, else the one being discussed.

    Args:
        already: The case that the screen shows; neither it nor names are read again.

    Raises:
        NotFound: ``RCP-300``, ``RCP-400``.
        AccessRefused: The visitor is neither of this RCP nor expected at the session.
    """
    rules = _warm(session, session_id)
    opened = open_session_page(page, session, session_id)
    if not opened.is_whole:
        refuse_out_of_scope(session_id, LIST_CASES)
    meeting, now = opened.meeting, page.site.runtime.clock()
    cases = list_agenda(session, session_id)
    shown_id = wanted or meeting.current_case_id or _first(cases)
    if wanted is not None and all(case.id != wanted for case in cases):
        raise NotFound("RCP-400", "Ce dossier n'est pas à l'ordre du jour de cette séance.")
    is_known = is_projected or already is not None
    identities = {} if is_known else _identities(session, cases)
    lines = tuple(Line(case, identities.get(case.patient_id)) for case in cases)
    shown = next((line for line in lines if line.case.id == shown_id), None)
    presences = list_presences(session, session_id)
    return Board(
        opened=opened,
        lines=lines,
        people=tuple(_people(meeting, presences)),
        quorum=_quorum(session, rule_of(rules, meeting), shown, presences, now),
        shown=shown,
        viewed=_view(page, session, shown) if shown and shown_id != already else None,
        follows=shown_id == meeting.current_case_id,
        now=now,
    )


def next_rcps(session: Session, case: CaseOut) -> Sequence[Rcp]:
    """Return the RCPs to which a concluded case may be sent on, recours first."""
    if case.discussed_at is None:
        return ()
    kinds = [kind.value for kind in _NEXT_KINDS]
    statement = select(Rcp).where(col(Rcp.kind).in_(kinds), Rcp.id != case.rcp_id)
    found = session.exec(statement.order_by(col(Rcp.sort_key))).all()
    return sorted(found, key=lambda rcp: kinds.index(rcp.kind))


def rule_of(rules: Sequence[QuorumRule], meeting: SessionOut) -> QuorumRule | None:
    """Return the version of the rule that applies to a session."""
    fitting = [rule for rule in rules if rule.is_in_force(meeting.local_start.date())]
    return max(fitting, key=lambda rule: (rule.valid_from, rule.version), default=None)


def _warm(session: Session, session_id: UUID) -> tuple[QuorumRule, ...]:
    """Read the session, its RCP and the versions of its quorum rule with one statement."""
    statement = (
        select(Meeting, Rcp, QuorumRuleRow)
        .join(Rcp, col(Rcp.id) == col(Meeting.rcp_id))
        .join(QuorumRuleRow, col(QuorumRuleRow.code) == col(Rcp.quorum_code), isouter=True)
        .where(Meeting.id == session_id)
    )
    found: Sequence[tuple[Meeting, Rcp, QuorumRuleRow | None]] = session.exec(statement).all()
    return tuple(_rule(row) for _meeting, _rcp, row in found if row is not None)


def _rule(row: QuorumRuleRow) -> QuorumRule:
    return _RULES.get(row.id) or _RULES.setdefault(row.id, read_rule(row.definition))


def _first(cases: Sequence[CaseOut]) -> UUID | None:
    return next((case.id for case in cases if case.state in TO_DISCUSS), None)


def _identities(session: Session, cases: Sequence[CaseOut]) -> Mapping[UUID, PatientOut]:
    return read_identities(session, (case.patient_id for case in cases), event="rcp.session.show")


def _view(page: Page, session: Session, line: Line) -> Viewed | None:
    case = line.case
    if case.fiche_id is None:
        return None
    opened = _open(page, session, line)
    fiche = read_fiche(session, fiche_id=case.fiche_id)
    may_write = case.state in WRITABLE and opened.may(WRITE_FICHES)
    return Viewed(line, opened, fiche, may_write)


def _open(page: Page, session: Session, line: Line) -> OpenedPatient:
    """Decide about the patient of a case; an identity read with the agenda is not read again."""
    patient, case = line.patient, line.case
    if patient is None:
        return open_patient(page, session, case.patient_id, action=READ_FICHES)
    access = read_access(session, page.visitor.actor, patient.id, rules=page.site.access)
    decision = access.decide(READ_FICHES)
    if not decision:
        raise AccessRefused(decision, READ_FICHES, Subject(patient_id=patient.id))
    record_event(
        session,
        "rcp.fiche.read",
        patient_id=patient.id,
        object_kind="rcp_case",
        object_id=case.id,
        basis=decision.basis,
    )
    return OpenedPatient(patient, access, decision.basis, ())


def _quorum(
    session: Session,
    rule: QuorumRule | None,
    shown: Line | None,
    presences: Sequence[PresenceOut],
    now: datetime,
) -> Mapping[str, Any]:
    proof: Mapping[str, Any] = shown.case.quorum if shown is not None else {}
    if not proof:
        opinions = list_opinions(session, shown.case.id) if shown is not None else ()
        proof = quorum_of(rule, presences, opinions, at=now).proof()
    groups: Any = proof["groupes"]
    short = [one for one in groups if one["présents"] < one["minimum"]]
    missing = [one["libellé"] for one in short if one["niveau"] == Level.MANDATORY]
    return {**proof, "manque": missing}


def _people(meeting: SessionOut, presences: Sequence[PresenceOut]) -> Iterator[Attendee]:
    """Yield who was expected, then who came besides; the last interval of each counts."""
    last = {one.national_id: one for one in presences}
    accounts = {guest.national_id: guest.account_id for guest in meeting.guests}
    expected = {guest.national_id: guest for guest in meeting.guests}
    for key in dict.fromkeys([*expected, *last]):
        known, guest = last.get(key), expected.get(key)
        is_here = known is not None and known.left_at is None
        yield Attendee(
            national_id=key,
            name=guest.name if guest else known.name if known else "",
            speciality=guest.speciality if guest else known.speciality if known else "",
            account_id=accounts.get(key),
            mode=known.mode if known and is_here else None,
            since=(known.arrived_at if is_here else known.left_at) if known else None,
        )
