"""Who signed in: a proven authentication read as the core's ``ExternalIdentity``."""

from dcc_core.api import ExternalIdentity
from dcc_sso_psc.claims.national_id import parse_national_id
from dcc_sso_psc.claims.practice import code, read_practices, text
from dcc_sso_psc.oidc.relying_party import Authentication
from dcc_sso_psc.refusals import Refusal, SignInRefused


def psc_identity(authentication: Authentication, *, provider: str) -> ExternalIdentity:
    """Read the claims of Pro Santé Connect.

    ``sub`` ends with the national identifier: the two must agree, since the one links to the
    provider's session and the other to the account. E-mail is never read.
    """
    claims = authentication.userinfo
    subject = authentication.id_token.subject
    national_id = parse_national_id(claims.get("SubjectNameID"))
    if not subject.endswith(f":{national_id.text}"):
        raise SignInRefused(Refusal.SUBJECT)
    if claims.get("preferred_username", national_id.text) != national_id.text:
        raise SignInRefused(Refusal.SUBJECT)
    practices = read_practices(claims, national_id)
    return ExternalIdentity(
        provider=provider,
        subject=subject,
        national_id=national_id.text,
        family_name=_required_name(text(claims, "family_name")),
        given_name=text(claims, "given_name"),
        acr=authentication.id_token.acr,
        auth_mode=code(claims, "authMode"),
        activities=tuple(practice.activity() for practice in practices),
        provider_session=authentication.id_token.sid or "",
        authenticated_at=authentication.id_token.authenticated_at,
        logout_hint=authentication.raw_id_token,
    )


def _required_name(name: str) -> str:
    if not name:
        raise SignInRefused(Refusal.USERINFO)
    return name
