"""A region with the forms plugin, its pack on the shelf, and two experts."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from dcc_core.api import (
    Actor,
    Answers,
    DccPlugin,
    Deny,
    FormModel,
    Issue,
    IssueLevel,
    Stage,
    Subject,
    hookimpl,
)
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
from dcc_rcp_forms.permissions import FICHE_WRITE
from dcc_rcp_forms.plugin import RcpFormsPlugin
from dcc_rcp_forms.published import national_models

REGION = Region(slug="occitanie", name="Occitanie", branding=Branding(accent="#8C2F4B"))


class ReminderPlugin(DccPlugin):
    """A plugin that looks at answers: an OMS of 4 asks for a word on the aim of care."""

    name: ClassVar[str] = "reminder"
    label: ClassVar[str] = "Rappels"

    led: ClassVar[set[UUID]] = set()

    @hookimpl
    def dcc_access_veto(self, actor: Actor, action: str, subject: Subject) -> Deny | None:
        """Keep the writing of the fiches it leads."""
        if action == FICHE_WRITE and subject.object_id in self.led:
            return Deny("reminder_leads", "Cette fiche se remplit dans sa réunion.")
        return None

    @hookimpl
    def dcc_form_issues(self, form: FormModel, answers: Answers, stage: Stage) -> Iterable[Issue]:
        """Block the signature, remark on the draft."""
        if answers.get("oms") == 4 and "visée" not in answers:
            level = IssueLevel.BLOCKING if stage is Stage.SIGN else IssueLevel.WARNING
            yield Issue("REM-001", "OMS 4 : précisez la visée des soins.", level, "oms")


@dataclass(frozen=True, slots=True)
class Studio:
    """The region at hand: its application, its people, its clock."""

    app: Litestar
    database: Database
    world: World
    second: UUID
    clock: MovableClock
    runtime: Runtime

    @contextmanager
    def led(self, fiche_id: UUID) -> Iterator[None]:
        """Let another plugin lead a fiche for a while."""
        ReminderPlugin.led.add(fiche_id)
        yield
        ReminderPlugin.led.discard(fiche_id)


@pytest.fixture(scope="module")
def studio(sqlite_lane: SqliteLane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    settings = Settings(env="test", secret_key="s" * 32)
    loaded = load_plugins(REGION, settings, installed={}, extra=[RcpFormsPlugin, ReminderPlugin])
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
        yield Studio(create_app(runtime), database, world, second, clock, runtime)


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
