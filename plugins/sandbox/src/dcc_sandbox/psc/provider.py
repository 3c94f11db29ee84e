"""State and rules of the sandbox provider: clients, sign-ins, codes, tokens, sessions."""

import base64
import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from dcc_sandbox.psc.claims import (
    ACCESS_LIFETIME,
    TokenSubject,
    access_claims,
    id_token_claims,
    logout_claims,
)
from dcc_sandbox.psc.discovery import discovery_document
from dcc_sandbox.psc.people import Person
from dcc_sandbox.psc.registrations import Client, OAuthFault
from dcc_sandbox.psc.tampering import HONEST, Tampering, changed
from dcc_sandbox.psc.tokens import SigningKeys

REFRESH_LIFETIME = timedelta(minutes=30)
CODE_LIFETIME = timedelta(minutes=1)
SESSION_LIFETIME = timedelta(hours=4)
SESSION_IDLE = timedelta(minutes=30)


@dataclass(frozen=True)
class Session:
    """A single sign-on session of a person, and where each application took its browser back."""

    sid: str
    person: Person
    opened_at: datetime
    used_at: datetime
    clients: Mapping[str, str] = field(default_factory=dict)

    def is_live(self, now: datetime) -> bool:
        """Tell whether the session still signs in silently: 4 h at most, 30 min without use."""
        return now - self.opened_at < SESSION_LIFETIME and now - self.used_at < SESSION_IDLE


@dataclass(frozen=True)
class Grant:
    """A code or a token with what it stands for."""

    client_id: str
    sid: str
    expires_at: datetime
    request: Mapping[str, str]


@dataclass(frozen=True)
class LogoutCall:
    """A back-channel call to make."""

    url: str
    logout_token: str


class PscProvider:
    """One provider in memory; ``tampering`` may be set at any time."""

    def __init__(
        self,
        *,
        issuer: str,
        wallet: str,
        clients: tuple[Client, ...],
        clock: Callable[[], datetime],
    ) -> None:
        self.issuer = issuer
        self.wallet = wallet
        self.clients = {client.client_id: client for client in clients}
        self.keys = SigningKeys()
        self.tampering: Tampering = HONEST
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[str, Mapping[str, str]] = {}
        self._sessions: dict[str, Session] = {}
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}

    @property
    def origin(self) -> str:
        """Return ``http://host:port`` of the issuer."""
        return self.issuer.partition("/auth/")[0]

    def discovery(self) -> dict[str, Any]:
        """Return the discovery document, with what the real one advertises too much."""
        document = discovery_document(issuer=self.issuer, wallet=self.wallet)
        return changed(document, self.tampering.discovery)

    def accept_request(self, request: Mapping[str, str]) -> str:
        """Check an authorization request and return the key under which it waits."""
        client = self.clients.get(request.get("client_id", ""))
        if client is None or not client.accepts_redirect(request.get("redirect_uri", "")):
            raise OAuthFault("invalid_request")
        if request.get("response_type") != "code":
            raise OAuthFault("unsupported_response_type")
        if "openid" not in request.get("scope", "").split():
            raise OAuthFault("invalid_scope")
        if "code_challenge" in request and request.get("code_challenge_method") != "S256":
            raise OAuthFault("invalid_request")
        key = secrets.token_urlsafe(16)
        with self._lock:
            self._requests[key] = dict(request)
        return key

    def open_session(self, person: Person) -> Session:
        """Open a session for a person who clicked on their name."""
        now = self._clock()
        session = Session(secrets.token_urlsafe(16), person, now, now)
        with self._lock:
            self._sessions[session.sid] = session
        return session

    def live_session(self, sid: str) -> Session | None:
        """Return the session that a cookie names, while it lasts."""
        session = self._sessions.get(sid)
        return session if session and session.is_live(self._clock()) else None

    def grant_code(self, request_key: str, session: Session) -> tuple[str, dict[str, str]]:
        """Return the redirect address and the parameters of the return to the application."""
        request = self.take_request(request_key)
        code = secrets.token_urlsafe(32)
        with self._lock:
            self._codes[code] = Grant(
                request["client_id"], session.sid, self._clock() + CODE_LIFETIME, request
            )
            self._sessions[session.sid] = replace(
                session,
                used_at=self._clock(),
                clients={**session.clients, request["client_id"]: request["redirect_uri"]},
            )
        parameters = {"code": code, "iss": self.issuer, "session_state": session.sid}
        return self.callback(request, parameters)

    def callback(
        self, request: Mapping[str, str], parameters: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        """Return address and parameters of a return, success or error."""
        state = {"state": request["state"]} if "state" in request else {}
        return request["redirect_uri"], changed({**state, **parameters}, self.tampering.callback)

    def take_request(self, key: str) -> Mapping[str, str]:
        """Return a waiting request and forget it."""
        with self._lock:
            request = self._requests.pop(key, None)
        if request is None:
            raise OAuthFault("invalid_request")
        return request

    def exchange(self, client: Client, form: Mapping[str, str]) -> dict[str, Any]:
        """Answer a token request."""
        kind = form.get("grant_type")
        if kind == "authorization_code":
            grant = self._spend(self._codes, form.get("code", ""), client)
            self._check_code(grant, form)
        elif kind == "refresh_token":
            grant = self._spend(self._refresh, form.get("refresh_token", ""), client)
        else:
            raise OAuthFault("unsupported_grant_type")
        return self._token_response(grant, client)

    def userinfo(self, access_token: str) -> dict[str, Any]:
        """Return the claims of the person of an access token."""
        grant = self._access.get(access_token)
        session = self._sessions.get(grant.sid) if grant else None
        if grant is None or session is None or grant.expires_at <= self._clock():
            raise OAuthFault("invalid_token", 401)
        return changed(session.person.userinfo(), self.tampering.userinfo)

    def signed_userinfo(self, claims: Mapping[str, Any]) -> str:
        """Return the claims as a signed token, under a wrong key when the tampering says so."""
        forged = self.tampering.userinfo_format == "jwt-forged"
        tampering = Tampering(key="forged") if forged else HONEST
        return self.keys.sign({"iss": self.issuer, **claims}, tampering=tampering)

    def introspect(self, access_token: str) -> dict[str, Any]:
        """Tell whether an access token is live and whose it is (RFC 7662)."""
        grant = self._access.get(access_token)
        session = self._sessions.get(grant.sid) if grant else None
        if grant is None or session is None or grant.expires_at <= self._clock():
            return {"active": False}
        person = session.person
        return {
            "active": True,
            "client_id": grant.client_id,
            "exp": int(grant.expires_at.timestamp()),
            "iss": self.issuer,
            "sub": person.subject,
            "SubjectNameID": person.national_id,
            "acr": person.acr,
            "authMode": person.auth_mode,
        }

    def revoke(self, token: str) -> None:
        """Forget a token (RFC 7009)."""
        self._access.pop(token, None)
        self._refresh.pop(token, None)

    def end_session(self, sid: str) -> tuple[LogoutCall, ...]:
        """End a session and return the back-channel calls to make to its applications."""
        with self._lock:
            session = self._sessions.pop(sid, None)
        if session is None:
            return ()
        calls = []
        for client_id, redirect_uri in session.clients.items():
            client = self.clients[client_id]
            address = client.logout_address(redirect_uri)
            if address:
                calls.append(LogoutCall(address, self.logout_token(client, session)))
        return tuple(calls)

    def sessions_of(self, person_key: str) -> tuple[str, ...]:
        """Return the sessions of a person."""
        return tuple(
            sid for sid, session in self._sessions.items() if session.person.key == person_key
        )

    def logout_token(self, client: Client, session: Session) -> str:
        """Return a logout token (OpenID Connect Back-Channel Logout 1.0 §2.4)."""
        claims = logout_claims(self._subject(session, client))
        return self.keys.sign(
            changed(claims, self.tampering.logout),
            tampering=self.tampering,
            typ="logout+jwt",
            client_secret=client.secret,
        )

    def _subject(self, session: Session, client: Client) -> TokenSubject:
        return TokenSubject(
            issuer=self.issuer,
            client_id=client.client_id,
            person=session.person,
            sid=session.sid,
            opened_at=session.opened_at,
            now=self._clock(),
            shift_s=self.tampering.shift_s,
        )

    def _id_token(self, subject: TokenSubject, client: Client, grant: Grant, access: str) -> str:
        claims = id_token_claims(subject, nonce=grant.request.get("nonce"), access_token=access)
        return self.keys.sign(
            changed(claims, self.tampering.claims),
            tampering=self.tampering,
            client_secret=client.secret,
        )

    def _spend(self, grants: dict[str, Grant], key: str, client: Client) -> Grant:
        with self._lock:
            grant = grants.pop(key, None)
        if grant is None or grant.client_id != client.client_id:
            raise OAuthFault("invalid_grant")
        if grant.expires_at <= self._clock() or grant.sid not in self._sessions:
            raise OAuthFault("invalid_grant")
        return grant

    @staticmethod
    def _check_code(grant: Grant, form: Mapping[str, str]) -> None:
        verifier = form.get("code_verifier", "")
        digest = hashlib.sha256(verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if grant.request.get("code_challenge", challenge) != challenge:
            raise OAuthFault("invalid_grant")
        if form.get("redirect_uri") != grant.request["redirect_uri"]:
            raise OAuthFault("invalid_grant")

    def _token_response(self, grant: Grant, client: Client) -> dict[str, Any]:
        now = self._clock()
        subject = self._subject(self._sessions[grant.sid], client)
        access = self.keys.sign(access_claims(subject), tampering=HONEST)
        refresh = secrets.token_urlsafe(48)
        with self._lock:
            self._access[access] = replace(grant, expires_at=now + ACCESS_LIFETIME)
            self._refresh[refresh] = replace(grant, expires_at=now + REFRESH_LIFETIME)
        answer = {
            "access_token": access,
            "expires_in": int(ACCESS_LIFETIME.total_seconds()),
            "refresh_token": refresh,
            "refresh_expires_in": int(REFRESH_LIFETIME.total_seconds()),
            "token_type": "Bearer",
            "id_token": self._id_token(subject, client, grant, access),
            "not-before-policy": 0,
            "session_state": grant.sid,
            "scope": grant.request.get("scope", ""),
        }
        return changed(answer, self.tampering.token_response)
