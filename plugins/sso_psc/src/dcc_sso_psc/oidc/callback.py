"""The return of the browser from the provider: parameters written by anybody."""

import hmac
from collections.abc import Mapping

from dcc_sso_psc.refusals import Refusal, SignInRefused

MAX_PARAMETER_CHARS = 4 * 1024
_ERRORS = {
    "access_denied": Refusal.DECLINED,
    "login_required": Refusal.DECLINED,
    "interaction_required": Refusal.DECLINED,
    "server_error": Refusal.UNREACHABLE,
    "temporarily_unavailable": Refusal.UNREACHABLE,
}


def accepted_code(
    query: Mapping[str, str], *, state: str, issuer: str, issuer_required: bool
) -> str:
    """Return the authorization code of a return to this very request, by this issuer.

    RFC 9207 §2.4: a different ``iss`` is refused before anything else is looked at, a missing one
    where the provider is known to send it. An error without ``iss`` opens nothing: it is told.
    """
    received = {name: query[name] for name in ("state", "iss", "error", "code") if name in query}
    if not all(_is_plain(value) for value in received.values()):
        raise SignInRefused(Refusal.CALLBACK_MALFORMED)
    if not hmac.compare_digest(received.get("state", "").encode(), state.encode()):
        raise SignInRefused(Refusal.STATE_UNKNOWN)
    if received.get("iss", issuer) != issuer:
        raise SignInRefused(Refusal.CALLBACK_ISSUER)
    if "error" in received:
        raise SignInRefused(_ERRORS.get(received["error"], Refusal.PROVIDER_REFUSED))
    if issuer_required and "iss" not in received:
        raise SignInRefused(Refusal.CALLBACK_ISSUER)
    if not received.get("code"):
        raise SignInRefused(Refusal.CALLBACK_MALFORMED)
    return received["code"]


def _is_plain(value: str) -> bool:
    return len(value) <= MAX_PARAMETER_CHARS and value.isascii() and value.isprintable()
