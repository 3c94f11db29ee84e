"""The back channel: the only way out to the provider."""

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client

from dcc_sso_psc.oidc.config import ClientCertificate, ClientSecret, ProviderConfig
from dcc_sso_psc.oidc.json_object import JsonObject, parse_object
from dcc_sso_psc.oidc.transport import GuardedTransport
from dcc_sso_psc.refusals import Refusal, SignInRefused

_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "dcc"}
_TOKEN_ERRORS = {
    "invalid_grant": Refusal.CODE_REJECTED,
    "invalid_client": Refusal.CLIENT_REJECTED,
    "unauthorized_client": Refusal.CLIENT_REJECTED,
}


class BackChannel:
    """Call the provider within its allowed origins; every failure is a ``SignInRefused``."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._tls = config.tls_context()

    def get(self, url: str, *, bearer: str | None = None) -> httpx2.Response:
        """Fetch an answer of status 200."""
        self._require_permitted(url)
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        with httpx2.Client(transport=self._transport(), headers=_HEADERS) as client:
            try:
                response = client.get(url, headers=headers)
            except httpx2.TransportError as error:
                raise SignInRefused(Refusal.UNREACHABLE) from error
        _require_success(response)
        return response

    def get_object(self, url: str) -> JsonObject:
        """Fetch a JSON object."""
        return _read_object(self.get(url))

    def exchange_code(self, url: str, *, code: str, verifier: str, redirect_uri: str) -> JsonObject:
        """Exchange the authorization code for the token response (RFC 6749 §4.1.3, RFC 7636)."""
        self._require_permitted(url)
        with self._oauth_client() as client:
            client.register_compliance_hook("access_token_response", _checked_token_response)
            try:
                token = client.fetch_token(
                    url,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=redirect_uri,
                )
            except httpx2.TransportError as error:
                raise SignInRefused(Refusal.UNREACHABLE) from error
            except OAuthError as error:
                refusal = _TOKEN_ERRORS.get(str(error.error), Refusal.PROVIDER_REFUSED)
                raise SignInRefused(refusal) from None  # the description may hold the code
        return dict(token)

    def _transport(self) -> GuardedTransport:
        return GuardedTransport(
            self._tls, reach=self._config.reach, timeout_s=self._config.timeout_s
        )

    def _oauth_client(self) -> OAuth2Client:
        auth = self._config.client_auth
        with_secret = isinstance(auth, ClientSecret)
        return OAuth2Client(
            client_id=self._config.client_id,
            client_secret=auth.secret if isinstance(auth, ClientSecret) else None,
            # "none" sends client_id in the form; the certificate authenticates (RFC 8705 §2).
            token_endpoint_auth_method="client_secret_basic" if with_secret else "none",
            transport=self._transport(),
            headers=_HEADERS,
        )

    def _require_permitted(self, url: str) -> None:
        if not self._config.permits(url):
            raise SignInRefused(Refusal.METADATA)

    @property
    def uses_certificate(self) -> bool:
        """Tell whether the client authenticates with its certificate."""
        return isinstance(self._config.client_auth, ClientCertificate)


def _require_success(response: httpx2.Response) -> None:
    if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        raise SignInRefused(Refusal.UNREACHABLE)
    if response.status_code != httpx2.codes.OK:
        raise SignInRefused(Refusal.UNREADABLE)


def _read_object(response: httpx2.Response) -> JsonObject:
    try:
        return parse_object(response.content)
    except ValueError as error:
        raise SignInRefused(Refusal.UNREADABLE) from error


def _checked_token_response(response: httpx2.Response) -> httpx2.Response:
    """Let authlib read the answer only when it is a JSON object with or without ``error``."""
    if response.status_code >= httpx2.codes.INTERNAL_SERVER_ERROR:
        raise SignInRefused(Refusal.UNREACHABLE)
    if "error" not in _read_object(response):
        _require_success(response)
    return response
