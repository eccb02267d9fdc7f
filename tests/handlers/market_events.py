"""Fold a real engine's events into market state, with a listener that remembers."""

import asyncio

from app.handlers.depth import DepthEventHandler
from app.handlers.trades import TradeEventHandler
from app.market import MarketData
from engine.commands import NewOrder, OrderType, Side
from engine.events import CommandCompleted
from engine.instruments import Instrument
from engine.reference import ReferenceEngine

ACME = Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001")
BETA = Instrument("BETA-USD", tick_size="0.01", lot_size="1")


class Memory:
    """Be a `MarketListener` that keeps what it is told."""

    def __init__(self):
        self.depth = []
        self.trades = []
        self.instruments = []

    def depth_changed(self, symbol, changes):
        self.depth.append((symbol, list(changes)))

    def traded(self, symbol, trades):
        self.trades.append((symbol, [trade.trade_id for trade in trades]))

    def instrument_changed(self, symbol):
        self.instruments.append(symbol)


class Flow:
    """Send commands to the readable engine, and its events to the handlers as batches or singly."""

    def __init__(self, *, single=False):
        self.market, self.told, self.crossed = MarketData(), Memory(), []
        self.engine = ReferenceEngine([ACME, BETA])
        self.handlers = (
            DepthEventHandler(self.market, self.told, self.crossed.append),
            TradeEventHandler(self.market, self.told),
        )
        self._single = single
        self.now_ns = 1_000_000
        self.feed(self.engine.opening_events)

    def feed(self, events):
        """Dispatch whole units to each handler, of the types that it asked for."""
        for handler in self.handlers:
            wanted = [event for event in events if type(event) in handler.event_types]
            asyncio.run(self._dispatch(handler, wanted))

    async def _dispatch(self, handler, events):
        if not self._single:
            await handler.handle_events(events)
            return
        for event in events:
            await handler.handle_event(event)

    def send(self, *commands):
        """Process commands as one batch; return their events."""
        events = [event for command in commands for event in self.engine.process(command)]
        self.feed(events)
        return events

    def order(self, side, price_ticks, quantity_lots=10, account=1, **fields):
        """Make a limit order."""
        self.now_ns += 1_000
        fields = {"symbol": "ACME-USD", "received_ns": self.now_ns} | fields
        return NewOrder(
            account=account,
            side=side,
            type=OrderType.LIMIT,
            price_ticks=price_ticks,
            quantity_lots=quantity_lots,
            **fields,
        )

    def buy(self, price_ticks, quantity_lots=10, **fields):
        """Make a limit order to buy."""
        return self.order(Side.BUY, price_ticks, quantity_lots, **fields)

    def sell(self, price_ticks, quantity_lots=10, **fields):
        """Make a limit order to sell, of another account."""
        return self.order(Side.SELL, price_ticks, quantity_lots, account=2, **fields)

    @property
    def book(self):
        """Return the book of the first symbol."""
        return self.market.book("ACME-USD")


def is_accepted(events):
    """Tell whether the last unit was accepted."""
    last = events[-1]
    assert type(last) is CommandCompleted
    return last.accepted
