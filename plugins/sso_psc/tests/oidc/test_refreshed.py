"""A remote value under concurrent readers and an outage."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from dcc_sso_psc.oidc.refreshed import Refreshed
from dcc_sso_psc.refusals import Refusal, SignInRefused

_HOUR = timedelta(hours=1)


class Source:
    """Counts its loads, fails or blocks on demand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.loads = 0
        self.is_down = False
        self.gate = threading.Event()
        self.gate.set()
        self.value = Refreshed(self._load, clock=lambda: self.now, max_age=_HOUR)

    def _load(self) -> int:
        self.loads += 1
        assert self.gate.wait(5)
        if self.is_down:
            raise SignInRefused(Refusal.UNREACHABLE)
        return self.loads


def test_concurrent_first_readers_cause_one_load() -> None:
    source = Source()
    with ThreadPoolExecutor(20) as pool:
        assert set(pool.map(lambda _: source.value.get(), range(100))) == {1}
    assert source.loads == 1


def test_readers_of_an_old_value_do_not_wait_for_the_reload() -> None:
    source = Source()
    source.value.get()
    source.now += _HOUR
    source.gate.clear()
    with ThreadPoolExecutor(1) as pool:
        reloading = pool.submit(source.value.get)
        while source.loads < 2:
            pass
        assert source.value.get() == 1
        source.gate.set()
        assert reloading.result(5) == 2


def test_last_good_value_survives_an_outage_with_few_retries() -> None:
    source = Source()
    source.value.get()
    source.is_down = True
    source.now += 2 * _HOUR
    for _ in range(50):
        assert source.value.get() == 1
        source.now += timedelta(seconds=1)
    assert source.loads == 1 + 5
    source.is_down = False
    source.now += timedelta(seconds=10)
    assert source.value.get() == 7


def test_failing_first_load_is_not_hammered() -> None:
    source = Source()
    source.is_down = True
    for _ in range(50):
        with pytest.raises(SignInRefused):
            source.value.get()
    assert source.loads == 1


def test_forced_refresh_is_limited() -> None:
    source = Source()
    source.value.get()
    for _ in range(50):
        source.value.refresh()
    assert source.loads == 2
    source.now += timedelta(seconds=10)
    source.value.refresh(minimum_age=timedelta(minutes=5))
    assert source.loads == 2
    source.now += timedelta(minutes=5)
    source.value.refresh(minimum_age=timedelta(minutes=5))
    assert source.loads == 3


def test_clock_set_back_does_not_cause_reloads() -> None:
    source = Source()
    source.value.get()
    source.now -= timedelta(days=1)
    assert source.value.get() == 1
    assert source.loads == 1
