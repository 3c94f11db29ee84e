"""An identity provider that believes a badge made of paper. Development only."""

from collections.abc import Mapping
from urllib.parse import urlencode

from dcc_core.api import AccessDenied, ExternalIdentity, SignInStart


class PaperBadge:
    """Sign in with whatever the badge says."""

    key = "example.badge"
    label = "Badge en papier"
    order = 900
    help_path = ""
    development = True

    def start(self, *, redirect_uri: str) -> SignInStart:
        """Send the browser straight to the callback, with a fictitious badge."""
        badge = {"badge": "DÉMO-ARCAN Camille", "state": "paper"}
        return SignInStart(f"{redirect_uri}?{urlencode(badge)}", {"state": "paper"})

    def complete(
        self, *, query: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
    ) -> ExternalIdentity:
        """Read the badge; refuse a callback that this browser did not start."""
        if not kept or query.get("state") != kept.get("state") or "badge" not in query:
            raise AccessDenied("EXA-010", "Ce badge n'a pas été demandé ici. Recommencez.")
        family, _, given = query["badge"].partition(" ")
        return ExternalIdentity(self.key, query["badge"], "", family, given)

    def logout_url(self, *, logout_hint: str, return_to: str) -> str | None:
        """Paper has nothing to log out of."""
        return None
