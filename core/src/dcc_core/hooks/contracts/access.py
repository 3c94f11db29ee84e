"""Access decisions: the question asked to ``authorize`` and what plugins may answer. They only
restrict.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Sensitivity(StrEnum):
    """What a permission opens; administrators never hold a clinical one."""

    PUBLIC = "public"
    TECHNICAL = "technical"
    ADMINISTRATIVE = "administrative"
    IDENTITY = "identity"
    CLINICAL = "clinical"


@dataclass(frozen=True, slots=True)
class Permission:
    """A right that routes and services name.

    Attributes:
        code: ``<plugin>.<object>.<verb>``; the core's own start with ``core.``.
        label: What it allows, in French, for the administration screens.
        default_roles: Roles of the role matrix that hold it unless the region decides otherwise.
        needs_patient: Whether the decision also asks for a care relation with the patient at hand.
    """

    code: str
    label: str
    sensitivity: Sensitivity
    default_roles: frozenset[str] = frozenset()
    needs_patient: bool = False


class Purpose(StrEnum):
    """Why the access happens (purpose of use)."""

    CARE = "care"
    COORDINATION = "coordination"
    EMERGENCY = "emergency"
    ADMINISTRATION = "administration"
    AUDIT = "audit"
    STATISTICS = "statistics"
    RESEARCH = "research"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: an account in the activity chosen at sign-in, or the system itself (``account_id``
    None).

    Attributes:
        roles: Codes of the roles held now, already limited to the activity.
        scopes: What the roles are limited to, as ``kind:value`` (``establishment:310000001``,
            ``rcp:…``).
        fallback: Whether the sign-in happened while the national provider was down.
        scoped_roles: ``(role, scope)`` pairs, when a scope limits one role and not another; empty
            means that every scope holds for every role.
    """

    account_id: UUID | None
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    national_id: str = ""
    organisation_id: UUID | None = None
    session_id: str = ""
    acr: str = ""
    fallback: bool = False
    scoped_roles: frozenset[tuple[str, str]] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """What the action bears on. All None for an action on no object in particular."""

    patient_id: UUID | None = None
    kind: str = ""
    object_id: UUID | None = None
    organisation_id: UUID | None = None
    confidentiality: str = "N"


@dataclass(frozen=True, slots=True)
class Deny:
    """A plugin's refusal: stable reason code for the audit, French text for the person."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class BreakGlassRule:
    """What a plugin adds to emergency access: a justification to choose, or ``forbidden`` with its
    text.
    """

    key: str
    text: str
    forbidden: bool = False
