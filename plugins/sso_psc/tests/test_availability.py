from datetime import UTC, datetime, timedelta

from dcc_core.api import HealthState
from dcc_sso_psc.availability import PROBE_EVERY, Availability
from dcc_sso_psc.refusals import Refusal, SignInRefused


class Provider:
    """Answers or not, and counts who asks."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.is_down = False
        self.probes = 0
        self.availability = Availability(self._probe, label="PSC", clock=lambda: self.now)

    def _probe(self) -> None:
        self.probes += 1
        if self.is_down:
            raise SignInRefused(Refusal.UNREACHABLE)


def test_answers_are_shared_for_fifteen_seconds() -> None:
    provider = Provider()
    assert {provider.availability.report().state for _ in range(20)} == {HealthState.OK}
    assert provider.probes == 1


def test_outage_and_recovery_are_seen() -> None:
    provider = Provider()
    provider.availability.report()
    provider.is_down = True
    provider.now += PROBE_EVERY
    report = provider.availability.report()
    assert report.state is HealthState.DOWN
    assert "PSC-E20" in report.text
    provider.is_down = False
    provider.now += PROBE_EVERY
    assert provider.availability.report().state is HealthState.OK


def test_clock_set_back_asks_again() -> None:
    provider = Provider()
    provider.availability.report()
    provider.now -= timedelta(hours=1)
    provider.availability.report()
    assert provider.probes == 2
