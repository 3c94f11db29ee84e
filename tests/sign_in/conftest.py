from collections.abc import Callable, Iterator

import pytest

from dcc_core.api import Database
from dcc_core.testing.browser import served
from dcc_core.testing.databases import SqliteLane
from dcc_sandbox.psc.provider import PscProvider
from dcc_sandbox.psc.server import running_psc
from dcc_sandbox.psc.tampering import HONEST

from .region import CLIENT, Browser, region_app


@pytest.fixture(scope="session")
def running_provider() -> Iterator[PscProvider]:
    with running_psc((CLIENT,)) as provider:
        yield provider


@pytest.fixture
def psc(running_provider: PscProvider) -> Iterator[PscProvider]:
    yield running_provider
    running_provider.tampering = HONEST


@pytest.fixture
def embedded(sqlite_lane: SqliteLane) -> Iterator[Database]:
    with sqlite_lane.fresh() as fresh:
        yield fresh


@pytest.fixture
def region(psc: PscProvider, embedded: Database) -> Iterator[str]:
    """Yield the address of a region that is being served."""
    with served(region_app(psc, embedded)) as url:
        yield url


@pytest.fixture
def new_browser(region: str) -> Iterator[Callable[[], Browser]]:
    opened: list[Browser] = []

    def make() -> Browser:
        opened.append(Browser(region))
        return opened[-1]

    yield make
    for browser in opened:
        browser.http.close()


@pytest.fixture
def browser(new_browser: Callable[[], Browser]) -> Browser:
    return new_browser()
