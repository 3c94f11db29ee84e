"""The plugin inside a region: contract, settings, health."""

from datetime import UTC, datetime, timedelta

import pytest

from dcc_core.api import ConfigError, HealthState, Settings
from dcc_core.testing import contract_tests
from dcc_dmp.bench import measure
from dcc_dmp.health import check_certificates
from dcc_dmp.plugin import DmpPlugin, make_client
from dcc_dmp.settings import DmpSettings

from .support import settings_for

test_contract = contract_tests(DmpPlugin)


def test_without_address_there_is_no_feed():
    assert list(DmpPlugin(DmpSettings()).dcc_outbound_feeds(settings=Settings())) == []
    assert list(DmpPlugin(DmpSettings()).dcc_health_checks()) == []


def test_with_an_address_there_is_one(organisation):
    plugin = DmpPlugin(settings_for("http://127.0.0.1:1", organisation))
    (feed,) = plugin.dcc_outbound_feeds(settings=Settings())
    assert feed.label == "DMP / Mon espace santé"
    assert feed.needs_qualified_identity


@pytest.mark.parametrize("name", ["signing_certificate", "signing_key", "structure", "root_oid"])
def test_a_missing_setting_is_named(name, organisation):
    absent = {name: None if name.startswith("signing") else ""}
    with pytest.raises(ConfigError, match="DCC-DMP-023"):
        make_client(settings_for("http://127.0.0.1:1", organisation, **absent))


def test_a_key_of_another_certificate_is_refused(organisation, authority):
    other = authority.issue("autre")
    with pytest.raises(ConfigError, match=r"DCC-DMP-02[01]"):
        make_client(
            settings_for(
                "https://127.0.0.1:1",
                organisation,
                tls_certificate=organisation.certificate,
                tls_key=other.key,
            )
        )


@pytest.mark.parametrize(
    ("days", "state"), [(0, HealthState.OK), (10, HealthState.DEGRADED), (40, HealthState.DOWN)]
)
def test_health_tells_the_end_of_the_certificates(days, state, authority):
    soon = authority.issue(f"sante-{days}", days=35)
    settings = settings_for("http://127.0.0.1:1", soon)
    report = check_certificates(settings, lambda: datetime.now(UTC) + timedelta(days=days))
    assert report.state is state


def test_health_without_certificates_is_down():
    assert check_certificates(DmpSettings(), lambda: datetime.now(UTC)).state is HealthState.DOWN


def test_the_benchmark_compares_with_a_bare_signature():
    figures = measure(3)
    assert figures["floor_ms"] > 0
    assert figures["vihf"]["ratio"] > 0
    assert figures["lot"]["ratio"] > 0
