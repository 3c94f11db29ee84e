"""Three defects that must each fail the build: they are planted here and seen."""

import pytest
from litestar import get
from pydantic import Field

from dcc_core.checks import check_plugin_class
from dcc_core.hooks import hookimpl
from dcc_core.hooks.policies import Policy, spec
from dcc_core.hooks.registry import _read
from dcc_core.plugins import DccPlugin, PluginSettings
from dcc_core.testing.contract_hooks import HOOK_CONTRACTS


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
        def dcc_nothing(self):
            raise NotImplementedError

    planted = _read(Family, "dcc_nothing")
    with pytest.raises(AssertionError):
        assert planted.documentation.endswith(".")
    assert planted.name not in HOOK_CONTRACTS
