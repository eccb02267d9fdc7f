"""Run the scenarios: steady load with an audience, and a burst of orders.

Role: puts sender, receivers and processor times together; holds no protocol.
"""

import os
import time

from loadtest.figures import Burst, Cpu, Steady
from loadtest.flow import STEPS, base_orders, last_order, step
from loadtest.options import Plan
from loadtest.processor import cpu_seconds
from loadtest.receivers import Job
from loadtest.receiving import receivers
from loadtest.sender import Sender, sender
from loadtest.tally import Window
from loadtest.target import Target

SLACK_S = 180.0
"""What starting, draining and counting may take on top of a plan's own time."""


class CpuMeter:
    """Read what processes used between two moments."""

    def __init__(self, server: int | None, receiving: int | None) -> None:
        self._pids = (server, os.getpid(), receiving)
        self._begin_s = time.monotonic()
        self._used_s = self._read()

    def usage(self) -> Cpu:
        """Return the use since the start, in cores."""
        elapsed_s = time.monotonic() - self._begin_s
        pairs = zip(self._used_s, self._read(), strict=True)
        cores = [
            None if before is None or after is None else (after - before) / elapsed_s
            for before, after in pairs
        ]
        return Cpu(server=cores[0], sender=cores[1], receivers=cores[2])

    def _read(self) -> list[float | None]:
        return [None if pid is None else cpu_seconds(pid) for pid in self._pids]


async def run_steady(plan: Plan, target: Target) -> Steady:
    """Send on a schedule to an audience; a second's worth of orders before warms everything up."""
    rate = plan.updates_per_second
    warm = min(rate, rate * plan.seconds) // STEPS * STEPS
    total = warm + rate * plan.seconds
    async with sender(target) as sending:
        await _lay_base(sending, target.symbol)
        async with receivers(_job(plan, target)) as audience:
            prefix = _prefix()
            orders = (step(target.symbol, prefix, number) for number in range(total))
            meter = CpuMeter(target.pid, audience.pid)
            ledger = await sending.send_scheduled(orders, total, rate)
            cpu = meter.usage()
            sent = ledger.summary(first=warm)
            last = await sending.ask(last_order(target.symbol))
            assert last.order is not None, "an accepted order is told"
            received = await audience.finish(Window(sent.first_us, last.order.updated_us))
    return Steady(conditions=_steady_conditions(plan), sent=sent, received=received, cpu=cpu)


async def run_burst(plan: Plan, target: Target) -> Burst:
    """Send as fast as the connection takes it, with nobody subscribed."""
    async with sender(target) as sending:
        await _lay_base(sending, target.symbol)
        prefix = _prefix()
        orders = [step(target.symbol, prefix, number) for number in range(plan.burst_orders)]
        meter = CpuMeter(target.pid, None)
        ledger = await sending.send_burst(orders)
        cpu = meter.usage()
    conditions = "one connection, no order waits for an answer, all due at once; nobody subscribed"
    return Burst(conditions=conditions, sent=ledger.summary(), cpu=cpu)


def _job(plan: Plan, target: Target) -> Job:
    return Job(
        host=target.host,
        port=target.port,
        token=target.token,
        symbol=target.symbol,
        subscribers=plan.subscribers,
        checkers=plan.checkers,
        seconds_max=plan.seconds + SLACK_S,
    )


async def _lay_base(sending: Sender, symbol: str) -> None:
    for fields in base_orders(symbol):
        await sending.ask(fields)


def _prefix() -> str:
    """Return what makes client order ids new, also on a server that was loaded before."""
    return f"load-{time.time_ns()}"


def _steady_conditions(plan: Plan) -> str:
    return (
        f"{plan.subscribers} subscribers + {plan.checkers} checkers, depth, 25 levels,"
        f" interval_ms 0, policy latest, JSON; {plan.updates_per_second} orders/s open-loop for"
        f" {plan.seconds} s after 1 s of warm-up"
    )
