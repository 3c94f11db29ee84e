"""An OpenID Connect provider as the core's sign-in page knows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from dcc_core.api import Clock, ExternalIdentity, SignInStart
from dcc_sso_psc.claims.federated import NationalIdSource, federated_identity
from dcc_sso_psc.claims.identity import psc_identity
from dcc_sso_psc.claims.roles import RoleRule, with_roles
from dcc_sso_psc.oidc.relying_party import Authentication, RelyingParty
from dcc_sso_psc.refusals import SignInRefused
from dcc_sso_psc.settings import FederatedSettings, SsoPscSettings

PSC_KEY = "sso_psc"
HELP_PATH = "/x/sso_psc/aide"


@dataclass
class OidcProvider:
    """A button of the sign-in page. Implements ``dcc_core.api.IdentityProvider``."""

    key: str
    label: str
    order: int
    help_path: str
    development: bool
    party: RelyingParty
    read_identity: Callable[[Authentication], ExternalIdentity]

    def start(self, *, redirect_uri: str) -> SignInStart:
        """Return the authorization address and the secrets that the session keeps."""
        return self.party.begin(redirect_uri=redirect_uri)

    def complete(
        self, *, query: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
    ) -> ExternalIdentity:
        """Prove the sign-in and read who it is; raise ``SignInRefused`` otherwise."""
        authentication = self.party.complete(query=query, kept=kept, redirect_uri=redirect_uri)
        return self.read_identity(authentication)

    def logout_url(self, *, logout_hint: str, return_to: str) -> str | None:
        """Return the provider's logout address; None in an outage, so that leaving always works."""
        try:
            return self.party.logout_url(raw_id_token=logout_hint, return_to=return_to)
        except SignInRefused:
            return None


def psc_provider(settings: SsoPscSettings, *, clock: Clock) -> OidcProvider:
    """Return the button of Pro Santé Connect, always the first."""
    return OidcProvider(
        key=PSC_KEY,
        label="Pro Santé Connect",
        order=0,
        help_path=HELP_PATH,
        development=settings.environment == "sandbox",
        party=RelyingParty(settings.psc_config(), clock=clock),
        read_identity=partial(_psc_person, rules=settings.roles),
    )


def _psc_person(authentication: Authentication, *, rules: tuple[RoleRule, ...]) -> ExternalIdentity:
    return with_roles(psc_identity(authentication, provider=PSC_KEY), rules)


def federated_provider(entry: FederatedSettings, *, order: int, clock: Clock) -> OidcProvider:
    """Return the button of another provider."""
    key = f"{PSC_KEY}_{entry.key}"
    source = NationalIdSource(entry.national_id_claim, entry.national_id_prefix)
    return OidcProvider(
        key=key,
        label=entry.label,
        order=order,
        help_path="",
        development=False,
        party=RelyingParty(entry.config(), clock=clock),
        read_identity=partial(federated_identity, provider=key, source=source),
    )
