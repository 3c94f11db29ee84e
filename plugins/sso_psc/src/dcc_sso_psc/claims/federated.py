"""Who signed in at a provider other than Pro Santé Connect, from the standard claims."""

from dataclasses import dataclass

from dcc_core.api import ExternalIdentity
from dcc_sso_psc.claims.national_id import parse_national_id
from dcc_sso_psc.claims.practice import code, text
from dcc_sso_psc.oidc.relying_party import Authentication
from dcc_sso_psc.refusals import Refusal, SignInRefused


@dataclass(frozen=True)
class NationalIdSource:
    """Which claim this provider is trusted to fill with a national identifier, if any."""

    claim: str = ""
    prefix: str = ""


def federated_identity(
    authentication: Authentication, *, provider: str, source: NationalIdSource
) -> ExternalIdentity:
    """Read ``family_name``, ``given_name`` and the national identifier; nothing else is trusted."""
    claims = authentication.userinfo
    family_name = text(claims, "family_name")
    if not family_name:
        raise SignInRefused(Refusal.USERINFO)
    national_id = ""
    if source.claim:
        national_id = parse_national_id(f"{source.prefix}{code(claims, source.claim)}").text
    return ExternalIdentity(
        provider=provider,
        subject=authentication.id_token.subject,
        national_id=national_id,
        family_name=family_name,
        given_name=text(claims, "given_name"),
        acr=authentication.id_token.acr,
        provider_session=authentication.id_token.sid or "",
        authenticated_at=authentication.id_token.authenticated_at,
        logout_hint=authentication.raw_id_token,
    )
