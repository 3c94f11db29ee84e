from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

import dcc_core.patients  # noqa: F401 - its tables belong to the database of these tests
from dcc_core.config import Branding, Clock, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.plugins import DccPlugin, load_plugins
from dcc_core.testing.databases import SqliteLane
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

REGION = Region(slug="demo", name="Exemple", branding=Branding(accent="#8C2F4B"))
RuntimeFactory = Callable[..., Runtime]
Client = TestClient[Litestar]
ClientFactory = Callable[..., Client]


@pytest.fixture
def embedded(sqlite_lane: SqliteLane) -> Iterator[Database]:
    """Yield a SQLite database: for what does not depend on the engine."""
    with sqlite_lane.fresh() as fresh:
        yield fresh


@pytest.fixture
def make_runtime(embedded: Database) -> RuntimeFactory:
    def make(
        *plugins: type[DccPlugin],
        region: Region = REGION,
        clock: Clock = utc_now,
        **settings: Any,
    ) -> Runtime:
        chosen = Settings(**{"env": "test", "secret_key": "s" * 32, **settings})
        loaded = load_plugins(region, chosen, installed={}, extra=plugins)
        return Runtime(chosen, region, embedded, loaded.dispatcher, loaded.plugins, clock)

    return make


@pytest.fixture
def make_client(make_runtime: RuntimeFactory) -> Iterator[ClientFactory]:
    with ExitStack() as stack:

        def make(
            *plugins: type[DccPlugin], base_url: str = "http://testserver.local", **options: Any
        ) -> Client:
            app = create_app(make_runtime(*plugins, **options))
            client = TestClient(app, base_url=base_url, raise_server_exceptions=False)
            return stack.enter_context(client)

        yield make
