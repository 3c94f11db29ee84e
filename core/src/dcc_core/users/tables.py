"""Tables of accounts: people, how they are known elsewhere, where they work, what they may do."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Column, UniqueConstraint
from sqlmodel import Field

from dcc_core.db.tables import CoreTable
from dcc_core.db.types import Json, SortableText, UtcDateTime


class AccountState(StrEnum):
    """Life of an account; it is never deleted, so that authorship stays readable."""

    ACTIVE = "active"
    DISABLED = "disabled"


class OrganisationKind(StrEnum):
    """What an organisation is."""

    ESTABLISHMENT = "establishment"
    PRACTICE = "practice"
    LABORATORY = "laboratory"
    NETWORK = "network"


class RequestState(StrEnum):
    """Where an account request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    REFUSED = "refused"


class Account(CoreTable, table=True):
    """A person who may sign in; one named account each, never shared.

    ``national_id`` is PS_IdNat as the directory writes it (``8`` + RPPS, ``3`` FINESS/…): neither
    eleven characters long nor made of digits only. ``login`` exists for local accounts alone.
    ``sort_key`` is the name without accents or case, so that both engines list and find alike.
    """

    __tablename__ = "core_account"
    __table_args__ = (
        UniqueConstraint("national_id", name="uq_core_account_national_id"),
        UniqueConstraint("login", name="uq_core_account_login"),
        CheckConstraint("state IN ('active', 'disabled')", name="state"),
        CheckConstraint("national_id IS NOT NULL OR login IS NOT NULL", name="identifier"),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    national_id: str | None = Field(default=None, max_length=80)
    login: str | None = Field(default=None, max_length=80)
    family_name: str = Field(max_length=100)
    given_name: str = Field(max_length=100)
    sort_key: str = Field(sa_column=Column(SortableText, nullable=False, index=True))
    title: str = Field(default="", max_length=20)
    profession: str = Field(default="", max_length=20)
    specialty: str = Field(default="", max_length=20)
    email: str = Field(default="", max_length=200)
    state: str = Field(default=AccountState.ACTIVE, max_length=10)
    created_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    created_by: UUID | None = None
    expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    revalidate_by: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_seen_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    disabled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    disabled_reason: str = Field(default="", max_length=200)
    terms_version: str = Field(default="", max_length=20)


class AccountLink(CoreTable, table=True):
    """How an identity provider knows an account: its own stable identifier of the person."""

    __tablename__ = "core_account_link"
    __table_args__ = (UniqueConstraint("provider", "subject", name="uq_core_account_link_subject"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="core_account.id", index=True)
    provider: str = Field(max_length=40)
    subject: str = Field(max_length=200)
    linked_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))


class LocalCredential(CoreTable, table=True):
    """Password and one-time code of a local account. The secret of the codes is stored encrypted.

    ``last_step`` is the last time step accepted: a code works once. ``recovery`` holds digests of
    single-use recovery codes.
    """

    __tablename__ = "core_local_credential"

    account_id: UUID = Field(foreign_key="core_account.id", primary_key=True)
    password_hash: str = Field(default="", max_length=200)
    totp_secret: str = Field(max_length=200)
    enrolled_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    last_step: int = 0
    recovery: list[str] = Field(default_factory=list, sa_column=Column(Json, nullable=False))
    invitation_hash: str = Field(default="", max_length=64, index=True)
    invitation_expires_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class SignInFailure(CoreTable, table=True):
    """One failed local sign-in, by bucket (login and address, or login and known device)."""

    __tablename__ = "core_sign_in_failure"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    bucket: str = Field(max_length=64, index=True)
    at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False, index=True))


class Organisation(CoreTable, table=True):
    """A structure where professionals act, by geographic FINESS or SIRET."""

    __tablename__ = "core_organisation"
    __table_args__ = (
        UniqueConstraint("finess", name="uq_core_organisation_finess"),
        UniqueConstraint("siret", name="uq_core_organisation_siret"),
        CheckConstraint(
            "kind IN ('establishment', 'practice', 'laboratory', 'network')", name="kind"
        ),
    )

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    kind: str = Field(default=OrganisationKind.ESTABLISHMENT, max_length=20)
    name: str = Field(max_length=200)
    finess: str | None = Field(default=None, max_length=9)
    siret: str | None = Field(default=None, max_length=14)
    is_3c: bool = False
    closed_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))


class RoleGrant(CoreTable, table=True):
    """A role of the matrix held by an account for a time.

    ``organisation_id`` limits it to that activity: it counts only when the account acts there.
    ``scope`` (``rcp:…``, ``establishment:…``, ``organisation:…``) says which patients and objects a
    role of scope reaches.
    """

    __tablename__ = "core_role_grant"

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    account_id: UUID = Field(foreign_key="core_account.id", index=True)
    role: str = Field(max_length=40)
    organisation_id: UUID | None = Field(default=None, foreign_key="core_organisation.id")
    scope: str = Field(default="", max_length=100)
    starts_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    ends_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    granted_by: UUID | None = None


class AccountRequest(CoreTable, table=True):
    """Somebody asks for an account; a person reviews it."""

    __tablename__ = "core_account_request"
    __table_args__ = (CheckConstraint("state IN ('pending', 'approved', 'refused')", name="state"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    national_id: str = Field(default="", max_length=80)
    family_name: str = Field(max_length=100)
    given_name: str = Field(max_length=100)
    email: str = Field(default="", max_length=200)
    profession: str = Field(default="", max_length=20)
    role: str = Field(max_length=40)
    finess: str = Field(default="", max_length=9)
    motive: str = Field(default="", max_length=500)
    state: str = Field(default=RequestState.PENDING, max_length=10, index=True)
    submitted_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    decided_at: datetime | None = Field(default=None, sa_column=Column(UtcDateTime))
    decided_by: UUID | None = None
    decision: str = Field(default="", max_length=500)
    account_id: UUID | None = Field(default=None, foreign_key="core_account.id")


class UserSession(CoreTable, table=True):
    """A browser session. The cookie holds a random token; the database only its digest.

    ``id`` is the handle by which the session is listed and revoked. ``data`` keeps what a sign-in
    in progress needs (states of providers, return path); it never leaves the server.
    """

    __tablename__ = "core_session"
    __table_args__ = (UniqueConstraint("token_hash", name="uq_core_session_token_hash"),)

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    token_hash: str = Field(max_length=64)
    account_id: UUID | None = Field(default=None, foreign_key="core_account.id", index=True)
    organisation_id: UUID | None = Field(default=None, foreign_key="core_organisation.id")
    opened_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    last_seen_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    expires_at: datetime = Field(sa_column=Column(UtcDateTime, nullable=False))
    provider: str = Field(default="", max_length=40)
    provider_session: str = Field(default="", max_length=200, index=True)
    provider_subject: str = Field(default="", max_length=200, index=True)
    acr: str = Field(default="", max_length=40)
    auth_mode: str = Field(default="", max_length=20)
    fallback: bool = False
    source_ip: str = Field(default="", max_length=45)
    user_agent: str = Field(default="", max_length=200)
    data: dict[str, Any] = Field(default_factory=dict, sa_column=Column(Json, nullable=False))
