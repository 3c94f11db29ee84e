"""Random alterations of a genuine return: none opens a session, none is a server error."""

from collections.abc import Callable, Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcc_sso_psc.oidc.relying_party import RelyingParty
from dcc_sso_psc.refusals import SignInRefused

from .conftest import Clock, config_for, relying_party_for
from .log_capture import captured_logs
from .providers import CLIENT_SECRET, REDIRECT_URI, sandbox
from .visitor import Visitor

Query = dict[str, str]
Alteration = Callable[[Query, Query], Query]
_CHECKED = st.sampled_from(["state", "code", "iss"])


@st.composite
def alterations(draw: st.DrawFn) -> Alteration:
    """Return a function of (genuine return, return of another sign-in) that changes the former."""
    name = draw(_CHECKED)
    kind = draw(st.sampled_from(["drop", "other", "text", "flip", "cut", "grow", "error", "case"]))
    text, at = draw(st.text(max_size=60)), draw(st.integers(0, 10_000))

    def replaced(value: str, other: str) -> str:
        at_ = at % len(value)
        return {
            "other": other if other != value else text,
            "text": text,
            "flip": value[:at_] + ("A" if value[at_] != "A" else "B") + value[at_ + 1 :],
            "cut": value[:at_],
            "grow": value[:at_] + (text or " ") + value[at_:],
            "case": value.swapcase(),
        }[kind]

    def alter(query: Query, other: Query) -> Query:
        if kind == "error":
            return {**query, "error": text}
        rest = {key: value for key, value in query.items() if key != name}
        return rest if kind == "drop" else {**rest, name: replaced(query[name], other[name])}

    return alter


class Target:
    """A relying party, a person, and the return of another sign-in, never used."""

    def __init__(self, visitor: Visitor, party: RelyingParty) -> None:
        self.visitor = visitor
        self.party = party
        self.other = visitor.visit(party.begin(redirect_uri=REDIRECT_URI).url)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with sandbox() as provider:
        party = relying_party_for(config_for(provider), Clock())
        with Visitor(provider, party) as visitor:
            visitor.sign_in()
            yield Target(visitor, party)


def _refuse_altered(target: Target, alter: Alteration) -> None:
    party, other = target.party, target.other
    start = party.begin(redirect_uri=REDIRECT_URI)
    genuine = target.visitor.visit(start.url)
    altered = alter(genuine, other)
    if altered == genuine:
        return
    with captured_logs() as logs, pytest.raises(SignInRefused) as refused:
        party.complete(query=altered, kept=start.keep, redirect_uri=REDIRECT_URI)
    canaries = (CLIENT_SECRET, genuine["code"], other["code"], genuine["state"])
    canaries += (start.keep["nonce"], start.keep["verifier"])
    told = logs.text + str(refused.value)
    assert not any(canary in told for canary in canaries)


_QUIET = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@settings(_QUIET, max_examples=60)
@given(alter=alterations())
def test_altered_returns_are_refused(target: Target, alter: Alteration) -> None:
    _refuse_altered(target, alter)


@pytest.mark.campaign
@settings(_QUIET, max_examples=10_000)
@given(alter=alterations())
def test_ten_thousand_altered_returns_are_refused(target: Target, alter: Alteration) -> None:
    _refuse_altered(target, alter)
