"""From a signed-in session to the actor that decisions are made about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from dcc_core.hooks.contracts.access import Actor
from dcc_core.users.tables import Account, RoleGrant, UserSession

ANONYMOUS = Actor(account_id=None)
"""Somebody who has not signed in: may do nothing that asks for a permission."""


def actor_of_session(session: Session, *, current: UserSession | None, now: datetime) -> Actor:
    """Return the actor behind a session, with the roles of the activity chosen at sign-in."""
    if current is None or current.account_id is None:
        return ANONYMOUS
    account = session.get_one(Account, current.account_id)
    grants = grants_in_force(
        session, account_id=account.id, organisation_id=current.organisation_id, now=now
    )
    pairs = _scope_pairs(grants)
    return Actor(
        account_id=account.id,
        roles=frozenset(grant.role for grant in grants),
        scopes=frozenset(scope for _, scope in pairs),
        scoped_roles=pairs,
        national_id=account.national_id or account.login or "",
        organisation_id=current.organisation_id,
        session_id=str(current.id),
        acr=current.acr,
        fallback=current.fallback,
    )


def grants_in_force(
    session: Session, *, account_id: UUID, organisation_id: UUID | None, now: datetime
) -> tuple[RoleGrant, ...]:
    """Return the grants of an account that count now, in the activity chosen.

    A grant bound to an organisation counts only there: a doctor at home in two hospitals does not
    carry the team of one into the other.
    """
    here: ColumnElement[bool] = col(RoleGrant.organisation_id).is_(None)
    if organisation_id is not None:
        here = or_(here, col(RoleGrant.organisation_id) == organisation_id)
    rows = session.exec(
        select(RoleGrant)
        .where(RoleGrant.account_id == account_id, here)
        .where(col(RoleGrant.starts_at) <= now)
        .where(or_(col(RoleGrant.ends_at).is_(None), col(RoleGrant.ends_at) > now))
    )
    return tuple(rows)


def _scope_pairs(grants: tuple[RoleGrant, ...]) -> frozenset[tuple[str, str]]:
    stated = {(grant.role, grant.scope) for grant in grants if grant.scope}
    homes = {
        (grant.role, f"organisation:{grant.organisation_id}")
        for grant in grants
        if grant.organisation_id
    }
    return frozenset(stated | homes)
