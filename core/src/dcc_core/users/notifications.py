"""Tell people what happened, in the transaction in which it did.

A notification holds identifiers; its sentence comes from its kind, and what it leads to is opened
under the access control of that page. The same thing said again while unread is counted, not
repeated: a destination that is away for a night makes one line, not ten thousand.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, update
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from dcc_core.errors import NotFound
from dcc_core.live import publish
from dcc_core.users.notification_tables import Notification
from dcc_core.users.policy import SYSTEM_ROLE, AccessPolicy, build_policy
from dcc_core.users.tables import Account, AccountState, RoleGrant

LIVE_NOTIFICATION = "core.notification"
MESSAGE_QUARANTINED = "core.message_quarantined"
DELIVERY_FAILED = "core.delivery_failed"
EMERGENCY_TO_REVIEW = "core.emergency_to_review"
READ_KEPT = timedelta(days=30)
UNREAD_KEPT = timedelta(days=180)


def notify(
    session: Session,
    account_ids: Iterable[UUID],
    kind: str,
    subject: UUID | int | str = "",
    *,
    now: datetime,
    patient_id: UUID | None = None,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Tell these people, if and when the transaction commits.

    Args:
        kind: Key of a ``NotificationKind`` of the core or of ``dcc_notification_kinds``.
        subject: Which thing of this kind; told again while unread, it is counted.
        facts: Identifiers and numbers about it; never a word about a patient.
    """
    about = str(subject)
    for account_id in sorted(set(account_ids), key=str):
        waiting = session.exec(_unread(kind, about).where(Notification.account_id == account_id))
        told = waiting.first()
        if told is None:
            told = Notification(
                account_id=account_id, kind=kind, subject=about, at=now, patient_id=patient_id
            )
        else:
            told.count += 1
            told.at = now
        told.facts = dict(facts or {})
        session.add(told)
        publish(session, LIVE_NOTIFICATION, account_id)
    session.flush()


def notify_holders(
    session: Session,
    permission: str,
    kind: str,
    subject: UUID | int | str = "",
    *,
    now: datetime,
    policy: AccessPolicy | None = None,
    except_id: UUID | None = None,
    patient_id: UUID | None = None,
    facts: Mapping[str, str | int] | None = None,
) -> None:
    """Tell everybody whose roles hold a permission, wherever they hold them.

    Args:
        policy: The matrix with the plugins' permissions; without it, the core's alone.
        except_id: Who did it, and need not be told.
    """
    holders = _holders(session, permission, policy or _core_policy(), now)
    told = (account_id for account_id in holders if account_id != except_id)
    notify(session, told, kind, subject, now=now, patient_id=patient_id, facts=facts)


def settle_notifications(
    session: Session, kind: str, subject: UUID | int | str, *, now: datetime
) -> None:
    """Mark as read, for everybody, what has been dealt with."""
    for told in session.exec(_unread(kind, str(subject))).all():
        _read(session, told, now)
    session.flush()


def read_notification(
    session: Session, *, notification_id: UUID, account_id: UUID, now: datetime
) -> Notification:
    """Mark one of one's own as read, and return it.

    Raises:
        NotFound: ``ACC-701`` no such notification, or it is somebody else's.
    """
    told = session.get(Notification, notification_id)
    if told is None or told.account_id != account_id:
        raise NotFound("ACC-701", "Cette notification n'existe pas ou plus.")
    _read(session, told, now)
    session.flush()
    return told


def read_all_notifications(session: Session, *, account_id: UUID, now: datetime) -> None:
    """Mark all of one's own as read."""
    session.execute(
        update(Notification)
        .where(col(Notification.account_id) == account_id, col(Notification.read_at).is_(None))
        .values(read_at=now)
    )
    publish(session, LIVE_NOTIFICATION, account_id)


def list_notifications(
    session: Session,
    *,
    account_id: UUID,
    unread_only: bool = False,
    kinds: Collection[str] = (),
    after: Notification | None = None,
    limit: int = 50,
) -> Sequence[Notification]:
    """Return one's own, newest first, page by page; ``after`` is the last of the page before."""
    statement = select(Notification).where(Notification.account_id == account_id)
    if unread_only:
        statement = statement.where(col(Notification.read_at).is_(None))
    if kinds:
        statement = statement.where(col(Notification.kind).in_(kinds))
    if after is not None:
        older = and_(col(Notification.at) == after.at, col(Notification.id) < after.id)
        statement = statement.where(or_(col(Notification.at) < after.at, older))
    ordered = statement.order_by(col(Notification.at).desc(), col(Notification.id).desc())
    return session.exec(ordered.limit(limit)).all()


def count_unread(session: Session, account_id: UUID) -> int:
    """Return how many of one's own wait to be read."""
    return session.exec(
        select(func.count())
        .select_from(Notification)
        .where(Notification.account_id == account_id, col(Notification.read_at).is_(None))
    ).one()


def prune_notifications(session: Session, now: datetime) -> None:
    """Delete what was read a month ago, or waits since six."""
    session.exec(
        delete(Notification).where(
            or_(
                col(Notification.read_at) < now - READ_KEPT,
                col(Notification.at) < now - UNREAD_KEPT,
            )
        )
    )


def _unread(kind: str, subject: str) -> SelectOfScalar[Notification]:
    return select(Notification).where(
        col(Notification.read_at).is_(None),
        Notification.kind == kind,
        Notification.subject == subject,
    )


def _read(session: Session, told: Notification, now: datetime) -> None:
    if told.read_at is None:
        told.read_at = now
        session.add(told)
        publish(session, LIVE_NOTIFICATION, told.account_id)


def _holders(
    session: Session, permission: str, policy: AccessPolicy, now: datetime
) -> Sequence[UUID]:
    roles = [
        code
        for code, role in policy.roles.items()
        if permission in role.permissions and code != SYSTEM_ROLE
    ]
    return session.exec(
        select(RoleGrant.account_id)
        .join(Account, col(Account.id) == RoleGrant.account_id)
        .where(
            col(RoleGrant.role).in_(roles),
            RoleGrant.starts_at <= now,
            or_(col(RoleGrant.ends_at).is_(None), col(RoleGrant.ends_at) > now),
            Account.state == AccountState.ACTIVE,
        )
        .distinct()
    ).all()


@lru_cache(maxsize=1)
def _core_policy() -> AccessPolicy:
    return build_policy()
