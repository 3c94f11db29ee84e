"""Authentication: ways to sign in."""

from collections.abc import Iterable

from dcc_core.config import Settings
from dcc_core.hooks.contracts.auth import IdentityProvider
from dcc_core.hooks.policies import Policy, spec


class AuthHooks:
    """Identity providers."""

    @spec(Policy.COLLECT, item=IdentityProvider, many=True, unique=("key",))
    def dcc_identity_providers(self, settings: Settings) -> Iterable[IdentityProvider]:
        """Return the identity providers offered on the sign-in page.

        A provider marked ``development`` is refused when the environment is production.
        """
        raise NotImplementedError
