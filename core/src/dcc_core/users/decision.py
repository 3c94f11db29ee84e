"""The decision itself: a pure function of the actor, the action, the subject and the facts.

Default deny: each step can only refuse, and what no step refuses still needs a role that holds the
permission. Plugins come after (``authorize``) and can only refuse as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from dcc_core.hooks.contracts.access import Actor, Permission, Purpose, Sensitivity, Subject
from dcc_core.users.access_tables import CareSource
from dcc_core.users.policy import SYSTEM_ROLE, AccessPolicy, Reach, Role

BREAK_GLASS = "break_glass"
"""Basis of an access that rests on emergency access rather than on a care relation."""


class Reason(StrEnum):
    """Why an access was permitted or refused; stable, written in the audit."""

    PERMITTED = "ACC-100"
    NOT_SIGNED_IN = "ACC-101"
    UNKNOWN_ACTION = "ACC-102"
    NO_ROLE = "ACC-103"
    PURPOSE = "ACC-104"
    NO_PATIENT = "ACC-105"
    NO_RELATION = "ACC-106"
    OUT_OF_SCOPE = "ACC-107"
    CONFIDENTIAL = "ACC-108"
    OPPOSITION = "ACC-109"
    FALLBACK = "ACC-110"
    VETO = "ACC-111"
    UNKNOWN_CONFIDENTIALITY = "ACC-112"


TEXTS: dict[Reason, str] = {
    Reason.PERMITTED: "Accès permis.",
    Reason.NOT_SIGNED_IN: "Vous n'êtes pas connecté. Connectez-vous pour continuer.",
    Reason.UNKNOWN_ACTION: "Cette action n'est pas déclarée. Signalez-le au support.",
    Reason.NO_ROLE: "Votre rôle ne permet pas cette action. "
    "Demandez ce droit à votre 3C ou à l'administrateur régional.",
    Reason.PURPOSE: "Votre rôle ne permet pas cette action pour ce motif d'accès.",
    Reason.NO_PATIENT: "Cette action porte sur un patient et aucun n'est désigné. "
    "Ouvrez d'abord son dossier.",
    Reason.NO_RELATION: "Aucune relation de soin ne vous lie à ce patient. "
    "Demandez à un membre de l'équipe de soins de vous inviter.",
    Reason.OUT_OF_SCOPE: "Cet objet relève d'une autre structure que les vôtres.",
    Reason.CONFIDENTIAL: "Ce document est masqué : seuls y accèdent les professionnels désignés.",
    Reason.OPPOSITION: "Le patient s'est opposé à cet usage de ses données.",
    Reason.FALLBACK: "Action suspendue pendant la connexion de secours. "
    "Reprenez-la après une connexion Pro Santé Connect.",
    Reason.VETO: "Une règle de la région refuse cet accès.",
    Reason.UNKNOWN_CONFIDENTIALITY: "Le niveau de confidentialité de ce document est inconnu. "
    "Signalez-le au support.",
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and why.

    Attributes:
        code: Reason code, ``ACC-1nn``.
        text: French sentence for the person, without patient data.
        basis: Source of the care relation that permitted (``role`` when the role needs none),
            ``break_glass``, or, on a veto, the reason code of the plugin.
        break_glass_possible: Whether emergency access may be offered.
    """

    permitted: bool
    code: str
    text: str
    basis: str = ""
    break_glass_possible: bool = False

    def __bool__(self) -> bool:
        return self.permitted


@dataclass(frozen=True, slots=True)
class Relation:
    """A care relation in force that concerns the actor.

    Attributes:
        personal: It names the account itself.
        is_team: It names the organisation where the actor acts now.
        scope: The scope it goes through (``rcp:…``, ``organisation:…``), empty when personal.
    """

    source: str
    personal: bool = False
    is_team: bool = False
    scope: str = ""


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What a decision about one patient needs to know, read once for many decisions.

    Attributes:
        oppositions: Purposes the patient opposes now (``dcc``, ``research``, ``emergency`` …).
        emergency: Whether the actor has an emergency access open on this patient.
    """

    patient_id: UUID | None = None
    relations: tuple[Relation, ...] = ()
    oppositions: frozenset[str] = field(default_factory=frozenset)
    emergency: bool = False


NO_FACTS = PatientFacts()
_ABOUT_ACCESS = frozenset({"core.audit.patient", "core.care_team.manage"})
_CLOSES_EMERGENCY = frozenset({"dcc", "emergency"})
_TRUSTED_SOURCES = frozenset({CareSource.AUTHOR, CareSource.TREATING})
_NON_CLINICAL_PURPOSES = frozenset({Purpose.ADMINISTRATION, Purpose.AUDIT, Purpose.STATISTICS})


def decide(
    actor: Actor,
    action: str,
    subject: Subject,
    purpose: Purpose | None,
    *,
    facts: PatientFacts,
    policy: AccessPolicy,
) -> Decision:
    """Return the decision of the core; pure, so that every combination can be tested.

    Without a stated purpose, the usual purpose of each role is assumed.
    """
    permission = policy.permissions.get(action)
    if permission is None:
        return _refused(Reason.UNKNOWN_ACTION)
    if actor.account_id is None and SYSTEM_ROLE not in actor.roles:
        return _refused(Reason.NOT_SIGNED_IN)
    roles = policy.roles_with(action, _usable_roles(actor))
    if not roles:
        return _refused(Reason.NO_ROLE)
    if actor.fallback and action in policy.refused_in_fallback:
        return _refused(Reason.FALLBACK)
    if permission.needs_patient:
        return _decide_on_patient(actor, permission, roles, subject, purpose, facts, policy)
    return _decide_on_object(actor, permission, roles, subject, purpose)


def _usable_roles(actor: Actor) -> frozenset[str]:
    """The system role counts for the system alone, whatever an account claims."""
    return actor.roles if actor.account_id is None else actor.roles - {SYSTEM_ROLE}


def _decide_on_object(
    actor: Actor,
    permission: Permission,
    roles: tuple[Role, ...],
    subject: Subject,
    purpose: Purpose | None,
) -> Decision:
    allowed = [role for role in roles if _fits_purpose(role, permission, purpose)]
    if not allowed:
        return _refused(Reason.PURPOSE)
    scope = f"organisation:{subject.organisation_id}"
    if subject.organisation_id is not None and not any(
        role.reach is not Reach.SCOPE or _holds(actor, role, scope) for role in allowed
    ):
        return _refused(Reason.OUT_OF_SCOPE)
    return _permitted()


def _decide_on_patient(
    actor: Actor,
    permission: Permission,
    roles: tuple[Role, ...],
    subject: Subject,
    purpose: Purpose | None,
    facts: PatientFacts,
    policy: AccessPolicy,
) -> Decision:
    if subject.patient_id is None or facts.patient_id != subject.patient_id:
        return _refused(Reason.NO_PATIENT)
    if facts.emergency and permission.code in policy.emergency.permissions:
        return _decide_in_emergency(roles, subject, facts)
    fitting = [role for role in roles if _fits_purpose(role, permission, purpose)]
    if not fitting:
        return _refused(Reason.PURPOSE)
    relation = _best_relation(actor, fitting, facts.relations)
    everywhere = any(role.reach is Reach.ALL for role in fitting)
    if relation is None and not everywhere:
        return _refused(
            Reason.NO_RELATION,
            break_glass_possible=_may_break_glass(roles, permission, facts, policy),
        )
    if actor.account_id is not None and _is_opposed(fitting, permission, purpose, relation, facts):
        return _refused(Reason.OPPOSITION)
    if actor.account_id is not None:
        refusal = _confidentiality_refusal(subject.confidentiality, relation)
        if refusal is not None:
            return _refused(refusal)
    return _permitted(relation.source if relation else "role")


def _decide_in_emergency(
    roles: tuple[Role, ...], subject: Subject, facts: PatientFacts
) -> Decision:
    if not any(role.break_glass for role in roles):
        return _refused(Reason.NO_ROLE)
    if _CLOSES_EMERGENCY & facts.oppositions:
        return _refused(Reason.OPPOSITION)
    refusal = _confidentiality_refusal(subject.confidentiality, _best_of(facts.relations))
    return _refused(refusal) if refusal else _permitted(BREAK_GLASS)


def _fits_purpose(role: Role, permission: Permission, stated: Purpose | None) -> bool:
    purpose = stated or role.purposes[0]
    if purpose not in role.purposes:
        return False
    if permission.sensitivity is Sensitivity.CLINICAL and role.code != SYSTEM_ROLE:
        return purpose not in _NON_CLINICAL_PURPOSES
    return True


def _holds(actor: Actor, role: Role, scope: str) -> bool:
    """A scope granted with one role does not serve another role of the same person."""
    if scope not in actor.scopes:
        return False
    return not actor.scoped_roles or (role.code, scope) in actor.scoped_roles


def _opens(actor: Actor, role: Role, relation: Relation) -> bool:
    if relation.personal or (relation.is_team and role.reach is Reach.RELATION):
        return True
    return _holds(actor, role, relation.scope)


def _best_relation(
    actor: Actor, roles: Iterable[Role], relations: Iterable[Relation]
) -> Relation | None:
    return _best_of(
        relation for relation in relations if any(_opens(actor, role, relation) for role in roles)
    )


def _best_of(relations: Iterable[Relation]) -> Relation | None:
    """The relation that opens most: personal and trusted first."""
    return max(
        relations,
        key=lambda relation: (relation.personal, relation.source in _TRUSTED_SOURCES),
        default=None,
    )


def _is_opposed(
    roles: Iterable[Role],
    permission: Permission,
    stated: Purpose | None,
    relation: Relation | None,
    facts: PatientFacts,
) -> bool:
    """Opposition to research closes research; opposition to the DCC leaves the author alone."""
    if all((stated or role.purposes[0]) is Purpose.RESEARCH for role in roles):
        return "research" in facts.oppositions
    if "dcc" not in facts.oppositions or not _shows_content(permission):
        return False
    return relation is None or relation.source != CareSource.AUTHOR or not relation.personal


def _shows_content(permission: Permission) -> bool:
    """A title can say as much as a document; identity and the rules of access stay open."""
    if permission.sensitivity is Sensitivity.ADMINISTRATIVE:
        return permission.code not in _ABOUT_ACCESS
    return permission.sensitivity is Sensitivity.CLINICAL


def _confidentiality_refusal(level: str, relation: Relation | None) -> Reason | None:
    """HL7 v3 Confidentiality: N normal, R restricted to named persons, V to author and treating."""
    personal = relation is not None and relation.personal
    match level:
        case "N":
            return None
        case "R":
            return None if personal else Reason.CONFIDENTIAL
        case "V":
            trusted = personal and relation is not None and relation.source in _TRUSTED_SOURCES
            return None if trusted else Reason.CONFIDENTIAL
        case _:
            return Reason.UNKNOWN_CONFIDENTIALITY


def _may_break_glass(
    roles: Iterable[Role], permission: Permission, facts: PatientFacts, policy: AccessPolicy
) -> bool:
    return (
        permission.code in policy.emergency.permissions
        and not _CLOSES_EMERGENCY & facts.oppositions
        and any(role.break_glass for role in roles)
    )


def _permitted(basis: str = "") -> Decision:
    return Decision(True, Reason.PERMITTED, TEXTS[Reason.PERMITTED], basis)


def _refused(reason: Reason, *, break_glass_possible: bool = False) -> Decision:
    return Decision(False, reason, TEXTS[reason], break_glass_possible=break_glass_possible)
