"""Measure the way through the rings: command ring -> engine thread -> event bus, and back.

Role: both ends spin, the engine on a thread of its own, without an event loop. The figures need
two free cores; on a busy machine they measure the scheduler.
"""

from time import perf_counter_ns, thread_time_ns
from typing import Final

from bench.engine import STAGE, Replay
from bench.figures import Figure, Row, Scale, clock_cost_ns, figure, percentile
from bench.workloads import ACME, Workload, flow, open_engine
from engine import CancelOrder
from engine.bus import GATE, BusReader, CommandRing, EventBus
from engine.core.ring_driver import RingDriver
from engine.thread import EngineThread, Wake

BENCH: Final = "rings"
SEED: Final = 1
COMMAND_SLOTS: Final = 1 << 14
BUS_SLOTS: Final = 1 << 16
ROUND_TRIPS_MAX: Final = 20_000
PUBLISH_BATCH: Final = 1 << 12
RECORD_BYTES: Final = 64


class RingEngine:
    """Run a fresh engine on its thread; use as a context. Owned by the thread that made it."""

    def __init__(self, capacity: int) -> None:
        """Prepare the rings; the thread starts with the context."""
        self._ended = Wake()
        self.engine = open_engine(capacity)
        self.commands = CommandRing(COMMAND_SLOTS)
        self.bus = EventBus(BUS_SLOTS)
        self.reader: BusReader = self.bus.subscribe("bench", GATE)
        self._thread = EngineThread(
            self.engine, self.commands, self.bus, ended=self._ended, waits="spin"
        )

    def driver(self, records: bytes) -> RingDriver:
        """Return a driver of both ring ends."""
        return RingDriver(self.commands, self.bus, self.reader, records)

    def __enter__(self) -> "RingEngine":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        stopped = self._thread.stop()
        self._ended.close()
        assert stopped and self._thread.failure is None, self._thread.failure


def measure(scale: Scale) -> list[Row]:
    """Return the figures of the rings."""
    workload = flow(SEED, commands=scale.operations)
    return [_publish(scale), _round_trips(scale, workload), *_sustained(scale, workload)]


def _publish(scale: Scale) -> Figure:
    """Measure publishing one record at a time; a gate reader takes them out between batches."""
    engine = open_engine(1)
    engine.process(CancelOrder(symbol=ACME.symbol, account=1, order_id=1))
    record = engine.records()[-RECORD_BYTES:]
    values = []
    for _ in range(scale.runs):
        bus = EventBus(BUS_SLOTS)
        reader = bus.subscribe("bench", GATE)
        driver = RingDriver(CommandRing(COMMAND_SLOTS), bus, reader, record)
        total_ns = 0
        for _ in range(scale.rounds):
            before_ns = thread_time_ns()
            driver.publish(PUBLISH_BATCH)
            total_ns += thread_time_ns() - before_ns
            reader.read_records(BUS_SLOTS)
        values.append(total_ns / (scale.rounds * PUBLISH_BATCH))
    return figure(
        BENCH,
        "publish one record",
        values,
        unit="ns",
        operations=scale.rounds * PUBLISH_BATCH,
        conditions=f"64 bytes, each shown by itself, one gate reader, bus of {BUS_SLOTS:,} slots",
        goal="≤ 10 ns",
    )


def _round_trips(scale: Scale, workload: Workload) -> Figure:
    """Measure single commands from the ring's one end to the bus's other."""
    opening, stream = workload.phases
    cost_ns = clock_cost_ns(perf_counter_ns)
    medians: list[float] = []
    singles: list[float] = []
    with RingEngine(workload.capacity) as ring:
        ring.driver(opening.records).round_trips(perf_counter_ns, opening.commands)
        driver = ring.driver(stream.records)
        trips = min(stream.commands, ROUND_TRIPS_MAX)
        for _ in range(scale.runs):
            times = driver.round_trips(perf_counter_ns, max(trips // scale.runs, 1))
            singles += [max(time_ns - cost_ns, 0) for time_ns in times]
            medians.append(percentile(times, 50) - cost_ns)
    return figure(
        BENCH,
        "round trip through the rings",
        medians,
        unit="ns",
        operations=len(singles),
        conditions=f"command ring, engine thread, bus, both ends spinning; {workload.conditions}",
        goal="p50 ≤ 1 µs, p99 ≤ 5 µs",
        single_ns=singles,
    )


def _sustained(scale: Scale, workload: Workload) -> list[Figure]:
    """Measure whole streams: one thread sends and reads, the engine's matches."""
    opening, stream = workload.phases
    told = Replay(workload)
    slots = told.written_slots["flow"]
    seconds: list[float] = []
    events = 0
    state_hash = ""
    for _ in range(scale.runs):
        with RingEngine(workload.capacity) as ring:
            ring.driver(opening.records).stream(told.written_slots[STAGE])
            driver = ring.driver(stream.records)
            first_seq = driver.next_seq
            before_ns = perf_counter_ns()
            driver.stream(slots)
            seconds.append((perf_counter_ns() - before_ns) / 1e9)
            events = driver.next_seq - first_seq
        state_hash = ring.engine.state_hash()
    return [
        figure(
            BENCH,
            f"sustained through the rings, {name}",
            [count / elapsed_s for elapsed_s in seconds],
            unit=f"{name}/s",
            operations=count,
            conditions=workload.conditions,
            goal=goal,
            state_hash=state_hash,
        )
        for name, count, goal in (
            ("commands", stream.commands, "≥ 4,000,000 /s"),
            ("slots of records", slots, None),
            ("events", events, None),
        )
    ]
