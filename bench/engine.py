"""Measure the compiled core alone: prepared commands, no Python between them.

Role: the figures of adds, cancels, fills and best prices, with their goals; each beside the cost
of copying one command record, the least that any engine has to do with a command. Means are of
the thread's CPU time, so that other work on the machine counts less; single operations are timed
by the wall clock.
"""

from random import Random
from time import perf_counter_ns, thread_time_ns
from typing import Final

from bench.figures import Figure, Row, Scale, clock_cost_ns, figure
from bench.workloads import (
    ACME,
    CAPACITY_MIN,
    LARGE_LEVELS,
    SMALL_LEVELS,
    Tape,
    Workload,
    adds_and_cancels,
    aggressors,
    flow,
    open_engine,
    passive_orders,
)
from engine.core.driver import CommandDriver

BENCH: Final = "engine"
SEED: Final = 1
TAKES_PER_ROUND: Final = 100
BEST_READS_PER_OPERATION: Final = 200
LARGE_BATCH_SHARE: Final = 10  # a tenth of the large book is added and cancelled
COPY: Final = "copy"
STAGE: Final = "stage"  # phases that are not measured


class Replay:
    """Hold what one replay of a workload took, by phase name."""

    def __init__(self, workload: Workload, *, discards: bool = False, singly: bool = False) -> None:
        """Replay `workload` on a fresh engine; `singly` times each command by itself."""
        engine = open_engine(workload.capacity)
        self.total_ns: dict[str, int] = {}
        self.operations: dict[str, int] = {}
        self.single_ns: dict[str, list[float]] = {}
        self.written_slots: dict[str, int] = {}
        clock_ns = perf_counter_ns if singly else thread_time_ns
        cost_ns = clock_cost_ns(clock_ns)
        for phase in workload.phases:
            driver = CommandDriver(engine, phase.records, discards)
            if phase.name is None:
                driver.execute(phase.commands)
                self._add(self.written_slots, STAGE, driver.written_slots)
                continue
            ticks = driver.time_batches(clock_ns, 1 if singly else phase.commands)
            times = [max(time_ns - cost_ns, 0) for time_ns in ticks]
            self._add(self.operations, phase.name, phase.commands)
            self._add(self.total_ns, phase.name, sum(times))
            self._add(self.written_slots, phase.name, driver.written_slots)
            if singly:
                self.single_ns.setdefault(phase.name, []).extend(times)
        self.state_hash = engine.state_hash()

    @staticmethod
    def _add(totals: dict[str, int], name: str, amount: int) -> None:
        totals[name] = totals.get(name, 0) + amount

    def per_operation_ns(self, name: str) -> float:
        """Return the mean of a phase."""
        return self.total_ns[name] / self.operations[name]


def measure(scale: Scale) -> list[Row]:
    """Return the figures of the core."""
    copy = _copy(scale)
    beside = ("copy of a record", copy.value)
    rounds = scale.rounds
    small = adds_and_cancels(
        SEED, book=scale.small_orders, batch=scale.small_orders, rounds=rounds, levels=SMALL_LEVELS
    )
    batch = scale.large_orders // LARGE_BATCH_SHARE
    large = adds_and_cancels(
        SEED, book=scale.large_orders, batch=batch, rounds=1, levels=LARGE_LEVELS
    )
    takes = aggressors(
        SEED, book=scale.small_orders, batch=TAKES_PER_ROUND, rounds=rounds, levels=SMALL_LEVELS
    )
    return [
        copy,
        *_rows(small, scale, beside, {"add": "≤ 50 ns", "cancel": "≤ 40 ns"}),
        *_rows(large, scale, beside, {"add": "≤ 75 ns", "cancel": "≤ 100 ns"}),
        *_rows(takes, scale, beside, {"take": "≤ 100 ns"}),
        _best(scale),
        *_emission(scale, beside),
    ]


_NAMES: Final = {
    "add": "add a passive limit order",
    "cancel": "cancel an order",
    "take": "aggressor with 1-3 fills",
    "flow": "order flow, emission on",
}


def _rows(
    workload: Workload, scale: Scale, beside: tuple[str, float], goals: dict[str, str | None]
) -> list[Figure]:
    replays = [Replay(workload) for _ in range(scale.runs)]
    singly = Replay(workload, singly=True)
    hashes = {replay.state_hash for replay in (*replays, singly)}
    assert len(hashes) == 1, "the same commands made different books"
    return [
        figure(
            BENCH,
            f"{_NAMES[name]}, {workload.book:,} orders",
            [replay.per_operation_ns(name) for replay in replays],
            unit="ns",
            operations=singly.operations[name],
            conditions=workload.conditions,
            goal=goal,
            single_ns=singly.single_ns[name],
            beside=beside,
            state_hash=singly.state_hash,
        )
        for name, goal in goals.items()
    ]


def _copy(scale: Scale) -> Figure:
    """Measure a loop that copies command records into a ring, and does nothing else."""
    tape = Tape()
    tape.record(COPY, passive_orders(Random(SEED), scale.operations, SMALL_LEVELS))
    driver = CommandDriver(open_engine(CAPACITY_MIN), tape.phases[0].records)
    driver.copy()
    values = []
    for _ in range(scale.runs):
        before_ns = thread_time_ns()
        driver.copy()
        values.append((thread_time_ns() - before_ns) / driver.commands)
    return figure(
        BENCH,
        "copy of a command record",
        values,
        unit="ns",
        operations=driver.commands,
        conditions="64 bytes each, from memory into a ring of 1 MiB",
    )


def _best(scale: Scale) -> Figure:
    """Measure reading both best prices, as compiled callers do."""
    engine = open_engine(CAPACITY_MIN)
    for command in passive_orders(Random(SEED), scale.small_orders, SMALL_LEVELS):
        engine.process(command)
    count = scale.operations * BEST_READS_PER_OPERATION
    driver = CommandDriver(engine, b"")
    values = []
    for _ in range(scale.runs):
        before_ns = thread_time_ns()
        driver.read_best(ACME.symbol, count)
        values.append((thread_time_ns() - before_ns) / count)
    return figure(
        BENCH,
        "best bid and ask",
        values,
        unit="ns",
        operations=count,
        conditions=f"{scale.small_orders:,} orders, both prices read anew each time",
        goal="≤ 1.3 ns",
        state_hash=engine.state_hash(),
    )


def _emission(scale: Scale, beside: tuple[str, float]) -> list[Figure]:
    """Measure the same order flow with its records kept and thrown away."""
    workload = flow(SEED, commands=scale.operations)
    silent, loud = [], []
    for _ in range(scale.runs):
        silent.append(Replay(workload, discards=True).per_operation_ns("flow"))
        last = Replay(workload)
        loud.append(last.per_operation_ns("flow"))
    singly = Replay(workload, singly=True)
    slots = last.written_slots["flow"] / last.operations["flow"]
    off = figure(
        BENCH,
        "order flow, emission off",
        silent,
        unit="ns",
        operations=scale.operations,
        conditions=workload.conditions,
        beside=beside,
        state_hash=last.state_hash,
    )
    on = figure(
        BENCH,
        "order flow, emission on",
        loud,
        unit="ns",
        operations=scale.operations,
        conditions=f"{workload.conditions}; {slots:.2f} slots of 64 bytes a command",
        goal="≤ 1.25 × off",
        single_ns=singly.single_ns["flow"],
        beside=("emission off", off.value),
        state_hash=singly.state_hash,
    )
    return [off, on]
