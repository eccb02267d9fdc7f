"""Let the demo trade through the real gateway, in a time of its own."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from app.demo import PENDING_MAX, DemoTrader, demo_profile, run_demo
from app.errors import refuse
from app.instruments_file import DEMO_FLOW_SYMBOLS, DEMO_INSTRUMENTS
from app.market import Listing
from engine.commands import AmendOrder, CancelOrder, MarketState, NewOrder, SetMarketState, Side
from engine.flow import OrderFlow
from engine.instruments import Instrument
from tests.app.harness import Harness

SYMBOL = "ACME-USD"
SEED = 11
TIMEOUT_S = 50


class SimulatedTime:
    """Be clock and sleep of a demo; after `sleeps` sleeps nobody wakes up any more."""

    def __init__(self, harness: Harness, sleeps: int) -> None:
        self.left = sleeps
        self.over = asyncio.Event()
        self.waits_s: list[float] = []
        self.at_sleep: Callable[[int], None] = lambda _left: None
        self._harness = harness

    def now_us(self) -> int:
        return self._harness.clock_ns // 1_000

    async def sleep(self, seconds: float) -> None:
        wake_us = self.now_us() + round(seconds * 1e6)
        self.left -= 1
        if self.left < 0:
            self.over.set()
            await asyncio.Event().wait()
        self.waits_s.append(seconds)
        self.at_sleep(self.left)
        await asyncio.sleep(0)
        self._harness.advance_us(max(0, wake_us - self.now_us()))


def run(
    harness: Harness,
    sleeps: int,
    *,
    seed: int = SEED,
    symbols: tuple[str, ...] = (SYMBOL,),
    at_sleep: Callable[[int], None] | None = None,
) -> SimulatedTime:
    """Run a demo for so many sleeps and cancel it; it must end at once."""

    async def scenario() -> SimulatedTime:
        time = SimulatedTime(harness, sleeps)
        if at_sleep is not None:
            time.at_sleep = at_sleep
        demo = asyncio.create_task(
            run_demo(
                harness.gateway,
                harness.market,
                symbols,
                seed=seed,
                clock_us=time.now_us,
                sleep=time.sleep,
            )
        )
        over = asyncio.create_task(time.over.wait())
        await asyncio.wait((demo, over), timeout=TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        assert time.over.is_set(), "the demo ended or hung before its time"
        demo.cancel()
        with pytest.raises(asyncio.CancelledError):
            await demo
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return time

    return asyncio.run(scenario())


def demo_trader(harness: Harness) -> DemoTrader:
    listing = harness.market.listings[SYMBOL]
    return DemoTrader(harness.gateway, listing, OrderFlow(SEED, demo_profile(listing, 75)))


def open_book(trader: DemoTrader) -> None:
    for place in trader.flow.opening():
        trader.act(place)


def test_the_demo_makes_a_market_in_each_of_its_symbols() -> None:
    harness = Harness(DEMO_INSTRUMENTS)
    run(harness, 1_500, symbols=DEMO_FLOW_SYMBOLS)
    for symbol in DEMO_FLOW_SYMBOLS:
        book = harness.market.book(symbol)
        assert book.best_bid is not None and book.best_ask is not None
        assert all(book.level_count(side) >= 10 for side in Side), symbol
        assert harness.market.tape(symbol).last_trade_id > 0, symbol
    quiet = set(harness.market.instruments) - set(DEMO_FLOW_SYMBOLS)
    assert quiet
    assert {c.symbol for c in harness.commands if isinstance(c, NewOrder)}.isdisjoint(quiet)
    harness.engine.check_invariants()


def test_the_demo_uses_accounts_of_its_own_and_every_kind_of_request() -> None:
    harness = Harness()
    run(harness, 1_200)
    kinds = {type(command) for command in harness.commands}
    assert {NewOrder, AmendOrder, CancelOrder} <= kinds
    numbers = {c.account for c in harness.commands if isinstance(c, NewOrder)}
    names = {harness.accounts.name(number) for number in numbers}
    assert len(names) == 7
    assert all(name.startswith("demo-") for name in names)


def test_the_same_seed_makes_the_same_market() -> None:
    first, second = Harness(), Harness()
    run(first, 600)
    run(second, 600)
    assert first.engine.state_hash() == second.engine.state_hash()
    other = Harness()
    run(other, 600, seed=SEED + 1)
    assert other.engine.state_hash() != first.engine.state_hash()


def test_symbols_that_are_not_listed_are_left_out() -> None:
    harness = Harness()
    run(harness, 100, symbols=("NONE-USD", SYMBOL))
    assert {c.symbol for c in harness.commands if isinstance(c, NewOrder)} == {SYMBOL}


def test_without_a_listed_symbol_the_demo_ends_by_itself() -> None:
    harness = Harness()
    demo = run_demo(harness.gateway, harness.market, ("NONE-USD",), seed=1, clock_us=lambda: 0)
    asyncio.run(asyncio.wait_for(demo, TIMEOUT_S))
    assert harness.commands == []


def test_a_busy_engine_costs_turns_and_nothing_else() -> None:
    harness = Harness()

    def busy_for_a_while(left: int) -> None:
        busy = 300 < left < 600
        harness.refusal = refuse("engine_busy", "full") if busy else None

    run(harness, 1_000, at_sleep=busy_for_a_while)
    book = harness.market.book(SYMBOL)
    assert book.best_bid is not None and book.best_ask is not None
    harness.engine.check_invariants()


@pytest.mark.parametrize("state", [MarketState.HALTED, MarketState.CANCEL_ONLY])
def test_the_demo_lives_through_a_halt_that_clears_the_book(state: MarketState) -> None:
    harness = Harness()

    def halt_for_a_while(left: int) -> None:
        if left == 800:
            harness.process(SetMarketState(symbol=SYMBOL, state=state, cancel_orders=True))
        elif left == 600:
            harness.process(SetMarketState(symbol=SYMBOL, state=MarketState.OPEN))

    run(harness, 1_000, at_sleep=halt_for_a_while)
    book = harness.market.book(SYMBOL)
    assert all(book.level_count(side) >= 10 for side in Side)


def test_the_demo_goes_on_around_the_orders_of_others() -> None:
    harness = Harness()

    def trade(left: int) -> None:
        if left % 100 == 0:
            side = "buy" if left % 200 else "sell"
            fields = {"symbol": SYMBOL, "side": side, "type": "market", "quantity": "500"}
            harness.call("new_order", fields)

    run(harness, 1_500, at_sleep=trade)
    book = harness.market.book(SYMBOL)
    assert book.best_bid is not None and book.best_ask is not None
    harness.engine.check_invariants()


def test_what_the_demo_remembers_is_what_rests_but_for_fills_at_the_best_price() -> None:
    harness = Harness()
    trader = demo_trader(harness)
    open_book(trader)
    for _ in range(1_500):
        trader.flow.wait_us()
        trader.turn()
    resting = {state.order_id for state in harness.engine.orders(SYMBOL)}
    known = {order.order_id for order in trader.flow.orders}
    assert resting <= known
    assert len(known - resting) < 30
    assert len(known) <= 2 * trader.flow.profile.orders
    assert trader.pending == 0
    assert sum(trader.refused.values()) < 75


def test_a_demo_without_answers_stops_sending() -> None:
    harness = Harness()
    trader = demo_trader(harness)
    open_book(trader)
    harness.hold()
    for _ in range(3 * PENDING_MAX):
        trader.turn()
    assert trader.pending == PENDING_MAX
    harness.release()
    assert trader.pending == 0
    trader.turn()
    assert trader.pending == 0


def test_outcomes_that_nobody_knows_are_forgotten() -> None:
    harness = Harness()
    trader = demo_trader(harness)
    open_book(trader)
    before = len(trader.flow.orders)
    harness.hold()
    for _ in range(PENDING_MAX):
        trader.turn()
    harness.die()
    assert trader.pending == 0
    assert trader.refused["outcome_unknown"] > 0
    assert len(trader.flow.orders) < before


def test_a_demo_that_overslept_does_not_catch_up_for_ever() -> None:
    harness = Harness()

    def stall(left: int) -> None:
        if left == 500:
            harness.advance_us(3_600_000_000)

    time = run(harness, 1_000, at_sleep=stall)
    # One second's worth of actions comes at once; then the demo waits again.
    assert sum(wait_s > 0 for wait_s in time.waits_s[-300:]) > 100


@pytest.mark.parametrize(
    ("instrument", "start_ticks"),
    [
        *((each, None) for each in DEMO_INSTRUMENTS),
        (Instrument(SYMBOL, tick_size="0.03", lot_size="7"), 10_000),
        (Instrument("OTHER-USD", tick_size="1", lot_size="1"), 10_000),
    ],
)
def test_every_instrument_has_a_scale(instrument: Instrument, start_ticks: int | None) -> None:
    listing = Listing(instrument)
    profile = demo_profile(listing, 50)
    assert profile.events_per_second == 50
    if start_ticks is not None:
        assert profile.start_ticks == start_ticks
    text: Any = listing.tick.text(profile.start_ticks)
    assert listing.tick.count(text) == profile.start_ticks
