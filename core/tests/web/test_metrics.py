"""The figures that Prometheus reads of the exchange."""

from sqlalchemy.exc import OperationalError

from dcc_core.web.metrics import Metrics


def test_queues_are_counted_by_state_at_each_scrape() -> None:
    counts = {"inbox": {"received": 2}, "outbox": {}}
    metrics = Metrics(lambda: 0, lambda: counts)
    assert 'dcc_exchange_items{queue="inbox",state="received"} 2.0' in metrics.render().decode()
    counts["outbox"]["dead"] = 1
    assert 'dcc_exchange_items{queue="outbox",state="dead"} 1.0' in metrics.render().decode()


def test_nothing_is_asked_before_the_first_scrape() -> None:
    def down() -> dict[str, dict[str, int]]:
        raise OperationalError("select", {}, Exception("gone"))

    Metrics(lambda: 0, down)
