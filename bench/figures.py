"""Hold one measured figure with its conditions.

Role: the vocabulary of all benches. Imports msgspec and the standard library alone.
"""

import statistics
from collections.abc import Callable, Sequence
from typing import Final

import msgspec

CALIBRATIONS: Final = 2_001


class Scale(msgspec.Struct, frozen=True, kw_only=True):
    """How much to measure: counts of runs, orders, operations; seconds of load."""

    runs: int = 5
    small_orders: int = 1_000
    large_orders: int = 1_000_000
    rounds: int = 40
    operations: int = 100_000
    load_s: float = 4.0
    connections: int = 16
    pipelined: int = 16


FULL: Final = Scale()
QUICK: Final = Scale(
    runs=3, large_orders=100_000, rounds=15, operations=30_000, load_s=1.5, connections=8
)
TINY: Final = Scale(
    runs=1,
    small_orders=40,
    large_orders=400,
    rounds=2,
    operations=300,
    load_s=0.2,
    connections=2,
    pipelined=2,
)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One figure: the median of its runs, with the lowest and the highest.

    `p50_ns` and `p99_ns` are of single operations, where each was timed; `ratio` is this figure
    beside `beside`, a peer of the same run. `state_hash` shows what was computed on the way.
    """

    bench: str
    name: str
    value: float
    unit: str
    lowest: float
    highest: float
    runs: int
    operations: int
    conditions: str
    goal: str | None = None
    p50_ns: float | None = None
    p99_ns: float | None = None
    beside: str | None = None
    ratio: float | None = None
    state_hash: str | None = None


class Skipped(msgspec.Struct, frozen=True):
    """A bench that could not run here, and why."""

    bench: str
    name: str
    why: str


Row = Figure | Skipped


def figure(
    bench: str,
    name: str,
    values: Sequence[float],
    *,
    unit: str,
    operations: int,
    conditions: str,
    goal: str | None = None,
    single_ns: Sequence[float] = (),
    beside: tuple[str, float] | None = None,
    state_hash: str | None = None,
) -> Figure:
    """Return the figure of several runs; `beside` is a peer's name and its value."""
    value = statistics.median(values)
    return Figure(
        bench=bench,
        name=name,
        value=value,
        unit=unit,
        lowest=min(values),
        highest=max(values),
        runs=len(values),
        operations=operations,
        conditions=conditions,
        goal=goal,
        p50_ns=percentile(single_ns, 50) if single_ns else None,
        p99_ns=percentile(single_ns, 99) if single_ns else None,
        beside=None if beside is None else beside[0],
        ratio=None if beside is None else value / beside[1],
        state_hash=state_hash,
    )


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that `percent` of all values do not exceed."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)  # rounded up
    return ordered[max(int(rank), 1) - 1]


def clock_cost_ns(clock_ns: Callable[[], int]) -> int:
    """Return what reading the clock twice costs, to be taken off single timings."""
    costs = []
    for _ in range(CALIBRATIONS):
        before = clock_ns()
        costs.append(clock_ns() - before)
    return int(statistics.median(costs))
