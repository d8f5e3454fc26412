"""What the server can tell Prometheus about itself. Labels are routes, stages and shops: never words, ids or keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ShopSizes(Collector):
    """Reads each shop's numbers when Prometheus asks, so that they are never stale."""

    def __init__(self, stats: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
        self._stats = stats

    def describe(self) -> Iterable[GaugeMetricFamily]:
        """Registering a collector must not read the shops."""
        return []

    def collect(self) -> Iterable[GaugeMetricFamily]:
        sizes = GaugeMetricFamily(
            "aisle_index_size", "Sizes of a shop's index, by what is counted.", labels=["shop", "of"]
        )
        for shop, stats in self._stats().items():
            for name, value in stats.items():
                if isinstance(value, int | float) and not isinstance(value, bool):
                    sizes.add_metric([shop, name], float(value))
        yield sizes


class Metrics:
    """Counters and histograms of one server, in a registry of its own."""

    def __init__(self, stats: Callable[[], Mapping[str, Mapping[str, Any]]]) -> None:
        self._registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        self._requests = Counter("aisle_requests", "Requests answered.", labels, registry=self._registry)
        self._latency = Histogram(
            "aisle_request_seconds",
            "Time to the end of the answer.",
            ["route"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._stages = Histogram(
            "aisle_search_stage_seconds",
            "Time a stage of a search took.",
            ["stage"],
            buckets=SECONDS,
            registry=self._registry,
        )
        self._registry.register(ShopSizes(stats))

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._latency.labels(route).observe(seconds)

    def search(self, timings_ms: Mapping[str, float]) -> None:
        for stage, milliseconds in timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def text(self) -> bytes:
        """The exposition format, version 0.0.4."""
        return generate_latest(self._registry)
