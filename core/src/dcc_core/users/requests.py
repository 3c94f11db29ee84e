"""Account requests: asked by the future holder, decided by a person of the 3C or of the region."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.errors import Conflict, InvalidInput, NotFound
from dcc_core.hooks.contracts.access import Actor
from dcc_core.users.accounts import create_account, find_account
from dcc_core.users.grants import grant_role
from dcc_core.users.models import AccountIn, AccountRequestIn
from dcc_core.users.organisations import find_organisation
from dcc_core.users.policy import AccessPolicy
from dcc_core.users.tables import Account, AccountRequest, RequestState

MAX_PENDING = 3
"""Pending requests of one person kept at most; the next ones change nothing and say the same."""


def submit_request(session: Session, *, entry: AccountRequestIn, now: datetime) -> None:
    """Record a request. The answer is the same whether or not the person already has an account."""
    waiting = session.exec(
        select(AccountRequest).where(
            AccountRequest.state == RequestState.PENDING,
            AccountRequest.national_id == (entry.national_id or ""),
            AccountRequest.family_name == entry.family_name,
        )
    ).all()
    if len(waiting) >= MAX_PENDING:
        return
    values = entry.model_dump() | {
        "national_id": entry.national_id or "",
        "finess": entry.finess or "",
    }
    request = AccountRequest(**values, submitted_at=now)
    session.add(request)
    session.flush()
    record_event(session, "account_request.submit", object_kind="request", object_id=request.id)


def list_pending_requests(session: Session) -> Sequence[AccountRequest]:
    """Return the requests to review, oldest first."""
    return session.exec(
        select(AccountRequest)
        .where(AccountRequest.state == RequestState.PENDING)
        .order_by(col(AccountRequest.submitted_at))
    ).all()


def approve_request(
    session: Session,
    *,
    request_id: UUID,
    reviewer: Actor,
    policy: AccessPolicy,
    now: datetime,
    login: str | None = None,
    role: str | None = None,
    scope: str = "",
    ends_at: datetime | None = None,
) -> Account:
    """Create the account, or take the existing one, and grant the role.

    Args:
        login: Gives the person a local account, for those whom the national provider ignores.
        role: Replaces the role asked for.

    Raises:
        NotFound: ``ACC-431``.
        Conflict: ``ACC-432`` already decided.
        InvalidInput: ``ACC-433`` neither a national identifier nor a login; role errors of
            ``grant_role``.
    """
    request = _pending(session, request_id)
    if not request.national_id and not login:
        raise InvalidInput(
            "ACC-433",
            "Sans identifiant national, donnez un identifiant local à cette personne.",
            field="login",
        )
    account = find_account(session, request.national_id) if request.national_id else None
    if account is None:
        account = create_account(
            session, entry=_entry(request, login), now=now, author_id=reviewer.account_id
        )
    organisation = find_organisation(session, request.finess) if request.finess else None
    grant_role(
        session,
        account_id=account.id,
        role=role or request.role,
        author=reviewer,
        policy=policy,
        now=now,
        organisation_id=organisation.id if organisation else None,
        scope=scope,
        ends_at=ends_at,
    )
    request.account_id = account.id
    _close(session, request, RequestState.APPROVED, "", reviewer, now)
    return account


def refuse_request(
    session: Session, *, request_id: UUID, reviewer: Actor, reason: str, now: datetime
) -> None:
    """Refuse a request, with the reason that its author will read.

    Raises:
        NotFound: ``ACC-431``.
        Conflict: ``ACC-432`` already decided.
    """
    request = _pending(session, request_id)
    _close(session, request, RequestState.REFUSED, reason, reviewer, now)


def _entry(request: AccountRequest, login: str | None) -> AccountIn:
    return AccountIn(
        family_name=request.family_name,
        given_name=request.given_name,
        national_id=request.national_id or None,
        login=login,
        profession=request.profession,
        email=request.email,
    )


def _pending(session: Session, request_id: UUID) -> AccountRequest:
    request = session.get(AccountRequest, request_id)
    if request is None:
        raise NotFound("ACC-431", "Cette demande n'existe pas.")
    if request.state != RequestState.PENDING:
        raise Conflict("ACC-432", "Cette demande a déjà été traitée.")
    return request


def _close(
    session: Session,
    request: AccountRequest,
    state: RequestState,
    reason: str,
    reviewer: Actor,
    now: datetime,
) -> None:
    request.state = state
    request.decision = reason[:500]
    request.decided_at = now
    request.decided_by = reviewer.account_id
    session.add(request)
    session.flush()
    record_event(
        session,
        "account_request.decide",
        object_kind="request",
        object_id=request.id,
        reason=state,
    )
