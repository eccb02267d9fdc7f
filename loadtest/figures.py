"""Hold what was measured.

Role: the vocabulary of the load test. Imports msgspec and the standard library alone.
"""

from collections.abc import Sequence

import msgspec


class Durations(msgspec.Struct, frozen=True, kw_only=True):
    """How durations are distributed, in microseconds; all of them were looked at."""

    count: int
    lowest_us: int
    p50_us: int
    p99_us: int
    p999_us: int
    highest_us: int


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """What the receivers of one run report; messages and bytes are those of the measured time."""

    subscribers: int
    messages: int
    snapshots: int
    bytes: int
    matched_to_received: Durations | None
    complete: int
    """How many subscribers had the very last change when the run ended."""
    checked_messages: int
    """How many messages were applied to a whole book, each with its checksum compared."""
    faults: tuple[str, ...]
    """What must never be: gaps, other checksums, lost connections."""


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What the sender of one run reports, of the measured orders alone."""

    sent: int
    accepted: int
    refused: dict[str, int]
    """Refusals by code, and what was never answered."""
    due_to_acknowledged: Durations | None
    """From when an order was due, not from when it went out."""
    late: Durations | None
    """By how much orders went out after they were due."""
    first_us: int
    """The engine's time of the first accepted order."""
    elapsed_s: float
    """From when the first order was due until the last answer."""


class Cpu(msgspec.Struct, frozen=True, kw_only=True):
    """Processor time per second of the run: 1.0 is one whole core; None is not known."""

    server: float | None
    sender: float | None
    receivers: float | None


class Steady(msgspec.Struct, frozen=True, kw_only=True):
    """One steady run."""

    conditions: str
    sent: Sent
    received: Received
    cpu: Cpu

    @property
    def expected(self) -> int:
        """The messages that come when each change reaches each subscriber by itself."""
        return self.sent.accepted * self.received.subscribers

    @property
    def reach(self) -> float:
        """Received messages by expected ones; merged changes count as not received."""
        return self.received.messages / self.expected if self.expected else 0.0


class Burst(msgspec.Struct, frozen=True, kw_only=True):
    """One burst of orders."""

    conditions: str
    sent: Sent
    cpu: Cpu

    @property
    def orders_per_second(self) -> float:
        """Accepted orders by the time until the last answer."""
        return self.sent.accepted / self.sent.elapsed_s if self.sent.elapsed_s else 0.0


def percentile(ordered: Sequence[int], percent: float) -> int:
    """Return the smallest value that `percent` of all do not exceed; `ordered` is ascending."""
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(int(rank), 1) - 1]


def durations(values_us: Sequence[int]) -> Durations | None:
    """Return the distribution of durations; None where there are none. O(n log n)."""
    if not values_us:
        return None
    ordered = sorted(values_us)
    return Durations(
        count=len(ordered),
        lowest_us=ordered[0],
        p50_us=percentile(ordered, 50),
        p99_us=percentile(ordered, 99),
        p999_us=percentile(ordered, 99.9),
        highest_us=ordered[-1],
    )
