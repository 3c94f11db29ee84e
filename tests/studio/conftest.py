"""A region with the forms plugin, its pack on the shelf, and two experts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from dcc_core.config import Branding, Region, Settings
from dcc_core.db import Database
from dcc_core.plugins import load_plugins
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.clock import START, MovableClock
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.web import Browser, add_account, sign_in
from dcc_core.testing.world import World, build_world
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime
from dcc_rcp_forms.fiches.shelf import publish_pack
from dcc_rcp_forms.plugin import RcpFormsPlugin
from dcc_rcp_forms.published import national_models

REGION = Region(slug="occitanie", name="Occitanie", branding=Branding(accent="#8C2F4B"))


@dataclass(frozen=True, slots=True)
class Studio:
    """The region at hand: its application, its people, its clock."""

    app: Litestar
    database: Database
    world: World
    second: UUID
    clock: MovableClock


@pytest.fixture(scope="module")
def studio(sqlite_lane: SqliteLane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    settings = Settings(env="test", secret_key="s" * 32)
    loaded = load_plugins(REGION, settings, installed={}, extra=[RcpFormsPlugin])
    clock = MovableClock(START)
    with sqlite_lane.fresh() as database:
        bind_store(database, FolderStore(tmp_path_factory.mktemp("documents")))
        world = build_world(database)
        with database.session() as session:
            second = add_account(session, "dsrc_expert", family="DÉMO-RELECTEUR", number=90)
            publish_pack(
                session, models=national_models(), at=datetime(2026, 1, 5, tzinfo=START.tzinfo)
            )
        runtime = Runtime(settings, REGION, database, loaded.dispatcher, loaded.plugins, clock)
        yield Studio(create_app(runtime), database, world, second, clock)


@pytest.fixture
def people(studio: Studio) -> Iterator[dict[str, Browser]]:
    """Yield browsers signed in: two experts, a physician, a secretary."""
    accounts = studio.world.accounts
    with TestClient(studio.app, raise_server_exceptions=False) as client:
        found = {
            "expert": accounts["dsrc_expert"],
            "second": studio.second,
            "physician": accounts["physician"],
            "secretary": accounts["rcp_secretary"],
            "coordinator": accounts["rcp_coordinator"],
        }
        browsers = {name: Browser(client) for name in found}
        for name, browser in browsers.items():
            sign_in(browser, found[name])
        yield browsers
