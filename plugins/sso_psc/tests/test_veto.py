"""Sessions of the fallback live as long as the fallback is open; the others are never touched."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dcc_core.api import Actor, Clock, Database, Deny, Subject
from dcc_sso_psc.fallback import close_fallback, open_fallback
from dcc_sso_psc.plugin import SsoPscPlugin
from dcc_sso_psc.settings import SsoPscSettings

_NOW = datetime(2026, 11, 24, 14, tzinfo=UTC)
_FALLBACK = Actor(account_id=uuid4(), fallback=True)


@dataclass
class Process:
    """As much of ``Core`` as the plugin looks at."""

    database: Database
    clock: Clock = lambda: _NOW

    def __post_init__(self) -> None:
        self.reading = self.database.reading


@pytest.fixture
def plugin(database: Database) -> SsoPscPlugin:
    plugin = SsoPscPlugin(SsoPscSettings())
    plugin.dcc_startup(Process(database))  # type: ignore[arg-type]
    return plugin


def _ask(plugin: SsoPscPlugin, actor: Actor = _FALLBACK) -> Deny | None:
    return plugin.dcc_access_veto(actor=actor, action="core.patient.read", subject=Subject())


def test_fallback_session_is_denied_unless_open(plugin: SsoPscPlugin, database: Database) -> None:
    denied = _ask(plugin)
    assert denied is not None
    assert denied.reason == "PSC-E90"
    with database.session() as session:
        open_fallback(session, author="compte", now=_NOW)
    assert _ask(plugin) is None
    with database.session() as session:
        close_fallback(session)
    assert _ask(plugin) is not None


def test_other_sessions_are_not_concerned(plugin: SsoPscPlugin) -> None:
    assert _ask(plugin, Actor(account_id=uuid4())) is None


def test_without_a_started_process_the_fallback_is_closed() -> None:
    assert _ask(SsoPscPlugin(SsoPscSettings())) is not None


def test_region_without_fallback_denies_and_shows_nothing(database: Database) -> None:
    plugin = SsoPscPlugin(SsoPscSettings.model_validate({"fallback": "never"}))
    plugin.dcc_startup(Process(database))  # type: ignore[arg-type]
    with database.session() as session:
        open_fallback(session, author="compte", now=_NOW)
    assert _ask(plugin) is not None
    assert list(plugin.dcc_menu_items()) == []
    assert list(plugin.dcc_jobs()) == []
    assert list(plugin.dcc_panels()) == []
    assert len(list(plugin.dcc_routes())) == 2
