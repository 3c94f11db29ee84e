"""Grant and withdraw roles, without letting anybody raise themselves."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from dcc_core.audit import record_event
from dcc_core.errors import AccessDenied, InvalidInput, NotFound
from dcc_core.hooks.contracts.access import Actor
from dcc_core.live import publish
from dcc_core.users.accounts import get_account
from dcc_core.users.policy import SYSTEM_ROLE, AccessPolicy, Reach
from dcc_core.users.sessions import LIVE_ACCOUNT
from dcc_core.users.tables import RoleGrant

_NEVER_BY_RULE = ("core.admin.", "core.audit.read", "core.break_glass.review")


def grant_role(
    session: Session,
    *,
    account_id: UUID,
    role: str,
    author: Actor,
    policy: AccessPolicy,
    now: datetime,
    organisation_id: UUID | None = None,
    scope: str = "",
    ends_at: datetime | None = None,
) -> RoleGrant:
    """Grant a role; the same grant in force is returned as it is.

    Raises:
        InvalidInput: ``ACC-411`` unknown role, ``ACC-412`` a role of scope needs one.
        AccessDenied: ``ACC-413`` to oneself, ``ACC-414`` a role that the author may not grant,
            ``ACC-415`` outside the author's own scope.
    """
    get_account(session, account_id)
    _check_role(role, organisation_id, scope, policy)
    _check_author(author, account_id, role, policy)
    _check_reach(author, organisation_id, scope, policy)
    held = _same_grant(session, account_id, role, organisation_id, scope, now)
    if held is not None:
        return held
    grant = RoleGrant(
        account_id=account_id,
        role=role,
        organisation_id=organisation_id,
        scope=scope,
        starts_at=now,
        ends_at=ends_at,
        granted_by=author.account_id,
    )
    session.add(grant)
    session.flush()
    _record(session, "role.grant", grant)
    return grant


def grant_proposed_role(
    session: Session,
    *,
    account_id: UUID,
    role: str,
    organisation_id: UUID,
    policy: AccessPolicy,
    now: datetime,
    ends_at: datetime,
) -> RoleGrant | None:
    """Grant the role that the region's rules give to a profession in a structure, for a session.

    It ends by itself: when the provider no longer names the structure or the profession, nobody
    has to withdraw it. A grant that a person made is left as it is. Roles that administer, review
    or reach every patient are never given by rule; None is returned for them.
    """
    if not _may_be_proposed(role, policy):
        return None
    held = _same_grant(session, account_id, role, organisation_id, "", now)
    if held is not None and (held.ends_at is None or held.granted_by is not None):
        return held
    grant = held or RoleGrant(
        account_id=account_id, role=role, organisation_id=organisation_id, starts_at=now
    )
    grant.ends_at = max(ends_at, grant.ends_at or ends_at)
    session.add(grant)
    session.flush()
    if held is None:
        _record(session, "role.grant", grant, reason="rule")
    return grant


def revoke_role(session: Session, *, grant_id: UUID, author: Actor, now: datetime) -> None:
    """Withdraw a grant now; rights change at the holder's next click.

    Raises:
        NotFound: ``ACC-416``.
        AccessDenied: ``ACC-413`` one's own: an administrator cannot leave the region without one.
    """
    grant = session.get(RoleGrant, grant_id)
    if grant is None or (grant.ends_at is not None and grant.ends_at <= now):
        raise NotFound("ACC-416", "Ce rôle n'est pas ou plus attribué.")
    if author.account_id == grant.account_id:
        raise _own_account()
    grant.ends_at = now
    session.add(grant)
    session.flush()
    _record(session, "role.revoke", grant)


def list_grants(session: Session, *, account_id: UUID, now: datetime) -> Sequence[RoleGrant]:
    """Return the grants of an account in force, whatever the activity."""
    return session.exec(
        select(RoleGrant)
        .where(RoleGrant.account_id == account_id)
        .where(or_(col(RoleGrant.ends_at).is_(None), col(RoleGrant.ends_at) > now))
        .order_by(col(RoleGrant.starts_at))
    ).all()


def only_organisation(session: Session, *, account_id: UUID, now: datetime) -> UUID | None:
    """Return the organisation in which the account holds its roles, None when there are several."""
    found = {
        grant.organisation_id
        for grant in list_grants(session, account_id=account_id, now=now)
        if grant.organisation_id is not None
    }
    return found.pop() if len(found) == 1 else None


def _check_role(role: str, organisation_id: UUID | None, scope: str, policy: AccessPolicy) -> None:
    known = policy.roles.get(role)
    if known is None or role == SYSTEM_ROLE:
        raise InvalidInput("ACC-411", "Ce rôle n'existe pas dans la matrice.", field="role")
    needs_scope = known.reach is Reach.SCOPE and known.clinical
    if needs_scope and not scope and organisation_id is None:
        raise InvalidInput(
            "ACC-412",
            f"Le rôle « {known.label} » porte sur une RCP ou un établissement : précisez lequel.",
            field="scope",
        )


def _check_author(author: Actor, account_id: UUID, role: str, policy: AccessPolicy) -> None:
    if author.account_id is None and SYSTEM_ROLE in author.roles:
        return
    if author.account_id == account_id:
        raise _own_account()
    if not author.roles & policy.roles[role].granted_by:
        raise AccessDenied(
            "ACC-414",
            f"Vous ne pouvez pas attribuer le rôle « {policy.roles[role].label} »."
            " Demandez-le à l'administrateur régional.",
        )


def _check_reach(
    author: Actor, organisation_id: UUID | None, scope: str, policy: AccessPolicy
) -> None:
    """A 3C or a coordinator grants inside its own scopes; the regional administrator everywhere."""
    if SYSTEM_ROLE in author.roles or "regional_admin" in author.roles:
        return
    wanted = {scope} if scope else set()
    if organisation_id is not None:
        wanted.add(f"organisation:{organisation_id}")
    if not wanted or not wanted <= author.scopes:
        raise AccessDenied(
            "ACC-415",
            "Ce rôle porterait sur une structure qui n'est pas la vôtre."
            " Choisissez l'une de vos structures.",
        )


def _same_grant(
    session: Session,
    account_id: UUID,
    role: str,
    organisation_id: UUID | None,
    scope: str,
    now: datetime,
) -> RoleGrant | None:
    return next(
        (
            grant
            for grant in list_grants(session, account_id=account_id, now=now)
            if (grant.role, grant.organisation_id, grant.scope) == (role, organisation_id, scope)
        ),
        None,
    )


def _own_account() -> AccessDenied:
    return AccessDenied(
        "ACC-413", "Vous ne pouvez pas modifier vos propres rôles. Demandez-le à un collègue."
    )


def _may_be_proposed(role: str, policy: AccessPolicy) -> bool:
    known = policy.roles.get(role)
    return (
        known is not None
        and role != SYSTEM_ROLE
        and known.reach is not Reach.ALL
        and not any(code.startswith(_NEVER_BY_RULE) for code in known.permissions)
    )


def _record(session: Session, event: str, grant: RoleGrant, reason: str = "") -> None:
    publish(session, LIVE_ACCOUNT, grant.account_id)
    record_event(
        session,
        event,
        object_kind="account",
        object_id=grant.account_id,
        reason=reason,
        details={
            "role": grant.role,
            "scope": grant.scope,
            "organisation": str(grant.organisation_id or ""),
        },
    )
