"""The audit in words that a patient reads: who, what, when, why, through what."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit import AuditEntry
from dcc_core.users import AccessPolicy, Account, RoleGrant
from dcc_core.web.i18n import gettext as _
from dcc_core.web.i18n import later

PAGE_SIZE = 50
_LOOKED_BACK = 200
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "lectures": ("patient.read", "patient.search", "document.list", "document.read"),
    "modifications": ("patient.create", "patient.update", "patient.validate", "document.file"),
    "envois": ("document.export", "delivery.send", "delivery.fail", "delivery.retry"),
    "urgence": ("break_glass.open", "break_glass.end", "break_glass.review"),
}
"""Filters of the journal."""

_WORDS: Mapping[str, tuple[str, str, str]] = {
    "patient.read": (later("Dossier consulté"), "eye", ""),
    "patient.search": (later("Vu dans une recherche"), "search", ""),
    "patient.create": (later("Dossier créé"), "user-round-plus", "ok"),
    "patient.update": (later("Identité modifiée"), "pencil", "warn"),
    "patient.validate": (later("Identité validée"), "badge-check", "info"),
    "patient.ins": (later("INS récupérée"), "shield-check", "info"),
    "patient.attribute": (later("Alerte d’identité"), "triangle-alert", "warn"),
    "patient.opposition": (later("Information du patient"), "hand", "ok"),
    "patient.merge": (later("Dossiers rapprochés"), "git-merge", "note"),
    "patient.unmerge": (later("Rapprochement annulé"), "split", "note"),
    "document.list": (later("Liste des documents consultée"), "files", ""),
    "document.read": (later("Document consulté"), "eye", ""),
    "document.history": (later("Versions consultées"), "history", ""),
    "document.file": (later("Document déposé"), "file-plus", "ok"),
    "document.withdraw": (later("Document retiré"), "file-x", "warn"),
    "document.export": (later("Document téléchargé"), "download", "info"),
    "care_relation.open": (later("Accès ouvert"), "user-round-check", "ok"),
    "care_relation.prolong": (later("Accès prolongé"), "user-round-check", "ok"),
    "care_relation.end": (later("Accès fermé"), "user-round-x", "warn"),
    "break_glass.open": (later("Accès en urgence"), "lock-open", "danger"),
    "break_glass.end": (later("Fin de l’accès en urgence"), "lock", ""),
    "break_glass.review": (later("Accès en urgence relu"), "list-checks", ""),
    "access.refused": (later("Accès refusé"), "ban", "danger"),
    "message.attach": (later("Résultat rattaché"), "link", "info"),
    "delivery.fail": (later("Envoi en échec"), "circle-x", "danger"),
    "delivery.retry": (later("Envoi relancé"), "refresh-cw", ""),
}
_BASES: Mapping[str, str] = {
    "author": later("Équipe de soins (créateur du dossier)"),
    "presenter": later("Présentation en RCP"),
    "named": later("Nommé dans la fiche"),
    "treating": later("Médecin traitant"),
    "stay": later("Séjour dans la structure"),
    "rcp": later("Séance RCP"),
    "invitation": later("Invité par l’équipe"),
    "consent": later("Accord du patient"),
    "break_glass": later("Urgence, à justifier"),
    "role": later("Mission de la personne"),
}
_CHANNELS: Mapping[str, str] = {
    "web": later("Navigateur"),
    "api": later("Interface de programmation"),
    "cli": later("Ligne de commande"),
    "job": later("Tâche automatique"),
}


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One access as the page shows it."""

    sequence: int
    at: datetime
    who: str
    roles: tuple[str, ...]
    label: str
    icon: str
    tone: str
    basis: str
    channel: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Journal:
    """One page of the journal, latest first; ``older`` starts the next one."""

    lines: tuple[JournalLine, ...]
    older: int | None


def read_journal(
    session: Session,
    *,
    patient_id: UUID | None = None,
    actor_id: UUID | None = None,
    events: Sequence[str] = (),
    before: int | None = None,
) -> Journal:
    """Return one page of the audit, by its order of writing; no row is counted."""
    statement = select(AuditEntry).order_by(col(AuditEntry.sequence).desc()).limit(PAGE_SIZE + 1)
    if patient_id is not None:
        statement = statement.where(AuditEntry.patient_id == patient_id)
    if actor_id is not None:
        statement = statement.where(AuditEntry.actor_id == actor_id)
    if events:
        statement = statement.where(col(AuditEntry.event).in_(events))
    if before is not None:
        statement = statement.where(col(AuditEntry.sequence) < before)
    rows = session.exec(statement).all()
    names = account_names(session, {row.actor_id for row in rows if row.actor_id is not None})
    lines = tuple(_line(row, names) for row in rows[:PAGE_SIZE])
    return Journal(lines, lines[-1].sequence if len(rows) > PAGE_SIZE else None)


def patients_opened_by(session: Session, account_id: UUID, *, limit: int) -> tuple[UUID, ...]:
    """Return the patients whose dossier somebody opened last, the latest first."""
    rows = session.exec(
        select(AuditEntry.patient_id)
        .where(AuditEntry.actor_id == account_id, AuditEntry.event == "patient.read")
        .order_by(col(AuditEntry.sequence).desc())
        .limit(_LOOKED_BACK)
    )
    return tuple(dict.fromkeys(found for found in rows if found is not None))[:limit]


def account_names(session: Session, wanted: Collection[UUID]) -> dict[UUID, str]:
    """Return how the holders of accounts are called, in one statement."""
    if not wanted:
        return {}
    found = session.exec(select(Account).where(col(Account.id).in_(wanted)))
    return {a.id: f"{a.title} {a.given_name} {a.family_name}".strip() for a in found}


def role_labels(
    session: Session, policy: AccessPolicy, wanted: Collection[UUID]
) -> dict[UUID, str]:
    """Return what the holders of accounts do, in one statement."""
    labels: dict[UUID, list[str]] = {}
    for grant in session.exec(select(RoleGrant).where(col(RoleGrant.account_id).in_(wanted))):
        if grant.role in policy.roles:
            labels.setdefault(grant.account_id, []).append(policy.roles[grant.role].label)
    return {account_id: ", ".join(dict.fromkeys(found)) for account_id, found in labels.items()}


def _line(row: AuditEntry, names: Mapping[UUID, str]) -> JournalLine:
    label, icon, tone = _WORDS.get(row.event, (row.event, "activity", ""))
    who = names.get(row.actor_id, "") if row.actor_id else ""
    return JournalLine(
        sequence=row.sequence or 0,
        at=row.at,
        who=who or _("Système régional"),
        roles=tuple(row.actor.get("roles", ())),
        label=_(label),
        icon=icon,
        tone=tone,
        basis=_(_BASES.get(row.basis, row.basis)) if row.basis else "",
        channel=_(_CHANNELS.get(row.via, row.via)),
        outcome=row.outcome,
        reason=row.reason,
    )
