from types import SimpleNamespace

import pytest
from pydantic import Field, SecretStr

from dcc_core.config import Environment, PluginEntry, Region, Settings
from dcc_core.errors import StartRefused
from dcc_core.hooks import hookimpl
from dcc_core.hooks.contracts.access import Permission, Sensitivity
from dcc_core.plugins import DccPlugin, PluginSettings, load_plugins
from dcc_core.plugins.discovery import find_region, neutral_region


class WellSettings(PluginSettings):
    port: int = Field(default=2575, ge=0, le=65535)
    password: SecretStr | None = None


class Well(DccPlugin):
    name = "well"
    settings_model = WellSettings


def entry(plugin: object, name: str, *, requires: tuple[str, ...] = ()) -> object:
    """Return what an installed plugin looks like to the loader."""

    def load() -> object:
        if isinstance(plugin, Exception):
            raise plugin
        return plugin

    dist = SimpleNamespace(name=f"dcc-{name}", version="1.2.3", requires=list(requires))
    return SimpleNamespace(name=name, value=f"dcc_{name}:Plugin", dist=dist, load=load)


def region(*names: str | PluginEntry) -> Region:
    entries = tuple(PluginEntry(name=n) if isinstance(n, str) else n for n in names)
    return Region(slug="essai", name="Essai", plugins=entries)


def settings(**plugins: dict[str, object]) -> Settings:
    return Settings(env=Environment.TEST, plugins=plugins)


def load(installed: list[object], *names: str | PluginEntry, **given: dict[str, object]):
    by_name = {found.name: found for found in installed}
    return load_plugins(region(*names), settings(**given), installed=by_name)


def refused(installed: list[object], *names: str | PluginEntry, **given: dict[str, object]):
    with pytest.raises(StartRefused) as caught:
        load(installed, *names, **given)
    return [(p.code, p.plugin, p.text + " " + p.remedy) for p in caught.value.problems]


def test_plugins_load_in_the_order_of_the_region() -> None:
    other = type("Other", (DccPlugin,), {"name": "other", "depends_on": ("well",)})
    loaded = load([entry(other, "other"), entry(Well, "well")], "well", "other")
    assert [plugin.name for plugin in loaded.plugins] == ["well", "other"]
    assert loaded.plugins[0].version == "1.2.3"
    assert loaded.dispatcher.plugins == ("well", "other")


def test_a_missing_plugin_is_named_with_the_nearest_installed_one() -> None:
    ((code, plugin, text),) = refused([entry(Well, "well")], "wel")
    assert (code, plugin) == ("DCC-P001", "wel")
    assert "Did you mean well?" in text
    assert "essai" in text


def test_an_incompatible_plugin_is_refused_before_it_is_imported() -> None:
    untouchable = entry(RuntimeError("imported!"), "well", requires=("dcc-core>=9,<10",))
    ((code, _, text),) = refused([untouchable], "well")
    assert code == "DCC-P002"
    assert "<10,>=9" in text


def test_every_problem_of_every_plugin_is_reported_at_once() -> None:
    class Typo(DccPlugin):
        """Has one defect of each kind."""

        name = "typo"

        @hookimpl
        def dcc_menu_item(self):
            return []

        def dcc_panels(self):
            return []

        @hookimpl
        async def dcc_jobs(self):
            return []

        @hookimpl
        def dcc_form_models(self, regions):
            return []

        @hookimpl
        def dcc_identity_providers(self, settings=None):
            return []

        @hookimpl
        def dcc_event(self, *events):
            return None

    found = refused(
        [
            entry(Typo, "typo"),
            entry(ImportError("no module named hl7apy"), "broken"),
            entry(object, "wrong"),
            entry(Well, "renamed"),
        ],
        "typo",
        "broken",
        "wrong",
        "renamed",
        "absent",
    )
    assert [(code, plugin) for code, plugin, _ in found] == [
        ("DCC-P001", "absent"),
        ("DCC-P003", "broken"),
        ("DCC-P004", "wrong"),
        ("DCC-P005", "renamed"),
        ("DCC-P009", "typo"),
        ("DCC-P010", "typo"),
        ("DCC-P011", "typo"),
        ("DCC-P012", "typo"),
        ("DCC-P012", "typo"),
        ("DCC-P013", "typo"),
    ]
    assert "Did you mean dcc_menu_items?" in {c: t for c, _, t in found}["DCC-P009"]


def test_prerequisites_come_earlier_and_plugins_come_once() -> None:
    needy = type("Needy", (DccPlugin,), {"name": "needy", "depends_on": ("well",)})
    installed = [entry(needy, "needy"), entry(Well, "well")]
    assert [p[0] for p in refused(installed, "needy", "well")] == ["DCC-P007"]
    assert [p[0] for p in refused(installed, "well", "well")] == ["DCC-P006"]


def test_settings_come_from_the_region_then_the_environment() -> None:
    listed = PluginEntry(name="well", settings={"port": 1000})
    assert load([entry(Well, "well")], listed).plugins[0].instance.settings.port == 1000
    overridden = load([entry(Well, "well")], listed, well={"port": "2000"})
    assert overridden.plugins[0].instance.settings.port == 2000


def test_unknown_and_unusable_settings_are_refused_without_their_value() -> None:
    found = refused(
        [entry(Well, "well")], "well", well={"prot": 1, "password": "s3cret", "port": -1}
    )
    ((code, plugin, text),) = found
    assert (code, plugin) == ("DCC-P008", "well")
    assert "prot" in text
    assert "port" in text
    assert "s3cret" not in text


def test_a_secret_can_come_from_a_file(tmp_path) -> None:
    path = tmp_path / "password"
    path.write_text("from a file\n")
    loaded = load([entry(Well, "well")], "well", well={"password_file": str(path)})
    assert loaded.plugins[0].instance.settings.password.get_secret_value() == "from a file"
    assert refused([entry(Well, "well")], "well", well={"password_file": "/nowhere"})[0][0] == (
        "DCC-C003"
    )


def test_settings_of_a_plugin_that_does_not_run_are_refused() -> None:
    ((code, plugin, text),) = refused([entry(Well, "well")], "well", wel={"port": 1})
    assert (code, plugin) == ("DCC-P014", "wel")
    assert "Did you mean well?" in text


def test_permissions_carry_the_plugins_name() -> None:
    permission = Permission("core.patient.read", "Lire", Sensitivity.CLINICAL)
    greedy = type("Greedy", (DccPlugin,), {"name": "greedy", "permissions": (permission,)})
    assert [p[0] for p in refused([entry(greedy, "greedy")], "greedy")] == ["DCC-P015"]


def test_an_optional_plugin_may_be_absent_and_is_reported() -> None:
    optional = PluginEntry(name="absent", optional=True)
    loaded = load([entry(Well, "well")], "well", optional)
    assert [plugin.name for plugin in loaded.plugins] == ["well"]
    assert [problem.code for problem in loaded.absent] == ["DCC-P001"]


def test_an_unknown_region_lists_what_is_installed() -> None:
    with pytest.raises(StartRefused) as caught:
        find_region("atlantide")
    assert caught.value.problems[0].code == "DCC-P020"


def test_the_neutral_region_runs_what_is_installed() -> None:
    assert find_region("") == neutral_region()
