"""Three defects that must each fail the build: they are planted here and seen."""

import os
from pathlib import Path

import pytest
from dcc_example.plugin import ExamplePlugin
from dcc_example.provider import PaperBadge
from litestar import get
from pydantic import Field

from dcc_core.checks.run import check_plugin_class
from dcc_core.cli.runtime import open_runtime
from dcc_core.errors import StartRefused
from dcc_core.hooks import hookimpl
from dcc_core.hooks.policies import Policy, spec
from dcc_core.hooks.registry import _read
from dcc_core.plugins import DccPlugin, PluginSettings
from dcc_core.testing.specifications import specification_problems


class Unguarded(DccPlugin):
    """Serves a page to whoever asks."""

    name = "unguarded"

    @hookimpl
    def dcc_routes(self):
        @get("/open", sync_to_thread=False)
        def page() -> str:
            return ""

        return [page]


class SilentSettings(PluginSettings):
    speed: int = 3
    known: int = Field(default=1, description="Something said.")


class Silent(DccPlugin):
    name = "silent"
    settings_model = SilentSettings


def codes(plugin: type[DccPlugin]) -> list[str]:
    return [problem.code for problem in check_plugin_class(plugin)]


def test_an_unguarded_route_is_refused() -> None:
    assert codes(Unguarded) == ["DCC-P020", "DCC-P022"]


def test_settings_without_a_word_are_refused() -> None:
    assert codes(Silent) == ["DCC-P024", "DCC-P024"]


def test_an_undocumented_hook_is_refused() -> None:
    class Family:
        @spec(Policy.COLLECT)
        def dcc_nothing(self, careless=None):
            raise NotImplementedError

    planted = _read(Family, "dcc_nothing")
    assert list(specification_problems(planted, Family.dcc_nothing)) == [
        "documentation",
        "contract",
        "return type",
        "type of careless",
        "default of careless",
    ]


def test_a_development_provider_is_refused_in_production(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Careless(ExamplePlugin):
        @hookimpl
        def dcc_identity_providers(self, settings):
            return [PaperBadge()]

    Careless.__doc__ = ExamplePlugin.__doc__
    for name in [name for name in os.environ if name.startswith("DCC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DCC_REGION", "coeur")
    monkeypatch.setenv("DCC_HOME", str(tmp_path))
    monkeypatch.setenv("DCC_SECRET_KEY", "x" * 48)
    with pytest.raises(StartRefused, match="DCC-P025"), open_runtime(extra=(Careless,)):
        pass
