"""The relying party: begin a sign-in, complete it, end it. Nothing here knows of health care."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from dcc_core.api import Clock, SignInStart
from dcc_sso_psc.oidc.callback import accepted_code
from dcc_sso_psc.oidc.channel import BackChannel
from dcc_sso_psc.oidc.config import ProviderConfig
from dcc_sso_psc.oidc.id_token import IdToken, check_id_token
from dcc_sso_psc.oidc.json_object import JsonObject
from dcc_sso_psc.oidc.jws import MAX_TOKEN_CHARS, verify_token
from dcc_sso_psc.oidc.keys import KeyRing, read_keys
from dcc_sso_psc.oidc.logout_token import LogoutRequest, SpentTokens, check_logout_token
from dcc_sso_psc.oidc.metadata import load_metadata
from dcc_sso_psc.oidc.pending import PendingLogin
from dcc_sso_psc.oidc.refreshed import Refreshed
from dcc_sso_psc.oidc.userinfo import fetch_userinfo
from dcc_sso_psc.refusals import Refusal, SignInRefused

METADATA_AGE = timedelta(hours=1)


@dataclass(frozen=True)
class Authentication:
    """A proven sign-in. ``raw_id_token`` is kept server-side, only to ask for the logout."""

    id_token: IdToken
    userinfo: JsonObject = field(repr=False)
    raw_id_token: str = field(repr=False)


@dataclass(frozen=True)
class _Tokens:
    access: str = field(repr=False)
    identity: str = field(repr=False)


class RelyingParty:
    """One client of one provider; safe for concurrent use by the threads of a worker.

    Every method that talks to the provider raises ``SignInRefused`` and nothing else.
    """

    def __init__(self, config: ProviderConfig, *, clock: Clock) -> None:
        self.config = config
        self._clock = clock
        self._channel = BackChannel(config)
        self._metadata = Refreshed(
            lambda: load_metadata(config, self._channel), clock=clock, max_age=METADATA_AGE
        )
        self._keys = KeyRing(
            Refreshed(
                lambda: read_keys(self._channel.get_object(self._metadata.get().jwks_uri)),
                clock=clock,
                max_age=METADATA_AGE,
            )
        )

    def begin(self, *, redirect_uri: str) -> SignInStart:
        """Return the address to send the browser to, and what its session must keep.

        The session is what binds the sign-in to one browser; it gives ``keep`` back once.
        """
        login = PendingLogin.begin(self._clock())
        parameters = {
            "response_type": "code",
            "client_id": self.config.client_id,
            "redirect_uri": redirect_uri,
            "scope": self.config.scope,
            "state": login.state,
            "nonce": login.nonce,
            "code_challenge": create_s256_code_challenge(login.verifier),
            "code_challenge_method": "S256",
            **self.config.authorize_params,
        }
        endpoint = self._metadata.get().authorization_endpoint
        return SignInStart(add_params_to_uri(endpoint, list(parameters.items())), login.keep())

    def complete(
        self, *, query: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
    ) -> Authentication:
        """Check the return of the browser and everything the provider then says."""
        login = PendingLogin.restore(kept, self._clock())
        code = accepted_code(
            query,
            state=login.state,
            issuer=self.config.issuer,
            issuer_required=self.config.callback_issuer_required,
        )
        tokens = self._exchange(code, login, redirect_uri)
        id_token = check_id_token(
            verify_token(tokens.identity, self._keys),
            config=self.config,
            nonce=login.nonce,
            access_token=tokens.access,
            now=self._clock(),
        )
        userinfo = fetch_userinfo(
            self._metadata.get().userinfo_endpoint,
            access_token=tokens.access,
            subject=id_token.subject,
            config=self.config,
            channel=self._channel,
            keys=self._keys,
        )
        return Authentication(id_token, userinfo, tokens.identity)

    def logout_url(self, *, raw_id_token: str, return_to: str) -> str | None:
        """Return where to send the browser to end the provider's session, if it can be asked.

        No ``state`` is sent: nothing on our side depends on the return.
        """
        endpoint = self._metadata.get().end_session_endpoint
        if endpoint is None:
            return None
        parameters = [("id_token_hint", raw_id_token), ("post_logout_redirect_uri", return_to)]
        return str(add_params_to_uri(endpoint, parameters))

    def verify_logout(self, logout_token: str, *, spent: SpentTokens) -> LogoutRequest:
        """Return the sessions that a back-channel call may end."""
        token = verify_token(logout_token, self._keys)
        return check_logout_token(token, config=self.config, spent=spent, now=self._clock())

    def probe(self) -> None:
        """Fetch the provider's description now; raise ``SignInRefused`` when it does not answer."""
        load_metadata(self.config, self._channel)

    def _exchange(self, code: str, login: PendingLogin, redirect_uri: str) -> _Tokens:
        answer = self._channel.exchange_code(
            self._metadata.get().token_endpoint,
            code=code,
            verifier=login.verifier,
            redirect_uri=redirect_uri,
        )
        if str(answer.get("token_type")).lower() != "bearer":
            raise SignInRefused(Refusal.TOKEN_RESPONSE)
        return _Tokens(
            access=_token(answer, "access_token", missing=Refusal.TOKEN_RESPONSE),
            identity=_token(answer, "id_token", missing=Refusal.ID_TOKEN_MISSING),
        )


def _token(answer: JsonObject, name: str, *, missing: Refusal) -> str:
    token = answer.get(name)
    if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise SignInRefused(missing)
    if len(token) > MAX_TOKEN_CHARS:
        raise SignInRefused(Refusal.TOKEN_OVERSIZED)
    return token
