"""An OpenID Connect provider as the core's sign-in page knows it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from dcc_core.api import ExternalIdentity, SignInStart
from dcc_sso_psc.oidc.relying_party import Authentication, RelyingParty
from dcc_sso_psc.refusals import SignInRefused


@dataclass
class OidcProvider:
    """A button of the sign-in page. Implements ``dcc_core.api.IdentityProvider``."""

    key: str
    label: str
    order: int
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
