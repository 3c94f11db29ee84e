"""Who acts, and people as the plugin's records name them."""

from dataclasses import dataclass
from uuid import UUID

from dcc_core.api import Actor


@dataclass(frozen=True, slots=True)
class Author:
    """Who does something: written in histories, never decides about rights."""

    account_id: UUID | None
    national_id: str
    name: str

    def as_json(self) -> dict[str, str]:
        """Return what a case keeps of its requester or presenter."""
        return {
            "account_id": str(self.account_id or ""),
            "national_id": self.national_id,
            "name": self.name,
        }


SYSTEM = Author(None, "", "Système")


def author_of(actor: Actor, name: str) -> Author:
    """Return the author behind an actor."""
    return Author(actor.account_id, actor.national_id, name)


@dataclass(frozen=True, slots=True)
class Person:
    """A professional in a session or a directory.

    Attributes:
        national_id: PS_IdNat (``8`` + RPPS …).
        speciality: RPPS savoir-faire code without ``G15_10/``; empty when it is not known.
        profession: TRE_G15 code, ``10`` for physicians.
    """

    national_id: str
    name: str
    speciality: str = ""
    profession: str = "10"
    account_id: UUID | None = None
