"""The engine thread's life inside a server: opening, ending, failing."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from app.bridge import Outcome
from app.errors import Refusal
from app.exchange import Exchange, ExchangeFailed
from engine.bus import CommandEncoder
from engine.commands import Command, Configure, Expire, NewOrder, OrderType, Side
from engine.dispatcher import EventDispatcher, EventHandler
from engine.events import Configured, InstrumentAdded, MatchingEngineEvent
from engine.instruments import Instrument
from tests.waiting import turns_until

ACME = Instrument("ACME-USD", "0.01", "0.0001")
OTHER = Instrument("OTHER", "1", "1")
SMALL = Configure(epoch="first", orders_capacity=1_000, levels_capacity=100)


class Listener:
    """Keep what the exchange hands over."""

    name = "listener"

    def __init__(self) -> None:
        self.events: list[MatchingEngineEvent] = []
        self.breaks = False

    async def handle_event(self, event: MatchingEngineEvent) -> None:
        self.events.append(event)

    def submitted(self, _command: Command, _refusal: Refusal | None) -> None:
        return

    def completed(self, _type: type[Command], _outcome: Outcome, _submitted_ns: int) -> None:
        if self.breaks:
            raise ArithmeticError("lost count")


def report(_handler: EventHandler, error: Exception) -> None:
    raise AssertionError("a handler failed") from error


def make(listener: Listener) -> Exchange:
    dispatcher = EventDispatcher(report)
    dispatcher.register(listener, Configured, InstrumentAdded)
    return Exchange(
        dispatcher=dispatcher,
        observer=lambda _exchange: listener,
        clock_ns=iter(range(10**9)).__next__,
        after_batch=lambda: None,
        waits="park",
        cpu=None,
    )


@asynccontextmanager
async def started(listener: Listener, *instruments: Instrument) -> AsyncIterator[Exchange]:
    """Run an exchange in a task group; whoever uses it stops it."""
    exchange = make(listener)
    async with asyncio.timeout(20), asyncio.TaskGroup() as group:
        await exchange.start(group, SMALL, instruments)
        yield exchange


def order() -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        account=1,
        side=Side.BUY,
        type=OrderType.LIMIT,
        price_ticks=5,
        quantity_lots=1,
    )


def break_engine(exchange: Exchange) -> None:
    assert exchange.commands.push(CommandEncoder().encode(Expire(), 999_999))
    exchange.commands.wake()


async def test_an_exchange_opens_with_its_instruments_before_it_is_started() -> None:
    listener = Listener()
    async with started(listener, ACME, OTHER) as exchange:
        configured, *listed = listener.events
        assert isinstance(configured, Configured)
        assert configured.epoch == "first"
        assert [e.symbol for e in listed if isinstance(e, InstrumentAdded)] == ["ACME-USD", "OTHER"]
        assert exchange.running
        await exchange.stop()
    assert [exchange.running, exchange.thread.running] == [False, False]
    assert exchange.failure is None


async def test_a_stop_answers_what_is_under_way() -> None:
    outcomes: list[Outcome] = []
    async with started(Listener(), ACME) as exchange:
        for _ in range(500):
            assert exchange.bridge.submit(order(), outcomes.append) is None
        await exchange.stop()
        refusal = exchange.bridge.submit(order(), outcomes.append)
    assert [outcome.accepted for outcome in outcomes] == [True] * 500
    assert refusal is not None
    assert refusal.code == "shutting_down"


async def test_instruments_that_cannot_be_listed_stop_the_opening() -> None:
    exchange = make(Listener())
    with pytest.RaisesGroup(ExchangeFailed):
        async with asyncio.timeout(20), asyncio.TaskGroup() as group:
            await exchange.start(group, SMALL, [ACME, ACME])
    assert not exchange.bridge.pending
    await asyncio.to_thread(exchange.thread.stop)


async def test_an_engine_that_fails_ends_the_exchange_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with started(Listener(), ACME) as exchange:
        outcomes: list[Outcome] = []
        break_engine(exchange)
        assert exchange.bridge.submit(order(), outcomes.append) is None
        await exchange.ended()
        assert [outcome.unknown for outcome in outcomes] == [True]
        assert isinstance(exchange.failure, AssertionError)
        [record] = (r for r in caplog.records if r.levelno == logging.CRITICAL)
        assert record.getMessage() == "the engine thread failed"
        assert record.exc_info is not None
        await exchange.stop()


async def test_a_broken_hand_over_ends_the_exchange_and_is_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    listener = Listener()
    async with started(listener, ACME) as exchange:
        listener.breaks = True
        assert exchange.bridge.submit(order(), lambda _outcome: None) is None
        await exchange.ended()
        assert exchange.thread.running, "the market stands still, the engine does not know"
        assert not exchange.running
        assert [r.getMessage() for r in caplog.records if r.levelno == logging.CRITICAL] == [
            "events are no longer handed over"
        ]
        await exchange.stop()
        assert not exchange.thread.running


async def test_an_exchange_that_was_never_started_can_be_stopped() -> None:
    exchange = make(Listener())
    await exchange.stop()
    assert not exchange.thread.running


async def test_the_end_is_not_told_before_it_comes() -> None:
    async with started(Listener(), ACME) as exchange:
        ended = asyncio.create_task(exchange.ended())
        outcomes: list[Outcome] = []
        exchange.bridge.submit(order(), outcomes.append)
        await turns_until(lambda: outcomes)
        assert not ended.done()
        await exchange.stop()
        await ended
