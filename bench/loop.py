"""Measure event loop -> engine thread -> event loop, the loop idle and busy.

Role: what an order waits between the gateway's submit and its answer, through the real bridge and
no handlers. The busy loop works in turns of `TURN_NS`, as one that frames and sends messages does.
uvloop; the engine parks, as by default.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter_ns
from typing import Final

import uvloop

from app.bridge import Outcome
from app.clock import SystemClock
from app.errors import Refusal
from app.exchange import Exchange
from bench.calls import record_flow
from bench.figures import Figure, Row, Scale, figure, percentile
from bench.workloads import ACME, CAPACITY_MIN
from engine import Command, Configure
from engine.dispatcher import EventDispatcher, EventHandler

BENCH: Final = "loop"
TURN_NS: Final = 200_000
ROUND_TRIPS_MAX: Final = 1_000
GAP_S: Final = 0.001  # between two trips: an order meets the loop wherever it is
NS_PER_US: Final = 1_000


class _Unobserved:
    """Take no metrics: they are not what is measured here."""

    def submitted(self, command: Command, refusal: Refusal | None) -> None:
        """Ignore a command."""

    def completed(self, command_type: type[Command], outcome: Outcome, submitted_ns: int) -> None:
        """Ignore how it ended."""


def measure(scale: Scale) -> list[Row]:
    """Return the figures of round trips through the loop."""
    commands = record_flow(min(scale.operations, ROUND_TRIPS_MAX))
    idle = _row(scale, commands, "idle", busy=False)
    return [idle, _row(scale, commands, "busy", busy=True, beside=("idle loop", idle.value))]


def _row(
    scale: Scale,
    commands: Sequence[Command],
    name: str,
    *,
    busy: bool,
    beside: tuple[str, float] | None = None,
) -> Figure:
    medians: list[float] = []
    singles: list[float] = []
    for _ in range(scale.runs):
        times = uvloop.run(_round_trips(commands, busy))
        medians.append(percentile(times, 50) / NS_PER_US)
        singles += times
    turns = f"a task computes for {TURN_NS // NS_PER_US} µs in every turn of the loop"
    return figure(
        BENCH,
        f"loop -> engine -> loop, {name}",
        medians,
        unit="µs",
        operations=len(singles),
        conditions=f"{turns if busy else 'nothing else runs'}; uvloop, engine parks, no handlers",
        single_ns=singles,
        beside=beside,
    )


async def _round_trips(commands: Sequence[Command], busy: bool) -> list[int]:
    """Send commands one after the other; return the nanoseconds until each answer."""
    times: list[int] = []
    exchange = Exchange(
        dispatcher=EventDispatcher(_raise),
        observer=lambda _exchange: _Unobserved(),
        clock_ns=SystemClock().now_ns,
        after_batch=_nothing,
        waits="park",
        cpu=None,
    )
    async with asyncio.TaskGroup() as group:
        await exchange.start(group, Configure(orders_capacity=CAPACITY_MIN), [ACME])
        work = group.create_task(_work()) if busy else None
        for command in commands:
            await asyncio.sleep(GAP_S)
            times.append(await _round_trip(exchange, command))
        if work is not None:
            work.cancel()
        await exchange.stop()
    return times


async def _round_trip(exchange: Exchange, command: Command) -> int:
    answered: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    before_ns = perf_counter_ns()
    refusal = exchange.bridge.submit(
        command, lambda _outcome: answered.set_result(perf_counter_ns())
    )
    assert refusal is None, refusal
    return await answered - before_ns


async def _work() -> None:
    """Keep the loop's thread busy, turn by turn, as long as nobody cancels."""
    while True:
        until_ns = perf_counter_ns() + TURN_NS
        while perf_counter_ns() < until_ns:
            pass
        await asyncio.sleep(0)


def _raise(_handler: EventHandler, error: Exception) -> None:
    raise error


def _nothing() -> None:
    """Flush nothing: nobody listens."""
