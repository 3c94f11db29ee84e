"""A region with the meetings and its demonstration, served to test browsers."""

from collections.abc import Callable, Iterator

import pytest
from litestar.testing import TestClient
from sqlmodel import Session

from dcc_core.config import Environment, PluginEntry, Region, Settings, utc_now
from dcc_core.db import Database
from dcc_core.db.migrate import import_models
from dcc_core.demo import fill_demonstration
from dcc_core.plugins import PluginSet, load_plugins
from dcc_core.records import FolderStore, bind_store
from dcc_core.testing.databases import SqliteLane
from dcc_core.testing.web import Browser, sign_in
from dcc_core.users import build_policy, find_account
from dcc_core.web.app import create_app
from dcc_core.web.runtime import Runtime

REGION = Region(
    slug="demo",
    name="Exemple",
    plugins=(PluginEntry(name="rcp_forms"), PluginEntry(name="rcp_meetings")),
)
SETTINGS = Settings(env=Environment.TEST, secret_key="s" * 32, embedded_worker=False)

PEOPLE = {
    "coordinator": "899900000037",
    "secretary": "3990000010/DEMO0042",
    "physician": "899900000011",
    "auditor": "899900000110",
}


@pytest.fixture(scope="session")
def plugins() -> PluginSet:
    return load_plugins(REGION, SETTINGS)


@pytest.fixture(scope="module")
def region_database(
    sqlite_lane: SqliteLane, plugins: PluginSet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    import_models([loaded.instance for loaded in plugins.plugins])
    with sqlite_lane.fresh() as database:
        bind_store(database, FolderStore(tmp_path_factory.mktemp("documents")))
        with database.session() as session:
            _fill(session, plugins)
        yield database


def _fill(session: Session, plugins: PluginSet) -> None:
    permissions = [one for loaded in plugins.plugins for one in loaded.instance.permissions]
    fill_demonstration(
        session,
        patients=60,
        seed=1,
        dispatcher=plugins.dispatcher,
        policy=build_policy(permissions),
        clock=utc_now,
    )


@pytest.fixture(scope="module")
def web(region_database: Database, plugins: PluginSet) -> Iterator[TestClient]:
    runtime = Runtime(SETTINGS, REGION, region_database, plugins.dispatcher, plugins.plugins)
    with TestClient(create_app(runtime), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="module")
def browser(web: TestClient, region_database: Database) -> Callable[[str], Browser]:
    known: dict[str, Browser] = {}

    def signed_in(role: str) -> Browser:
        if role not in known:
            with region_database.session() as session:
                account = find_account(session, PEOPLE[role])
                assert account is not None
                account_id = account.id
            known[role] = Browser(web)
            sign_in(known[role], account_id)
        return known[role]

    return signed_in
