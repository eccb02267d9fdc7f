"""Count cheaply: the metric families that the hot path adds to.

Role: plain integers while the server works, Prometheus samples when somebody asks. Each instance
belongs to the event loop's thread. Imports prometheus_client alone.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

Labels = tuple[str, ...]
Reader = Callable[[], Mapping[Labels, float]]
"""Returns current values by their labels; for what is counted or known elsewhere."""

LATENCY_BOUNDS_S: Final = (
    0.000_05,
    0.000_1,
    0.000_25,
    0.000_5,
    0.001,
    0.002_5,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
)
"""From twenty times a ring's round trip to what a person notices."""


class Counter:
    """Count what happened, by label values; it only goes up."""

    def __init__(self, name: str, help_text: str, *label_names: str) -> None:
        self.name = name
        self._help = help_text
        self._label_names = label_names
        self._counts: dict[Labels, float] = {} if label_names else {(): 0}
        self._readers: list[Reader] = []

    def add(self, *labels: str, amount: float = 1) -> None:
        """Add `amount` under the given label values; O(1)."""
        assert len(labels) == len(self._label_names), labels
        self._counts[labels] = self._counts.get(labels, 0) + amount

    def value(self, *labels: str) -> float:
        """Return the count under the given label values."""
        return self.read().get(labels, 0)

    def read_from(self, reader: Reader) -> None:
        """Add what `reader` has counted, whenever the counts are asked for."""
        self._readers.append(reader)

    def read(self) -> Mapping[Labels, float]:
        """Return the counts by label values."""
        counts = dict(self._counts)
        for reader in self._readers:
            for labels, count in reader().items():
                counts[labels] = counts.get(labels, 0) + count
        return counts

    def collect(self) -> Iterator[Metric]:
        """Yield this family as Prometheus wants it."""
        family = CounterMetricFamily(self.name, self._help, labels=self._label_names)
        for labels, count in sorted(self.read().items()):
            family.add_metric(labels, count)
        yield family


class Gauge:
    """Show how things stand at the moment of asking, by label values."""

    def __init__(self, name: str, help_text: str, *label_names: str) -> None:
        self.name = name
        self._help = help_text
        self._label_names = label_names
        self._readers: list[Reader] = []

    def read_from(self, reader: Reader) -> None:
        """Ask `reader` too, whenever the values are asked for."""
        self._readers.append(reader)

    def collect(self) -> Iterator[Metric]:
        """Yield this family as Prometheus wants it."""
        family = GaugeMetricFamily(self.name, self._help, labels=self._label_names)
        for reader in self._readers:
            for labels, value in sorted(reader().items()):
                family.add_metric(labels, value)
        yield family


class Histogram:
    """Count durations by size, under one label or none."""

    def __init__(self, name: str, help_text: str, *label_names: str) -> None:
        self.name = name
        self._help = help_text
        self._label_names = label_names
        self._counts: dict[Labels, list[int]] = {}
        self._sums_ns: dict[Labels, int] = {}
        self._bounds_ns = [round(bound * 1e9) for bound in LATENCY_BOUNDS_S]

    def observe_ns(self, duration_ns: int, *labels: str) -> None:
        """Count one duration in nanoseconds."""
        counts = self._counts.get(labels)
        if counts is None:
            counts = self._counts[labels] = [0] * (len(self._bounds_ns) + 1)
            self._sums_ns[labels] = 0
        counts[bisect_left(self._bounds_ns, duration_ns)] += 1
        self._sums_ns[labels] += duration_ns

    def collect(self) -> Iterator[Metric]:
        """Yield this family as Prometheus wants it: cumulative buckets, seconds."""
        family = HistogramMetricFamily(self.name, self._help, labels=self._label_names)
        bounds = [*map(str, LATENCY_BOUNDS_S), "+Inf"]
        for labels, counts in sorted(self._counts.items()):
            total, buckets = 0, []
            for bound, count in zip(bounds, counts, strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric(labels, buckets, self._sums_ns[labels] / 1e9)
        yield family
