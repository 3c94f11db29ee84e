"""The cookie of a session: what it is called, how it is set, whom it opens."""

from dcc_core.web.site import Site
from dcc_core.web.visitor import NOBODY, Visitor


class SessionCookie:
    """The session cookie of a region.

    Attributes:
        name: ``__Host-`` binds the cookie to this host over TLS; browsers refuse the prefix on
            plain HTTP, which a demonstration uses.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.name = "__Host-dcc" if site.is_secure else "dcc"

    def find(self, token: str) -> Visitor:
        """Return who the value of the cookie opens."""
        return NOBODY
