"""Life of accounts: creation, link to a provider, disabling, expiry, annual revalidation."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import or_, tuple_
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.errors import AccessDenied, Conflict, NotFound
from dcc_core.hooks.contracts.auth import ExternalIdentity
from dcc_core.users.models import AccountIn
from dcc_core.users.sessions import end_account_sessions, is_usable
from dcc_core.users.tables import Account, AccountLink, AccountState

REVALIDATION = timedelta(days=365)
UNUSED_BEFORE_DISABLING = timedelta(days=180)
_AFTER_EVERY_LETTER = "\uffff"


def create_account(
    session: Session, *, entry: AccountIn, now: datetime, author_id: UUID | None = None
) -> Account:
    """Create an account; it can do nothing until a role is granted.

    Raises:
        Conflict: ``ACC-441`` the national identifier or login already has an account.
    """
    if _taken(session, entry):
        raise Conflict(
            "ACC-441",
            "Un compte existe déjà pour cet identifiant. Attribuez-lui le rôle voulu.",
        )
    account = Account(
        **entry.model_dump(),
        sort_key=sort_key_of(f"{entry.family_name} {entry.given_name}"),
        created_at=now,
        created_by=author_id,
        revalidate_by=now + REVALIDATION,
    )
    session.add(account)
    session.flush()
    _record(session, "account.create", account)
    return account


def get_account(session: Session, account_id: UUID) -> Account:
    """Return an account.

    Raises:
        NotFound: ``ACC-442``.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("ACC-442", "Ce compte n'existe pas.")
    return account


def find_account(session: Session, identifier: str) -> Account | None:
    """Return the account of a national identifier or login, or None."""
    return session.exec(
        select(Account).where(
            or_(col(Account.national_id) == identifier, col(Account.login) == identifier.lower())
        )
    ).first()


def list_accounts(
    session: Session, *, text: str = "", after: UUID | None = None, limit: int = 50
) -> Sequence[Account]:
    """Return accounts whose name starts with ``text``, by name, page by page.

    Args:
        after: Last account of the page before.
    """
    statement = select(Account).order_by(col(Account.sort_key), col(Account.id)).limit(limit)
    prefix = sort_key_of(text)
    if prefix:
        statement = statement.where(
            col(Account.sort_key) >= prefix, col(Account.sort_key) < prefix + _AFTER_EVERY_LETTER
        )
    if after is not None:
        last = get_account(session, after)
        statement = statement.where(
            tuple_(col(Account.sort_key), col(Account.id)) > tuple_(last.sort_key, last.id)
        )
    return session.exec(statement).all()


def sort_key_of(name: str) -> str:
    """Return a name without accents, case or punctuation."""
    plain = "".join(
        char for char in unicodedata.normalize("NFKD", name) if not unicodedata.combining(char)
    )
    return " ".join(re.findall(r"\w+", plain.casefold()))


def reconcile_identity(session: Session, *, identity: ExternalIdentity, now: datetime) -> Account:
    """Return the account of a person whom a provider has identified, linking it the first time.

    The provider's own identifier decides, then the national identifier. A name or an e-mail
    address never links anything.

    Raises:
        AccessDenied: ``ACC-443`` no account; ``ACC-444`` disabled or expired; ``ACC-445`` the
            provider now gives this person another national identifier.
    """
    account = _linked(session, identity)
    if account is None:
        account = _link_first(session, identity, now)
    elif identity.national_id and account.national_id != identity.national_id:
        raise AccessDenied(
            "ACC-445",
            "Votre identifiant national a changé depuis votre dernière connexion."
            " Demandez à votre 3C de vérifier votre compte.",
        )
    if not is_usable(account, now):
        raise AccessDenied(
            "ACC-444", "Votre compte est désactivé ou arrivé à échéance. Contactez votre 3C."
        )
    return account


def disable_account(session: Session, *, account_id: UUID, reason: str, now: datetime) -> None:
    """Disable an account and end its sessions; what its holder wrote stays theirs."""
    account = get_account(session, account_id)
    account.state = AccountState.DISABLED
    account.disabled_at = now
    account.disabled_reason = reason
    session.add(account)
    session.flush()
    end_account_sessions(session, account_id=account_id)
    _record(session, "account.disable", account, reason)


def enable_account(session: Session, *, account_id: UUID, now: datetime) -> None:
    """Enable a disabled account again, for a year."""
    account = get_account(session, account_id)
    account.state = AccountState.ACTIVE
    account.disabled_at = None
    account.disabled_reason = ""
    account.revalidate_by = now + REVALIDATION
    session.add(account)
    session.flush()
    _record(session, "account.enable", account)


def revalidate_account(session: Session, *, account_id: UUID, now: datetime) -> None:
    """Confirm that the holder still works here; due every year."""
    account = get_account(session, account_id)
    account.revalidate_by = now + REVALIDATION
    session.add(account)
    session.flush()
    _record(session, "account.revalidate", account)


def disable_unused_accounts(session: Session, now: datetime) -> int:
    """Disable accounts unused for 180 days or not revalidated in time; return how many."""
    limit = now - UNUSED_BEFORE_DISABLING
    forgotten = session.exec(
        select(Account.id)
        .where(Account.state == AccountState.ACTIVE)
        .where(
            or_(
                col(Account.revalidate_by) < now,
                col(Account.last_seen_at) < limit,
                col(Account.last_seen_at).is_(None) & (col(Account.created_at) < limit),
            )
        )
    ).all()
    for account_id in forgotten:
        disable_account(session, account_id=account_id, reason="unused", now=now)
    return len(forgotten)


def _taken(session: Session, entry: AccountIn) -> bool:
    identifiers = [value for value in (entry.national_id, entry.login) if value]
    return any(find_account(session, value) is not None for value in identifiers)


def _linked(session: Session, identity: ExternalIdentity) -> Account | None:
    return session.exec(
        select(Account)
        .join(AccountLink, col(AccountLink.account_id) == Account.id)
        .where(AccountLink.provider == identity.provider, AccountLink.subject == identity.subject)
    ).first()


def _link_first(session: Session, identity: ExternalIdentity, now: datetime) -> Account:
    account = None
    if identity.national_id:
        account = session.exec(
            select(Account).where(Account.national_id == identity.national_id)
        ).first()
    if account is None:
        raise AccessDenied(
            "ACC-443",
            "Aucun compte ne correspond à votre identité professionnelle. Demandez-en un.",
        )
    session.add(
        AccountLink(
            account_id=account.id,
            provider=identity.provider,
            subject=identity.subject,
            linked_at=now,
        )
    )
    session.flush()
    _record(session, "account.link", account, identity.provider)
    return account


def _record(session: Session, event: str, account: Account, reason: str = "") -> None:
    record_event(session, event, object_kind="account", object_id=account.id, reason=reason)
