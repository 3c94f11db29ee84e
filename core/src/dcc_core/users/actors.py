"""From the token of a session to the actor that decisions are made about."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, bindparam, func, or_, select
from sqlmodel import Session

from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.hooks.contracts.access import Actor
from dcc_core.users.notification_tables import Notification
from dcc_core.users.sessions import is_alive, may_act, token_digest

ANONYMOUS = Actor(account_id=None)
"""Somebody who has not signed in: may do nothing that asks for a permission."""

_session = METADATA.tables["core_session"].c
_account = METADATA.tables["core_account"].c
_grant = METADATA.tables["core_role_grant"].c
_notification = METADATA.tables[str(Notification.__tablename__)].c
_NOW = bindparam("now", type_=_session.expires_at.type)

_granted_here = and_(
    _grant.account_id == _account.id,
    or_(_grant.organisation_id.is_(None), _grant.organisation_id == _session.organisation_id),
    _grant.starts_at <= _NOW,
    or_(_grant.ends_at.is_(None), _grant.ends_at > _NOW),
)
"""A grant bound to an organisation counts only there: a doctor at home in two hospitals does not
carry the team of one into the other."""

_unread = (
    select(func.count())
    .select_from(_notification.id.table)
    .where(_notification.account_id == _session.account_id, _notification.read_at.is_(None))
    .correlate(_session.id.table)
    .scalar_subquery()
    .label("unread")
)

_OPEN = (
    select(
        _session.id,
        _session.account_id,
        _session.organisation_id,
        _session.acr,
        _session.fallback,
        _session.last_seen_at,
        _session.expires_at,
        _session.data,
        _account.title,
        _account.given_name,
        _account.family_name,
        _account.national_id,
        _account.login,
        _account.state,
        _account.expires_at.label("account_expires_at"),
        _grant.role,
        _grant.organisation_id.label("granted_at"),
        _grant.scope,
        _unread,
    )
    .outerjoin_from(_session.id.table, _account.id.table, _account.id == _session.account_id)
    .outerjoin(_grant.id.table, _granted_here)
)
_OPENED_BY = _OPEN.where(_session.token_hash == bindparam("digest"))
_RECALLED = _OPEN.where(_session.id == bindparam("handle"))


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A live session as a request needs it.

    Attributes:
        name: Title, given name and family name of the person; empty before sign-in.
        data: What the session keeps on the server for its pages.
        unread: Notifications that the person has not read.
    """

    actor: Actor
    name: str
    last_seen_at: datetime
    expires_at: datetime
    data: dict[str, Any] = field(repr=False)
    unread: int = 0


def read_open_session(session: Session, *, token: str, now: datetime) -> OpenSession | None:
    """Return the live session of a token with the roles of the activity chosen at sign-in; None
    when unknown, idle, expired, or its account may not act. One statement.
    """
    return _as_open(read_rows(session, _OPENED_BY, digest=token_digest(token), now=now), now)


def recall_open_session(session: Session, *, session_id: UUID, now: datetime) -> OpenSession | None:
    """Return a live session by its handle, which stays when its token is replaced; None in the
    same cases.
    """
    return _as_open(read_rows(session, _RECALLED, handle=session_id, now=now), now)


def _as_open(rows: Sequence[Row[Any]], now: datetime) -> OpenSession | None:
    if not rows:
        return None
    first = rows[0]
    if not is_alive(first.last_seen_at, first.expires_at, now):
        return None
    if first.account_id and not may_act(first.state, first.account_expires_at, now):
        return None
    actor = _actor(first, rows) if first.account_id else ANONYMOUS
    name = " ".join(filter(None, (first.title, first.given_name, first.family_name)))
    return OpenSession(actor, name, first.last_seen_at, first.expires_at, first.data, first.unread)


def _actor(first: Row[Any], rows: Sequence[Row[Any]]) -> Actor:
    pairs = frozenset(_scope_pairs(rows))
    return Actor(
        account_id=first.account_id,
        roles=frozenset(row.role for row in rows if row.role),
        scopes=frozenset(scope for _, scope in pairs),
        scoped_roles=pairs,
        national_id=first.national_id or first.login or "",
        organisation_id=first.organisation_id,
        session_id=str(first.id),
        acr=first.acr,
        fallback=first.fallback,
    )


def _scope_pairs(rows: Sequence[Row[Any]]) -> set[tuple[str, str]]:
    stated = {(row.role, row.scope) for row in rows if row.scope}
    homes = {(row.role, home_scope(row.granted_at)) for row in rows if row.granted_at}
    return stated | homes


def home_scope(organisation_id: UUID | str) -> str:
    """Return the scope of an organisation's patients and objects."""
    return f"organisation:{organisation_id}"
