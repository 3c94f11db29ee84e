"""Lines of an agenda: case, patient, how ready the fiche is; few statements for any number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from dcc_core.api import PatientOut, read_identities
from dcc_rcp_forms.api import FicheOut, read_fiches
from dcc_rcp_meetings.cases.models import MOTIVES, CaseOut
from dcc_rcp_meetings.cases.readiness import Readiness, readiness_of
from dcc_rcp_meetings.quorum.engine import Participant, QuorumState, evaluate_quorum
from dcc_rcp_meetings.quorum.rules import Mode, QuorumRule
from dcc_rcp_meetings.sessions.models import Answer, Guest


@dataclass(frozen=True, slots=True)
class AgendaLine:
    """One case as lists show it; ``readiness`` is None when the fiche has moved on."""

    case: CaseOut
    patient: PatientOut | None
    readiness: Readiness | None

    @property
    def motive(self) -> str:
        """Return the motive as people read it."""
        return MOTIVES.get(self.case.motive, self.case.motive)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the answers of the guests promise: ``tone`` is ``ok`` or ``warn``."""

    tone: str
    text: str
    missing: tuple[str, ...] = ()


def agenda_lines(
    session: Session, cases: Iterable[CaseOut], *, event: str = "rcp.agenda"
) -> tuple[AgendaLine, ...]:
    """Return the lines of some cases, in their order."""
    shown = tuple(cases)
    patients = read_identities(session, (case.patient_id for case in shown), event=event)
    fiches = read_fiches(session, (case.fiche_id for case in shown if case.fiche_id))
    return tuple(_line(case, patients, fiches) for case in shown)


def outlook_of(rule: QuorumRule | None, guests: Iterable[Guest]) -> Outlook:
    """Return what the quorum will be if people come as they answered."""
    if rule is None:
        return Outlook("", "Sans règle")
    people = [(guest, _participant(guest)) for guest in guests]
    coming = [p for guest, p in people if guest.answer in {Answer.ROOM, Answer.VIDEO}]
    silent = [p for guest, p in people if guest.answer is Answer.NONE]
    promised = evaluate_quorum(rule, coming)
    if promised.state is QuorumState.REACHED:
        return Outlook("ok", "Quorum", promised.awaited)
    hoped = evaluate_quorum(rule, [*coming, *silent])
    if hoped.state is QuorumState.REACHED:
        many = len(silent) > 1
        return Outlook("warn", f"{len(silent)} réponse{'s' if many else ''}", promised.missing)
    return Outlook("warn", "Quorum à risque", hoped.missing)


def _line(
    case: CaseOut, patients: Mapping[UUID, PatientOut], fiches: Mapping[UUID, FicheOut]
) -> AgendaLine:
    patient = patients.get(case.patient_id)
    fiche = fiches.get(case.fiche_id) if case.fiche_id else None
    readiness = readiness_of(case, fiche, patient) if fiche and patient else None
    return AgendaLine(case, patient, readiness)


def _participant(guest: Guest) -> Participant:
    mode = Mode.VIDEO if guest.answer is Answer.VIDEO else Mode.ROOM
    specialities = (guest.speciality,) if guest.speciality else ()
    return Participant(guest.national_id, guest.name, specialities, mode, guest.profession)
