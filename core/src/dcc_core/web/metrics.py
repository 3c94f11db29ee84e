"""Figures for Prometheus: one registry per application, no label that grows with patients."""

from collections.abc import Callable, Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_EXCHANGE = "dcc_exchange_items"
_EXCHANGE_HELP = "Messages received and deliveries owed, by state."
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class _Queues(Collector):
    """How many messages and deliveries stand in each state, asked at each scrape."""

    def __init__(self, queues: Callable[[], Mapping[str, Mapping[str, int]]]) -> None:
        self._queues = queues

    def describe(self) -> Iterable[Metric]:
        """Name the figure without asking for it."""
        return [GaugeMetricFamily(_EXCHANGE, _EXCHANGE_HELP, labels=("queue", "state"))]

    def collect(self) -> Iterable[Metric]:
        """Return the counts now."""
        family = GaugeMetricFamily(_EXCHANGE, _EXCHANGE_HELP, labels=("queue", "state"))
        for queue, counts in self._queues().items():
            for state, count in counts.items():
                family.add_metric((queue, state), count)
        yield family


class Metrics:
    """Counters of the web process.

    Routes are labelled by their pattern, never by the path, so that no identifier becomes a label.
    """

    def __init__(
        self,
        failing_plugins: Callable[[], float],
        queues: Callable[[], Mapping[str, Mapping[str, int]]],
    ) -> None:
        self._registry = CollectorRegistry()
        self._registry.register(_Queues(queues))
        self._requests = Counter(
            "dcc_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "dcc_http_request_seconds",
            "Time to answer.",
            ("route",),
            buckets=_BUCKETS_S,
            registry=self._registry,
        )
        Gauge(
            "dcc_plugins_failed",
            "Plugins that failed at least once since the start.",
            registry=self._registry,
        ).set_function(failing_plugins)

    def observe(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def render(self) -> bytes:
        """Return every figure in the Prometheus text format."""
        return generate_latest(self._registry)
