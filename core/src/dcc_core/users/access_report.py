"""Who looked at a patient's record, and why: what the patient may ask for, in plain French.

GDPR art. 15 (dates and purposes of consultations); CSP R.1111-46 (traces open to the holder).
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import union_all
from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry, record_event
from dcc_core.users.access_tables import BreakGlass
from dcc_core.users.policy import AccessPolicy
from dcc_core.users.tables import Account, Organisation

_MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
_ACTS: Mapping[str, str] = {
    "patient.read": "a ouvert la fiche d'identité",
    "patient.create": "a créé l'identité",
    "patient.update": "a modifié l'identité",
    "patient.opposition": "a enregistré une opposition ou son retrait",
    "patient.merge": "a réuni deux dossiers du patient",
    "patient.unmerge": "a séparé deux dossiers réunis",
    "record.read": "a ouvert le dossier",
    "document.read": "a lu un document",
    "document.list": "a consulté la liste des documents",
    "document.history": "a consulté les versions d'un document",
    "document.export": "a téléchargé ou imprimé un document",
    "document.file": "a déposé un document",
    "document.withdraw": "a retiré un document",
    "message.receive": "a reçu un message",
    "message.attach": "a rattaché un message reçu",
    "delivery.finish": "a envoyé un document à un destinataire",
    "care_relation.open": "a ouvert l'accès à un membre de l'équipe de soins",
    "care_relation.prolong": "a prolongé l'accès d'un membre de l'équipe de soins",
    "care_relation.end": "a fermé l'accès d'un membre de l'équipe de soins",
    "break_glass.open": "a ouvert le dossier en urgence",
    "break_glass.end": "a refermé un accès en urgence",
    "break_glass.review": "a contrôlé un accès en urgence",
    "access.refused": "a demandé un accès, qui a été refusé",
    "access.report": "a édité la liste des accès au dossier",
    "audit.read": "a consulté le journal des accès",
}
_VERBS: Mapping[str, str] = {
    "read": "a consulté une partie du dossier",
    "list": "a consulté une liste du dossier",
    "create": "a ajouté un élément au dossier",
    "update": "a modifié un élément du dossier",
    "sign": "a validé un élément du dossier",
    "export": "a téléchargé ou imprimé une partie du dossier",
}
_GROUNDS: Mapping[str, str] = {
    "author": "auteur du document",
    "presenter": "présente le dossier en RCP",
    "named": "désigné dans la fiche",
    "treating": "médecin traitant",
    "stay": "équipe de l'établissement où le patient est suivi",
    "rcp": "participe à la RCP du patient",
    "invitation": "invité par l'équipe de soins",
    "consent": "avec l'accord du patient",
    "role": "mission confiée par la région",
    "break_glass": "accès en urgence",
}
_PURPOSES: Mapping[str, str] = {
    "care": "soins",
    "coordination": "coordination des soins",
    "emergency": "urgence",
    "administration": "gestion administrative",
    "audit": "contrôle des accès",
    "statistics": "statistiques",
    "research": "recherche",
}


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One access, as a patient reads it.

    Attributes:
        ground: Why this person could: the care relation, in words.
        reason: What the person stated, in an emergency access.
    """

    at: datetime
    who: str
    role: str
    organisation: str
    act: str
    purpose: str
    ground: str
    reason: str
    emergency: bool
    refused: bool


@dataclass(frozen=True, slots=True)
class AccessReport:
    """Every access to a patient's record, newest first."""

    patient_id: UUID
    made_at: datetime
    timezone: str
    lines: tuple[AccessLine, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the report as JSON values; the same data make the printed version."""
        lines = [asdict(line) | {"sentence": self.sentence(line)} for line in self.lines]
        return {
            "patient_id": str(self.patient_id),
            "made_at": self.made_at.isoformat(),
            "timezone": self.timezone,
            "accesses": [line | {"at": line["at"].isoformat()} for line in lines],
        }

    def sentence(self, line: AccessLine) -> str:
        """Return one access as a sentence."""
        described = ", ".join(part for part in (line.role, line.organisation) if part)
        who = f"{line.who} ({described})" if described else line.who
        why = f"motif : {line.purpose}"
        if line.ground:
            why += f", {line.ground}"
        if line.reason:
            why += f" – « {line.reason} »"
        return f"{self.moment(line.at)}, {who} {line.act} ; {why}."

    def moment(self, at: datetime) -> str:
        """Return a date and time as people read them, in the region's time zone."""
        local = at.astimezone(ZoneInfo(self.timezone))
        day = "1er" if local.day == 1 else str(local.day)
        return f"Le {day} {_MONTHS[local.month - 1]} {local.year} à {local:%H h %M}"


def report_accesses(
    session: Session,
    *,
    patient_id: UUID,
    policy: AccessPolicy,
    now: datetime,
    timezone: str,
    aliases: Collection[UUID] = (),
    archived: Iterable[Mapping[str, str]] = (),
) -> AccessReport:
    """Return every access to the record of a patient; making the report is itself audited.

    Args:
        aliases: Other identifiers of the same patient, from records merged into this one.
        archived: Rows of audit archives, as text.
    """
    wanted = {patient_id, *aliases}
    entries = session.exec(
        select(AuditEntry)
        .where(col(AuditEntry.patient_id).in_(wanted))
        .order_by(col(AuditEntry.sequence).desc())
    ).all()
    hexes = {identifier.hex for identifier in wanted}
    old = [_restored(row) for row in archived if row["patient_id"] in hexes]
    reader = _Reader(session, [*entries, *reversed(old)], policy)
    record_event(
        session, "access.report", patient_id=patient_id, details={"rows": len(entries) + len(old)}
    )
    return AccessReport(patient_id, now, timezone, tuple(reader.lines()))


class _Reader:
    """Puts names on the identifiers of audit rows, read together."""

    def __init__(
        self, session: Session, entries: Sequence[AuditEntry], policy: AccessPolicy
    ) -> None:
        self._entries = entries
        self._policy = policy
        accounts = {entry.actor_id for entry in entries if entry.actor_id}
        places = {UUID(place) for entry in entries if (place := entry.actor.get("organisation"))}
        opened = {e.object_id for e in entries if e.event == "break_glass.open" and e.object_id}
        self._texts = _texts(session, accounts, places, opened)

    def lines(self) -> Iterator[AccessLine]:
        for entry in self._entries:
            yield AccessLine(
                at=entry.at,
                who=self._who(entry),
                role=self._role(entry),
                organisation=self._place(entry),
                act=_act(entry.event),
                purpose=_PURPOSES.get(entry.purpose, entry.purpose),
                ground=_GROUNDS.get(entry.basis, ""),
                reason=self._reason(entry),
                emergency=entry.basis == "break_glass",
                refused=entry.outcome == "denied",
            )

    def _who(self, entry: AuditEntry) -> str:
        if entry.actor_id is None:
            return "Le système"
        return self._texts.get(entry.actor_id, "Un professionnel dont le compte n'est plus connu")

    def _role(self, entry: AuditEntry) -> str:
        if entry.actor_id is None:
            return ""
        labels = (self._policy.roles.get(code) for code in entry.actor.get("roles", ()))
        return ", ".join(role.label for role in labels if role)

    def _place(self, entry: AuditEntry) -> str:
        stated = entry.actor.get("organisation")
        return self._texts.get(UUID(stated), "") if stated else ""

    def _reason(self, entry: AuditEntry) -> str:
        if entry.event != "break_glass.open":
            return ""
        stated = self._policy.emergency.reasons.get(entry.reason, "")
        free = self._texts.get(entry.object_id, "") if entry.object_id else ""
        return " : ".join(part for part in (stated, free) if part)


def _texts(
    session: Session, accounts: set[UUID], places: set[UUID], opened: set[UUID]
) -> Mapping[UUID, str]:
    """Return the names of people and places and the justifications, read in one statement."""
    person = col(Account.given_name) + " " + col(Account.family_name)
    statement = union_all(
        select(Account.id, person).where(col(Account.id).in_(accounts)),
        select(Organisation.id, Organisation.name).where(col(Organisation.id).in_(places)),
        select(BreakGlass.id, BreakGlass.justification).where(col(BreakGlass.id).in_(opened)),
    )
    return {row[0]: row[1] for row in session.execute(statement)}


def _act(event: str) -> str:
    if event in _ACTS:
        return _ACTS[event]
    return _VERBS.get(event.rpartition(".")[2], "a effectué une opération sur le dossier")


def _restored(row: Mapping[str, str]) -> AuditEntry:
    """An archived row as the report needs it."""
    return AuditEntry(
        sequence=int(row["sequence"]),
        at=datetime.fromisoformat(row["at"]).replace(tzinfo=UTC),
        event=row["event"],
        outcome=row["outcome"],
        actor_id=UUID(row["actor_id"]) if row["actor_id"] else None,
        actor=json.loads(row["actor"]),
        purpose=row["purpose"],
        patient_id=UUID(row["patient_id"]),
        object_id=UUID(row["object_id"]) if row["object_id"] else None,
        reason=row["reason"],
        basis=row["basis"],
        details=json.loads(row["details"]),
    )
