"""Who is asking: the signed-in person of a request, or nobody."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from dcc_core.hooks.contracts.access import Actor

ANONYMOUS = Actor(account_id=None)


@dataclass(frozen=True, slots=True)
class Visitor:
    """The person behind a request, as the session knows them.

    Attributes:
        permissions: Codes of the rights held by role; a decision about one patient needs
            ``authorize`` as well.
        name: Name shown in the top bar.
        title: Profession or role shown under the name.
        session_key: What the anti-forgery tokens of this session are bound to.
        expires_at: When the session ends unless the person acts.
        kept: What the session keeps on the server for its pages.
        unread: Notifications that the person has not read.
    """

    actor: Actor = ANONYMOUS
    permissions: frozenset[str] = frozenset()
    name: str = ""
    title: str = ""
    session_key: str = field(default="", repr=False)
    expires_at: datetime | None = None
    kept: Mapping[str, Any] = field(default_factory=dict, repr=False)
    unread: int = 0

    @property
    def is_signed_in(self) -> bool:
        """Tell whether a session stands behind this request."""
        return self.actor.account_id is not None

    def may(self, permission: str) -> bool:
        """Tell whether a role of this person holds a right."""
        return permission in self.permissions


NOBODY = Visitor()
