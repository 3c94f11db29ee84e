"""Random alterations of the address by which the browser comes back, sent to the application.

Bar: no session opened, no server error, no secret in what is printed or logged.
"""

import contextlib
import logging
import logging.handlers
import queue
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from dcc_core.api import Database
from dcc_core.testing.browser import served
from dcc_core.testing.databases import SqliteLane
from dcc_core.users import UserSession
from dcc_sandbox.psc.people import PEOPLE_BY_KEY
from dcc_sandbox.psc.provider import PscProvider

from .region import CLIENT, Browser, region_app

_PERSON = PEOPLE_BY_KEY["chirurgien"]
_NAMES = ("state", "code", "iss", "error")
_ALPHABET = "abcXYZ019-_.~%&=+;#/?:@ é\u0000\n\u202e😀"
Edit = Callable[[str, str], str]


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """Return a function of (genuine query, query of another sign-in) to an altered query."""
    kind = draw(st.sampled_from(["cut", "insert", "replace", "swap", "repeat", "drop", "error"]))
    place, length = draw(st.integers(0, 2000)), draw(st.integers(1, 60))
    name = draw(st.sampled_from(_NAMES[:3]))
    text = draw(st.text(_ALPHABET, min_size=1, max_size=60))

    def edit(query: str, other: str) -> str:
        at = place % len(query)
        parts = query.split("&")
        theirs = dict(part.split("=", 1) for part in other.split("&"))
        return {
            "cut": query[:at] + query[at + length :],
            "insert": query[:at] + text + query[at:],
            "replace": query[:at] + text + query[at + len(text) :],
            "swap": "&".join(
                f"{name}={theirs[name]}" if part.startswith(f"{name}=") else part for part in parts
            ),
            "repeat": f"{query}&{name}={theirs[name]}",
            "drop": "&".join(part for part in parts if not part.startswith(f"{name}=")),
            "error": f"{query}&error={text}",
        }[kind]

    return edit


class Target:
    """A served region, a browser that comes back to it, and everything that is logged."""

    def __init__(self, url: str, database: Database, psc: PscProvider) -> None:
        self.browser = Browser(url)
        self.database = database
        self.logged: list[str] = []
        self.psc = psc
        self.person = psc.open_session(_PERSON)
        self.page = self.browser.http.get(f"{url}/connexion")
        self.other = self.begin()[1]

    def begin(self) -> tuple[str, str]:
        """Begin a sign-in and return the genuine address of return, granted without the network."""
        wanted = dict(parse_qsl(urlsplit(self.browser.press(self.page)).query))
        key = self.psc.accept_request(wanted)
        address, parameters = self.psc.grant_code(key, self.person)
        return address, urlencode(parameters)

    def come_back(self, edit: Edit) -> None:
        path, genuine = self.begin()
        altered = quote(edit(genuine, self.other), safe="-_.~%&=+;/?:@")
        if _may_mean(altered, genuine):
            return
        self.logged.clear()
        answer = self.browser.http.get(f"{path}?{altered}")
        assert answer.status_code < 500
        assert not answer.is_redirect
        secrets = [value for query in (genuine, self.other) for value in _values(query)]
        told = answer.text + "\n".join(self.logged)
        assert not [secret for secret in [*secrets, CLIENT.secret] if secret in told]

    def count_sessions(self) -> int:
        """Return how many sessions were opened for somebody."""
        with self.database.session() as session:
            return len(session.exec(select(UserSession).where(UserSession.account_id)).all())


def _values(query: str) -> list[str]:
    return [value for name, value in parse_qsl(query) if name in {"state", "code"}]


def _may_mean(altered: str, genuine: str) -> bool:
    """Tell whether some reading of the altered query is the genuine one."""
    wanted = {pair for pair in parse_qsl(genuine) if pair[0] in _NAMES}
    found = [pair for pair in parse_qsl(altered, errors="replace") if pair[0] in _NAMES]
    return wanted <= set(found) and not any(name == "error" for name, _ in found)


@pytest.fixture(scope="module")
def target(running_provider: PscProvider, sqlite_lane: SqliteLane) -> Iterator[Target]:
    with (
        sqlite_lane.fresh() as database,
        served(region_app(running_provider, database)) as url,
    ):
        target = Target(url, database, running_provider)
        with _logged_to(target.logged):
            yield target
        target.browser.http.close()
        assert target.count_sessions() == 0


@contextlib.contextmanager
def _logged_to(lines: list[str]) -> Iterator[None]:
    """Collect what our packages log, at every level."""
    handler = logging.handlers.QueueHandler(queue.SimpleQueue())
    handler.enqueue = lambda record: lines.append(record.getMessage())
    loggers = [logging.getLogger(name) for name in ("dcc_core", "dcc_sso_psc", "authlib")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


_QUIET = settings(
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


def _attack(target: Target, edit: Edit, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    target.come_back(edit)
    printed = capfd.readouterr()
    assert CLIENT.secret not in printed.out + printed.err
    assert "code=" not in printed.out + printed.err


@settings(_QUIET, max_examples=40)
@given(edit=edits())
def test_altered_returns_open_nothing(
    target: Target, capfd: pytest.CaptureFixture[str], edit: Edit
) -> None:
    _attack(target, edit, capfd)


@pytest.mark.campaign
@pytest.mark.parametrize("part", range(1, 6))
@settings(_QUIET, max_examples=2_000)
@given(edit=edits())
def test_ten_thousand_altered_returns_open_nothing(
    target: Target, capfd: pytest.CaptureFixture[str], part: int, edit: Edit
) -> None:
    """Five parts of two thousand, each drawn anew, so that one can be run by itself."""
    _attack(target, edit, capfd)
