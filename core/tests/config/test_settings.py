import os

import pytest

from dcc_core.config import Environment, load_settings
from dcc_core.errors import ConfigError


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [name for name in os.environ if name.startswith("DCC_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("DCC_ENV", "test")
    return monkeypatch


def code_of(**environ: str) -> str:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        with pytest.raises(ConfigError) as caught:
            load_settings()
    return caught.value.code


def test_plugins_take_nested_variables(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("DCC_PLUGINS__LAB_CONNECTORS__MLLP_PORT", "2575")
    assert load_settings().plugins == {"lab_connectors": {"mllp_port": "2575"}}


def test_a_misspelt_setting_is_refused_with_a_suggestion() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DCC_DATABASE_ULR", "sqlite://")
        with pytest.raises(ConfigError, match=r"Did you mean DCC_DATABASE_URL\?") as caught:
            load_settings()
    assert caught.value.code == "DCC-C001"


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("DCC_ENV", "prod", "DCC-C002"),
        ("DCC_POOL_SIZE", "many", "DCC-C002"),
        ("DCC_LOG_FORMAT", "xml", "DCC-C002"),
        ("DCC_PLUGINS", "{}", "DCC-C001"),
        ("DCC_PLUGINS__X", "1", "DCC-C001"),
        ("DCC_REGION__SLUG", "x", "DCC-C001"),
        ("DCC_SECRET_KEY_FILE", "/nowhere/at/all", "DCC-C003"),
        ("DCC_HOME_FILE", "/etc/hostname", "DCC-C001"),
    ],
)
def test_unusable_values_are_refused(name: str, value: str, code: str) -> None:
    assert code_of(**{name: value}) == code


def test_production_demands_a_secret(clean_environment: pytest.MonkeyPatch) -> None:
    assert code_of(DCC_ENV="production") == "DCC-C004"
    assert code_of(DCC_ENV="production", DCC_SECRET_KEY="short") == "DCC-C004"
    clean_environment.setenv("DCC_ENV", "production")
    clean_environment.setenv("DCC_SECRET_KEY", "x" * 48)
    assert load_settings().is_production


def test_a_secret_comes_from_its_file_once(clean_environment: pytest.MonkeyPatch, tmp_path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 48 + "\n")
    clean_environment.setenv("DCC_SECRET_KEY_FILE", str(path))
    key = load_settings().secret_key
    assert key is not None
    assert key.get_secret_value() == "k" * 48
    assert "k" * 48 not in repr(load_settings())
    assert code_of(DCC_SECRET_KEY="x" * 48) == "DCC-C005"


def test_production_is_the_default_environment(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.delenv("DCC_ENV")
    clean_environment.setenv("DCC_SECRET_KEY", "x" * 48)
    assert load_settings().env is Environment.PRODUCTION


def test_a_command_line_wins_over_the_environment(clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("DCC_REGION", "bretagne")
    assert load_settings(region="martinique", home=None).region == "martinique"
