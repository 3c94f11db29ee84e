"""Who works in the studio, and what each may do there."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from dcc_core.api import AccessRules, Actor, Subject, require


@dataclass(frozen=True, slots=True)
class Expert:
    """Somebody who acts in the studio, at a moment.

    Attributes:
        name: how other experts read them.
    """

    actor: Actor
    name: str
    rules: AccessRules
    at: datetime

    @property
    def key(self) -> str:
        """Return what tells this account from the others."""
        return str(self.actor.account_id)

    def must(self, session: Session, action: str) -> None:
        """Let only those go on who may.

        Raises:
            AccessRefused: otherwise.
        """
        require(session, self.actor, action, Subject(kind="form"), rules=self.rules)
