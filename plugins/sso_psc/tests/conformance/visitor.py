"""A person with a browser, and the server session that the application keeps for that browser."""

from collections.abc import Mapping
from types import TracebackType

import httpx2

from dcc_sandbox.psc.people import PEOPLE_BY_KEY, Person
from dcc_sso_psc.oidc.relying_party import Authentication, RelyingParty
from dcc_sso_psc.refusals import Refusal, SignInRefused

from .providers import REDIRECT_URI, ProviderUnderTest, parameters_of

ONCOLOGIST = PEOPLE_BY_KEY["oncologue"]


class Visitor:
    """One browser. ``kept`` is what the application's session holds, taken out when it returns."""

    def __init__(self, provider: ProviderUnderTest, relying_party: RelyingParty) -> None:
        self.provider = provider
        self.relying_party = relying_party
        self.browser = httpx2.Client(trust_env=False, timeout=60)
        self.kept: dict[str, Mapping[str, str]] = {}
        self.kept_last: Mapping[str, str] = {}

    def __enter__(self) -> "Visitor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.browser.close()

    def begin(self) -> str:
        start = self.relying_party.begin(redirect_uri=REDIRECT_URI)
        self.kept[start.keep["state"]] = start.keep
        self.kept_last = start.keep
        return start.url

    def visit(self, url: str, person: Person | None = ONCOLOGIST) -> dict[str, str]:
        return parameters_of(self.provider.sign_in(self.browser, url, person))

    def come_back(self, query: Mapping[str, str]) -> Authentication:
        state = query.get("state", "")
        only = next(iter(self.kept), "")
        kept = self.kept.pop(state if state in self.kept else only, {})
        return self.relying_party.complete(query=query, kept=kept, redirect_uri=REDIRECT_URI)

    def sign_in(self, person: Person = ONCOLOGIST) -> Authentication:
        return self.come_back(self.visit(self.begin(), person))

    def refusal(self) -> Refusal:
        """Sign in and return why it was refused."""
        try:
            self.sign_in()
        except SignInRefused as refused:
            return refused.refusal
        raise AssertionError("a session would have been opened")
