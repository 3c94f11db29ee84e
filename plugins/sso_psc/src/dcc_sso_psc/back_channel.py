"""The address at which a provider tells that a session has ended.

Anybody can call it: it answers the same to every bad call, ends nothing without proof, and reads at
most 32 kB (OpenID Connect Back-Channel Logout 1.0 §2.5 to §2.8).
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from litestar import Response, post
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from dcc_core.api import FormFields, Transaction, end_provider_sessions
from dcc_sso_psc.provider import OidcProvider
from dcc_sso_psc.refusals import SignInRefused
from dcc_sso_psc.spent_tokens import StoredSpentTokens

MAX_BODY_BYTES = 32 * 1024
_NO_STORE = {"Cache-Control": "no-store"}
logger = logging.getLogger(__name__)

Answer = Response[dict[str, str]]


def back_channel_route(
    providers: Callable[[], Iterable[OidcProvider]], now: Callable[[], datetime]
) -> ControllerRouterHandler:
    """Return the route, one address per provider."""

    @post(
        "/deconnexion/{key:str}",
        name="sso_psc.back_channel_logout",
        opt={"public": True, "csrf_exempt": True, "no_session": True},
        status_code=200,
        request_max_body_size=MAX_BODY_BYTES,
        sync_to_thread=True,
    )
    def end_sessions(key: FromPath[str], session: Transaction, data: FormFields) -> Answer:
        """End the sessions that a logout token names."""
        provider = next((provider for provider in providers() if provider.key == key), None)
        if provider is None:
            return _refusal("PSC-E60")
        moment = now()
        try:
            request = provider.party.verify_logout(
                data.get("logout_token", ""), spent=StoredSpentTokens(session, now=moment)
            )
        except SignInRefused as refused:
            return _refusal(refused.code)
        ended = end_provider_sessions(
            session,
            provider=provider.key,
            provider_session=request.sid or "",
            subject=request.subject or "",
        )
        logger.info("back-channel logout of %s ended %d session(s)", provider.key, ended)
        return Response({}, headers=_NO_STORE)

    return end_sessions


def _refusal(code: str) -> Answer:
    logger.warning("back-channel logout refused: %s", code)
    return Response({"error": "invalid_request"}, status_code=400, headers=_NO_STORE)
