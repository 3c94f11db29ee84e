"""The directory of RCPs. Services never commit: the framework does."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_
from sqlmodel import Session, col, select

from dcc_core.api import Conflict, NotFound, find_account, record_event
from dcc_rcp_meetings.directory.models import (
    Coordination,
    Establishment,
    MemberIn,
    MemberOut,
    Organ,
    RcpIn,
    RcpKind,
    RcpOut,
    Rhythm,
    as_json,
    sort_key,
)
from dcc_rcp_meetings.tables import Member, Rcp

_COPIED = (
    "form_id",
    "anrcp_id",
    "place",
    "video_url",
    "contact",
    "timezone",
    "closing_hours",
    "capacity",
    "quorum_code",
    "active_from",
    "active_until",
)


def declare_rcp(session: Session, entry: RcpIn, *, now: datetime) -> RcpOut:
    """Add an RCP to the directory.

    Raises:
        Conflict: ``RCP-201`` its code is taken.
    """
    if session.exec(select(Rcp.id).where(Rcp.code == entry.code)).first() is not None:
        raise Conflict(
            "RCP-201", f"Le code {entry.code} désigne déjà une RCP. Choisissez-en un autre."
        )
    row = Rcp(
        code=entry.code,
        created_at=now,
        **_columns(entry),
        updated_at=now,
    )
    session.add(row)
    session.flush()
    record_event(session, "rcp.create", object_kind="rcp", object_id=row.id)
    return _out(row, ())


def change_rcp(session: Session, rcp_id: UUID, entry: RcpIn, *, now: datetime) -> RcpOut:
    """Change an RCP; its code stays, sessions already made keep their place and capacity.

    Raises:
        NotFound: ``RCP-200``.
        Conflict: ``RCP-202`` the code differs.
    """
    row = _row(session, rcp_id)
    if row.code != entry.code:
        raise Conflict("RCP-202", "Le code d'une RCP ne change pas. Créez une autre RCP.")
    changed = sorted(n for n, value in _columns(entry).items() if getattr(row, n) != value)
    for name, value in _columns(entry).items():
        setattr(row, name, value)
    row.updated_at = now
    session.add(row)
    session.flush()
    details = {"fields": changed}
    record_event(session, "rcp.update", object_kind="rcp", object_id=row.id, details=details)
    return read_rcp(session, rcp_id)


def set_members(session: Session, rcp_id: UUID, members: Iterable[MemberIn]) -> RcpOut:
    """Replace the persons of an RCP; a person may stand there once per function.

    Accounts are found by national identifier; somebody without account is invited by name only.

    Raises:
        NotFound: ``RCP-200``.
    """
    row = _row(session, rcp_id)
    wanted = {(one.national_id, one.function): one for one in members}
    kept = {(one.national_id, one.function): one for one in _members(session, [row.id])}
    for key, member in kept.items():
        if key not in wanted:
            session.delete(member)
    session.flush()
    for key, one in wanted.items():
        member = kept.get(key) or Member(rcp_id=row.id, **one.model_dump())
        for name, value in one.model_dump().items():
            setattr(member, name, value)
        account = find_account(session, one.national_id)
        member.account_id = account.id if account else None
        session.add(member)
    session.flush()
    details = {"members": len(wanted)}
    record_event(session, "rcp.members", object_kind="rcp", object_id=row.id, details=details)
    return read_rcp(session, rcp_id)


def read_rcp(session: Session, rcp_id: UUID) -> RcpOut:
    """Return an RCP with its persons.

    Raises:
        NotFound: ``RCP-200``.
    """
    row = _row(session, rcp_id)
    return _out(row, _members(session, [row.id]))


def find_rcp(session: Session, code: str) -> RcpOut | None:
    """Return the RCP of a code, None when there is none."""
    row = session.exec(select(Rcp).where(Rcp.code == code)).first()
    return _out(row, _members(session, [row.id])) if row else None


def search_rcps(
    session: Session,
    text: str = "",
    *,
    kind: RcpKind | None = None,
    active_on: date | None = None,
) -> tuple[RcpOut, ...]:
    """Return the RCPs whose name, place, organ or establishment contains every word, by name.

    Args:
        active_on: Keep those that meet at that date.
    """
    statement = select(Rcp).order_by(col(Rcp.sort_key), col(Rcp.id))
    if kind is not None:
        statement = statement.where(Rcp.kind == kind.value)
    if active_on is not None:
        open_ended = or_(col(Rcp.active_until).is_(None), col(Rcp.active_until) >= active_on)
        statement = statement.where(col(Rcp.active_from) <= active_on, open_ended)
    rows = session.exec(statement).all()
    words = sort_key(text).split()
    found = [row for row in rows if all(word in _haystack(row) for word in words)]
    members = _by_rcp(_members(session, [row.id for row in found]))
    return tuple(_out(row, members.get(row.id, ())) for row in found)


def rcp_name(session: Session, rcp_id: UUID) -> str:
    """Return the name of an RCP.

    Raises:
        NotFound: ``RCP-200``.
    """
    return _row(session, rcp_id).name


def list_names(session: Session, kinds: Iterable[RcpKind]) -> tuple[tuple[UUID, str], ...]:
    """Return identifier and name of the RCPs of some kinds, by name."""
    wanted = [kind.value for kind in kinds]
    statement = select(Rcp.id, Rcp.name).where(col(Rcp.kind).in_(wanted))
    return tuple((one, name) for one, name in session.exec(statement.order_by(col(Rcp.sort_key))))


def rcps_in_scopes(session: Session, scopes: Iterable[str]) -> tuple[UUID, ...]:
    """Return the RCPs that the scopes of somebody's roles reach."""
    wanted = sorted(set(scopes))
    return tuple(session.exec(select(Rcp.id).where(col(Rcp.scope).in_(wanted)))) if wanted else ()


def _columns(entry: RcpIn) -> dict[str, Any]:
    return {
        **{name: getattr(entry, name) for name in _COPIED},
        "name": entry.name,
        "sort_key": sort_key(entry.name),
        "kind": entry.kind.value,
        "scope": entry.scope or f"rcp:{entry.code}",
        "organs": [as_json(organ) for organ in entry.organs],
        "organiser": as_json(entry.organiser),
        "partners": [as_json(partner) for partner in entry.partners],
        "coordination": as_json(entry.coordination),
        "rhythm": as_json(entry.rhythm) if entry.rhythm else {},
        "freshness": dict(entry.freshness),
    }


def _row(session: Session, rcp_id: UUID) -> Rcp:
    row = session.get(Rcp, rcp_id)
    if row is None:
        raise NotFound("RCP-200", "Cette RCP n'est pas dans l'annuaire.")
    return row


def _members(session: Session, rcp_ids: Sequence[UUID]) -> Sequence[Member]:
    statement = select(Member).where(col(Member.rcp_id).in_(rcp_ids))
    return session.exec(statement.order_by(col(Member.family_name), col(Member.id))).all()


def _by_rcp(members: Iterable[Member]) -> dict[UUID, list[Member]]:
    grouped: dict[UUID, list[Member]] = {}
    for member in members:
        grouped.setdefault(member.rcp_id, []).append(member)
    return grouped


def _haystack(row: Rcp) -> str:
    organs = " ".join(organ["label"] for organ in row.organs)
    parts = (row.name, row.place, organs, row.organiser.get("name", ""), row.anrcp_id)
    return sort_key(" ".join((*parts, row.organiser.get("city", ""), row.kind)))


def _out(row: Rcp, members: Iterable[Member]) -> RcpOut:
    return RcpOut(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=RcpKind(row.kind),
        scope=row.scope,
        organs=tuple(Organ(**organ) for organ in row.organs),
        organiser=Establishment(**row.organiser),
        partners=tuple(Establishment(**partner) for partner in row.partners),
        coordination=Coordination(**row.coordination),
        rhythm=Rhythm(**row.rhythm) if row.rhythm else None,
        freshness=row.freshness,
        members=tuple(_member(member) for member in members),
        **{name: getattr(row, name) for name in _COPIED},
    )


def _member(row: Member) -> MemberOut:
    return MemberOut.model_validate(row.model_dump(exclude={"rcp_id"}))
