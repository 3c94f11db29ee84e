"""The session of a browser: its cookie, whom it opens, how it begins and ends."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar.datastructures import Cookie
from sqlalchemy import update
from sqlmodel import Session, col

from dcc_core.users import (
    AccessPolicy,
    Account,
    Client,
    OpenSession,
    SignedIn,
    UserSession,
    load_session,
    read_open_session,
    recall_open_session,
    sign_in,
    touch_session,
)
from dcc_core.users.grants import only_organisation
from dcc_core.users.sessions import IDLE, TOUCH_EVERY
from dcc_core.web.envelope import AnyRequest
from dcc_core.web.page import Html, Page
from dcc_core.web.site import Site
from dcc_core.web.visitor import NOBODY, Visitor


class SessionCookie:
    """The session cookie of a region, and the visitors behind its values."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def name(self) -> str:
        """Return the cookie's name.

        ``__Host-`` binds it to this host over TLS; browsers refuse the prefix on plain HTTP, which
        a demonstration uses.
        """
        return "__Host-dcc" if self._site.is_secure else "dcc"

    def find(self, token: str, *, is_passive: bool = False) -> Visitor:
        """Return who the value of the cookie opens; nobody for a value that was not issued here.

        Args:
            is_passive: The page asks, not the person: the session does not last longer for it.
        """
        runtime = self._site.runtime
        now = runtime.clock()
        with runtime.database.reading() as session:
            current = read_open_session(session, token=token, now=now)
        if current is None:
            return NOBODY
        if not is_passive and now - current.last_seen_at >= TOUCH_EVERY:
            self._touch(token, now)
        policy = self._site.access.policy
        return _visitor(current, token, policy, seen_at=current.last_seen_at if is_passive else now)

    def issue(self, answer: Html, token: str) -> None:
        """Give the browser the token of its session; it ends with the browser or on the server."""
        answer.set_cookie(
            Cookie(
                self.name,
                value=token,
                path="/",
                httponly=True,
                secure=self._site.is_secure,
                samesite="lax",
            )
        )

    def withdraw(self, answer: Html) -> None:
        """Tell the browser to forget its session."""
        answer.set_cookie(
            Cookie(
                self.name,
                value="",
                path="/",
                max_age=0,
                httponly=True,
                secure=self._site.is_secure,
                samesite="lax",
            )
        )

    def _touch(self, token: str, now: datetime) -> None:
        with self._site.runtime.session() as session:
            current = load_session(session, token=token, now=now)
            if current is not None:
                touch_session(session, current=current, now=now)


def recall_visitor(session: Session, site: Site, visitor: Visitor) -> Visitor:
    """Return a signed-in visitor as they are now, nobody when their session has ended."""
    now = site.runtime.clock()
    handle = UUID(visitor.actor.session_id)
    current = recall_open_session(session, session_id=handle, now=now)
    if current is None:
        return NOBODY
    token, policy = visitor.session_key, site.access.policy
    return _visitor(current, token, policy, seen_at=current.last_seen_at)


def client_of(request: AnyRequest) -> Client:
    """Return where a request comes from, as the list of devices shows it."""
    return Client(
        source_ip=request.client.host if request.client else "",
        user_agent=request.headers.get("user-agent", ""),
    )


def current_session(session: Session, page: Page) -> UserSession | None:
    """Return the live session behind the request, signed in or not."""
    token = page.request.cookies.get(SessionCookie(page.site).name, "")
    return load_session(session, token=token, now=page.site.runtime.clock()) if token else None


def keep_for_visitor(session: Session, page: Page, values: Mapping[str, Any]) -> None:
    """Keep values in the session at hand, beside those it already keeps."""
    actor = page.visitor.actor
    kept = {**page.visitor.kept, **values}
    if actor.session_id and kept != page.visitor.kept:
        session.execute(
            update(UserSession)
            .where(col(UserSession.id) == UUID(actor.session_id))
            .values(data=kept)
        )


def open_account_session(
    session: Session,
    page: Page,
    *,
    account: Account,
    proof: SignedIn,
    organisation_id: UUID | None = None,
) -> tuple[str, UserSession]:
    """Sign an account in under a new token; return the token and the session.

    Without a choice of activity, who works in one organisation only is signed in there.
    """
    now = page.site.runtime.clock()
    place = organisation_id or only_organisation(session, account_id=account.id, now=now)
    return sign_in(
        session,
        account=account,
        proof=proof,
        client=client_of(page.request),
        now=now,
        previous=current_session(session, page),
        organisation_id=place,
    )


def _visitor(
    current: OpenSession, token: str, policy: AccessPolicy, *, seen_at: datetime
) -> Visitor:
    actor = current.actor
    if actor.account_id is None:
        return Visitor(session_key=token)
    labels = [policy.roles[code].label for code in sorted(actor.roles) if code in policy.roles]
    return Visitor(
        actor=actor,
        permissions=policy.permissions_of(actor.roles),
        name=current.name,
        title=", ".join(labels),
        session_key=token,
        expires_at=min(current.expires_at, seen_at + IDLE),
        kept=current.data,
        unread=current.unread,
    )
