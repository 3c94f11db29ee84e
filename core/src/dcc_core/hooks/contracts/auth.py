"""Identity providers: how a professional signs in through somebody else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class ProfessionalActivity:
    """One situation d'exercice: in which structure and capacity the person acts.

    Attributes:
        structure_id: FINESS or SIRET as the directory writes it, empty for none.
        profession: Code of the profession (TRE_G15), empty for a non-regulated role.
        specialty: Savoir-faire code (``SM36``), empty when none.
        role: Code of the role (RPPS+) for a person without profession.
        proposed_role: Role of the matrix that the region's rules give to this profession in this
            structure, empty for none; the core grants it there for the time of a session.
    """

    structure_id: str
    structure_name: str
    profession: str = ""
    specialty: str = ""
    role: str = ""
    sector: str = ""
    label: str = ""
    proposed_role: str = ""


@dataclass(frozen=True, slots=True)
class ExternalIdentity:
    """Who the provider says the person is. E-mail is absent on purpose: it never links accounts.

    Attributes:
        provider: Key of the provider.
        subject: The provider's own stable identifier of the person.
        national_id: PS_IdNat (``8`` + RPPS …); not assumed to be digits only. Empty when the
            provider knows none.
        acr: Level of authentication reached (``eidas1`` … ``eidas3``).
        provider_session: The provider's session id, for back-channel logout; empty when none.
        authenticated_at: When the person proved who they are, aware UTC; the session here ends
            with the provider's, four hours later. None when the provider does not say.
        logout_hint: What the provider wants back at logout (id_token); kept in the server session
            only.
    """

    provider: str
    subject: str
    national_id: str
    family_name: str
    given_name: str
    acr: str = ""
    auth_mode: str = ""
    activities: tuple[ProfessionalActivity, ...] = ()
    provider_session: str = ""
    authenticated_at: datetime | None = None
    logout_hint: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SignInStart:
    """Where to send the browser, and what to keep in its server session until it comes back."""

    url: str
    keep: Mapping[str, str] = field(default_factory=dict, repr=False)


@runtime_checkable
class IdentityProvider(Protocol):
    """A way to sign in. Refusals are raised as ``AccessDenied`` with the provider's stable code.

    Attributes:
        key: Unique, prefixed by the plugin's name.
        label: What the sign-in button says.
        order: Position among the buttons, lowest first.
        help_path: Page that explains this way to sign in, empty for none.
        development: True for a provider that checks nothing; refused when ``env`` is production.
    """

    key: str
    label: str
    order: int
    help_path: str
    development: bool

    def start(self, *, redirect_uri: str) -> SignInStart:
        """Return the authorisation address for one sign-in; ``redirect_uri`` is the callback of the
        core.
        """

    def complete(
        self, *, query: Mapping[str, str], kept: Mapping[str, str], redirect_uri: str
    ) -> ExternalIdentity:
        """Check the callback against what was kept and return the identity; ``kept`` is already
        consumed.
        """

    def logout_url(self, *, logout_hint: str, return_to: str) -> str | None:
        """Return the provider's logout address, None when it has none."""
