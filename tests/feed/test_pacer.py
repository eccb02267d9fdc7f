"""The loop's side of the timers: a hub is flushed when something is due, and not before."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest

from app.feed.hub import Hub
from app.feed.pacer import Pacer
from app.market import MarketData
from app.order_index import OrderIndex
from app.store import MemoryOrderStore
from tests.app.harness import Harness
from tests.feed.live_feed import LOOPS


def now_us() -> int:
    return time.time_ns() // 1_000


class Paced:
    """Hold a hub of an empty market, and its pacer."""

    def __init__(self) -> None:
        harness = Harness()
        index = OrderIndex(
            accounts=harness.accounts, market=harness.market, ended=harness.ids.order_ended
        )
        self.hub = Hub(MarketData(), MemoryOrderStore(index))
        self.pacer = Pacer(self.hub, now_us, asyncio.get_running_loop())
        self.called: list[int] = []
        self.event = asyncio.Event()

    def note(self, at_us: int) -> None:
        self.called.append(at_us)
        self.event.set()

    async def wait(self) -> None:
        await asyncio.wait_for(self.event.wait(), 10)
        self.event.clear()


Scenario = Callable[[Paced], Awaitable[None]]


@pytest.fixture(params=list(LOOPS))
def run(request: pytest.FixtureRequest) -> Callable[[Scenario], None]:
    """Return what runs a scenario on each loop."""

    async def scene(scenario: Scenario) -> None:
        paced = Paced()
        paced.pacer.start()
        await scenario(paced)
        paced.pacer.stop()

    def run_scenario(scenario: Scenario) -> None:
        with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
            runner.run(scene(scenario))

    return run_scenario


def test_a_deadline_is_kept_and_never_early(run: Callable[[Scenario], None]) -> None:
    async def scenario(paced: Paced) -> None:
        due_us = now_us() + 30_000
        paced.hub.timers.at(due_us, paced.note)
        await paced.wait()
        assert paced.called[0] >= due_us

    run(scenario)


def test_an_earlier_deadline_moves_the_wake_forward(run: Callable[[Scenario], None]) -> None:
    async def scenario(paced: Paced) -> None:
        paced.hub.timers.at(now_us() + 3_600_000_000, paced.note)
        paced.hub.timers.at(now_us() + 10_000, paced.note)
        await paced.wait()
        assert len(paced.called) == 1

    run(scenario)


def test_a_deadline_set_by_a_deadline_is_kept_too(run: Callable[[Scenario], None]) -> None:
    async def scenario(paced: Paced) -> None:
        def again(at_us: int) -> None:
            paced.hub.timers.at(at_us + 5_000, paced.note)

        paced.hub.timers.at(now_us(), again)
        await paced.wait()

    run(scenario)


def test_a_flush_does_what_is_due_at_once(run: Callable[[Scenario], None]) -> None:
    async def scenario(paced: Paced) -> None:
        paced.hub.timers.at(now_us(), paced.note)
        paced.pacer.flush()
        assert len(paced.called) == 1

    run(scenario)


def test_a_stopped_pacer_wakes_for_nothing(run: Callable[[Scenario], None]) -> None:
    async def scenario(paced: Paced) -> None:
        paced.pacer.stop()
        paced.hub.timers.at(now_us(), paced.note)
        turn = asyncio.Event()
        asyncio.get_running_loop().call_later(0.02, turn.set)
        await turn.wait()
        assert paced.called == []

    run(scenario)
