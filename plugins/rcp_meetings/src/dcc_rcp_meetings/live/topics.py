"""What the screens of a session follow: its cursor, the answers, who is typing.

News carries identifiers and numbers; a field is told by the checksum of its name.
"""

from collections.abc import Iterable
from uuid import UUID
from zlib import crc32

from sqlmodel import Session, select

from dcc_core.api import Actor, LiveTopic, publish
from dcc_rcp_meetings.permissions import LIST_CASES
from dcc_rcp_meetings.tables import Case, Invitation, Meeting, Rcp

SESSION = "rcp_meetings.session"
ANSWER = "rcp_meetings.answer"
TYPING = "rcp_meetings.typing"
_NOBODY = UUID(int=0)


def live_topics() -> Iterable[LiveTopic]:
    """Return what pages may follow: the sessions of one's RCPs and those one is expected at."""
    for key in (SESSION, ANSWER, TYPING):
        yield LiveTopic(key, LIST_CASES, may_follow=may_follow)


def may_follow(session: Session, actor: Actor, subject: str) -> bool:
    """Tell whether somebody follows a session: a scope of their roles, or an invitation."""
    try:
        meeting = session.get(Meeting, UUID(subject))
    except ValueError:
        return False
    rcp = session.get(Rcp, meeting.rcp_id) if meeting else None
    if meeting is None or rcp is None or actor.account_id is None:
        return False
    return rcp.scope in actor.scopes or _is_expected(session, meeting.id, actor.account_id)


def tell_session(session: Session, meeting: Meeting) -> None:
    """Tell the screens that the cursor, the agenda, presence or quorum changed."""
    publish(session, SESSION, meeting.id, facts={"revision": meeting.revision})


def tell_answer(
    session: Session, case: Case, field: str, revision: int, *, by: UUID | None
) -> None:
    """Tell the screens that an answer of a case changed, and who wrote it."""
    if case.session_id is not None:
        facts = {**_place(case.id, field, by), "revision": revision}
        publish(session, ANSWER, case.session_id, facts=facts)


def tell_typing(
    session: Session, session_id: UUID, case_id: UUID, field: str, *, by: UUID | None
) -> None:
    """Tell the screens that somebody is writing in a field."""
    publish(session, TYPING, session_id, facts=_place(case_id, field, by))


def field_key(name: str) -> int:
    """Return what stands for a field in news, which carries no text."""
    return crc32(name.encode())


def _place(case_id: UUID, field: str, by: UUID | None) -> dict[str, UUID | int]:
    return {"case": case_id, "field": field_key(field), "by": by or _NOBODY}


def _is_expected(session: Session, session_id: UUID, account_id: UUID) -> bool:
    statement = select(Invitation.id).where(
        Invitation.session_id == session_id, Invitation.account_id == account_id
    )
    return session.exec(statement).first() is not None
