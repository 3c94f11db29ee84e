"""Browser sessions in the database: idle after 30 minutes, dead after 4 hours, never fixed.

A token is accepted only when the database issued it; signing in and choosing an activity replace
it. The account is read at each request, so disabling it ends its sessions at the next click.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, or_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.db.rows import read_rows
from dcc_core.db.tables import METADATA
from dcc_core.errors import NotFound
from dcc_core.live import publish
from dcc_core.users.models import SessionOut
from dcc_core.users.tables import Account, AccountState, UserSession

IDLE = timedelta(minutes=30)
ABSOLUTE = timedelta(hours=4)
LIVE_SESSION = "core.session"
LIVE_ACCOUNT = "core.account"
"""Topics of news that a session or the rights of an account have changed, or ended."""

TOUCH_EVERY = timedelta(seconds=60)
"""The last use is written at most this often: a page that reads does not have to write."""

_session = METADATA.tables[str(UserSession.__tablename__)].c
_OF_ACCOUNT = (
    select_columns(*(_session[name] for name in SessionOut.model_fields))
    .where(_session.account_id == bindparam("account"))
    .order_by(_session.last_seen_at.desc())
)


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from, as the list of devices shows it."""

    source_ip: str = ""
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """How a person proved who they are, and when if that was before now (single sign-on)."""

    provider: str
    acr: str = ""
    auth_mode: str = ""
    provider_session: str = ""
    provider_subject: str = ""
    logout_hint: str = ""
    fallback: bool = False
    authenticated_at: datetime | None = None


def start_session(session: Session, *, client: Client, now: datetime) -> tuple[str, UserSession]:
    """Open an anonymous session, which a sign-in needs to come back to; return its token."""
    token = secrets.token_urlsafe(32)
    opened = UserSession(
        token_hash=token_digest(token),
        opened_at=now,
        last_seen_at=now,
        expires_at=now + ABSOLUTE,
        source_ip=client.source_ip[:45],
        user_agent=client.user_agent[:200],
    )
    session.add(opened)
    session.flush()
    return token, opened


def is_usable(account: Account, now: datetime) -> bool:
    """Tell whether the account may sign in and act."""
    return may_act(account.state, account.expires_at, now)


def may_act(state: str, expires_at: datetime | None, now: datetime) -> bool:
    """Tell whether an account in this state, with this term, may act."""
    return state == AccountState.ACTIVE and (expires_at is None or expires_at > now)


def load_session(session: Session, *, token: str, now: datetime) -> UserSession | None:
    """Return the live session of a token; None when unknown, idle, expired, or its account may not
    act.
    """
    row = session.exec(
        select(UserSession, Account)
        .join(Account, col(Account.id) == UserSession.account_id, isouter=True)
        .where(UserSession.token_hash == token_digest(token))
    ).first()
    if row is None:
        return None
    found, account = row
    if not is_alive(found.last_seen_at, found.expires_at, now) or (
        found.account_id and not (account and is_usable(account, now))
    ):
        return None
    return found


def touch_session(session: Session, *, current: UserSession, now: datetime) -> bool:
    """Note that the session is in use; return whether something was written."""
    if now - current.last_seen_at < TOUCH_EVERY:
        return False
    current.last_seen_at = now
    session.add(current)
    session.flush()
    return True


def sign_in(
    session: Session,
    *,
    account: Account,
    proof: SignedIn,
    client: Client,
    now: datetime,
    previous: UserSession | None = None,
    organisation_id: UUID | None = None,
) -> tuple[str, UserSession]:
    """Open the session of an account under a new token; the anonymous one it replaces dies."""
    if previous is not None:
        session.delete(previous)
    token, opened = start_session(session, client=client, now=now)
    opened.account_id = account.id
    opened.organisation_id = organisation_id
    opened.provider = proof.provider
    opened.provider_session = proof.provider_session
    opened.provider_subject = proof.provider_subject
    opened.acr = proof.acr
    opened.auth_mode = proof.auth_mode
    opened.fallback = proof.fallback
    if proof.authenticated_at is not None:
        opened.expires_at = min(opened.expires_at, proof.authenticated_at + ABSOLUTE)
    opened.data = {"logout_hint": proof.logout_hint} if proof.logout_hint else {}
    account.last_seen_at = now
    session.add(account)
    session.add(opened)
    session.flush()
    _record(session, "session.open", opened, proof.provider)
    return token, opened


def choose_activity(
    session: Session, *, current: UserSession, organisation_id: UUID | None, now: datetime
) -> str:
    """Change where the person acts; rights change with it, so the token is replaced."""
    token = secrets.token_urlsafe(32)
    current.token_hash = token_digest(token)
    current.organisation_id = organisation_id
    current.last_seen_at = now
    session.add(current)
    session.flush()
    publish(session, LIVE_SESSION, current.id)
    _record(session, "session.activity", current)
    return token


def keep_in_session(session: Session, *, current: UserSession, values: Mapping[str, Any]) -> None:
    """Replace what a sign-in in progress keeps on the server."""
    current.data = dict(values)
    session.add(current)
    session.flush()


def csrf_token(token: str) -> str:
    """Return the anti-forgery token of a session: bound to it, and useless in another."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def list_sessions(session: Session, *, account_id: UUID, now: datetime) -> tuple[SessionOut, ...]:
    """Return the live sessions of an account, most recent use first."""
    rows = read_rows(session, _OF_ACCOUNT, account=account_id)
    shown = (SessionOut.model_validate(row) for row in rows)
    return tuple(each for each in shown if is_alive(each.last_seen_at, each.expires_at, now))


def end_session(session: Session, *, session_id: UUID, account_id: UUID | None) -> None:
    """End one session: the current one at logout, another one from the list of devices.

    Raises:
        NotFound: ``ACC-501`` no such session, or it is somebody else's.
    """
    found = session.get(UserSession, session_id)
    if found is None or found.account_id != account_id:
        raise NotFound("ACC-501", "Cette session n'existe pas ou est déjà fermée.")
    _end_all(session, [found])


def end_account_sessions(
    session: Session, *, account_id: UUID, except_id: UUID | None = None
) -> int:
    """End every session of an account, save one if asked; return how many."""
    return _end_all(
        session,
        [
            row
            for row in session.exec(select(UserSession).where(UserSession.account_id == account_id))
            if row.id != except_id
        ],
    )


def end_provider_sessions(
    session: Session, *, provider: str, provider_session: str = "", subject: str = ""
) -> int:
    """End what a back-channel logout names: one session of the provider, or all of a person's.

    Source: OpenID Connect Back-Channel Logout 1.0, §2.4 (``sid``, ``sub``).
    """
    if provider_session:
        named = UserSession.provider_session == provider_session
    elif subject:
        named = UserSession.provider_subject == subject
    else:
        return 0
    rows = session.exec(select(UserSession).where(UserSession.provider == provider, named)).all()
    return _end_all(session, rows)


def end_fallback_sessions(session: Session) -> int:
    """End the sessions opened while the provider was down; return how many."""
    rows = session.exec(select(UserSession).where(col(UserSession.fallback).is_(True))).all()
    return _end_all(session, rows)


def purge_sessions(session: Session, now: datetime) -> None:
    """Delete sessions that are over."""
    session.exec(
        delete(UserSession).where(
            or_(col(UserSession.expires_at) <= now, col(UserSession.last_seen_at) <= now - IDLE)
        )
    )


def _end_all(session: Session, rows: Sequence[UserSession]) -> int:
    for row in rows:
        _record(session, "session.end", row)
        publish(session, LIVE_SESSION, row.id)
        session.delete(row)
    session.flush()
    return len(rows)


def is_alive(last_seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a session is neither idle nor at its term."""
    return expires_at > now and last_seen_at > now - IDLE


def token_digest(token: str) -> str:
    """Return what is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _record(session: Session, event: str, row: UserSession, reason: str = "") -> None:
    record_event(
        session,
        event,
        object_kind="session",
        object_id=row.id,
        reason=reason,
        details={"account": str(row.account_id or "")},
    )
