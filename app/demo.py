"""Let seeded order flow move the market, through the same gateway as everybody's orders.

Role: the shell around `engine/flow.py`: it waits, looks at the public book, asks the flow what to
do, and sends that as the accounts "demo-…". Owned by the event loop's thread; clock and sleep are
arguments. Never imports the web framework, nor the engine but its vocabulary and its flow.

    sleep ── wait_us ── OrderFlow ── action ──> Gateway ──> engine
                            ▲                      │
                            └── what rests ── done ┘
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

import msgspec

from app import wire
from app.errors import Refusal
from app.gateway import Gateway
from app.market import Listing, MarketData
from app.order_requests import Fields
from app.submission import Caller, OrderResult
from engine.commands import Side
from engine.flow import FlowProfile, OrderFlow
from engine.flow_orders import Action, Amend, Cancel, Place, Trader

EVENTS_PER_SECOND_DEFAULT: Final = 75
"""Actions per second and symbol: lively to look at, cheap to compute."""

PENDING_MAX: Final = 64
"""Actions of one symbol without an answer; above that the demo skips its turn."""

BEHIND_US_MAX: Final = 1_000_000
"""A demo that woke up later than this does not catch up: it would flood the market."""

_ORDERS_PER_TURN: Final = 16  # of an opening, before others may run
_SLEEP_US_MIN: Final = 1_000  # what is due sooner is done at once: timers cost more than actions
_US_PER_S: Final = 1_000_000

_GONE_CODES: Final = frozenset({"already_done", "unknown_order", "outcome_unknown"})
"""Refusals after which an order need not be cancelled any more."""


class _Start(msgspec.Struct, frozen=True):
    """Say where a symbol's demo begins, in decimal text."""

    price: str
    typical_quantity: str
    round_quantity: str
    step: str


_STARTS: Final = {
    "ACME-USD": _Start("100.00", "2", "0.1", "0.01"),
    "BTC-USD": _Start("64000.00", "0.05", "0.001", "1.00"),
    "EUR-USD": _Start("1.08250", "50000", "1000", "0.00001"),
}

Sleep = Callable[[float], Awaitable[None]]
ClockUs = Callable[[], int]


async def run_demo(
    gateway: Gateway,
    market: MarketData,
    symbols: Iterable[str],
    *,
    seed: int,
    clock_us: ClockUs,
    sleep: Sleep = asyncio.sleep,
    events_per_second: int = EVENTS_PER_SECOND_DEFAULT,
) -> None:
    """Trade every listed one of `symbols` until cancelled; an unlisted one is left out.

    `clock_us` is monotonic, in microseconds.
    """
    async with asyncio.TaskGroup() as group:
        for place, symbol in enumerate(symbols):
            listing = market.listing(symbol)
            if listing is not None:
                flow = OrderFlow(seed + place, demo_profile(listing, events_per_second))
                group.create_task(_trade(DemoTrader(gateway, listing, flow), clock_us, sleep))


async def _trade(trader: "DemoTrader", clock_us: ClockUs, sleep: Sleep) -> None:
    """Open the book, then act whenever the flow says so."""
    for count, place in enumerate(trader.flow.opening(), 1):
        trader.act(place)
        if count % _ORDERS_PER_TURN == 0:
            await sleep(0)
    due_us = clock_us()
    while True:
        due_us = max(due_us + trader.flow.wait_us(), clock_us() - BEHIND_US_MAX)
        early_us = due_us - clock_us()
        await sleep(early_us / _US_PER_S if early_us > _SLEEP_US_MIN else 0)
        trader.turn()


def demo_profile(listing: Listing, events_per_second: int) -> FlowProfile:
    """Return the scale of a symbol's flow; one that is not of the demo set gets plain numbers."""
    start = _STARTS.get(listing.symbol)
    if start is None:
        return FlowProfile(events_per_second=events_per_second)
    try:
        return FlowProfile(
            start_ticks=listing.tick.count(start.price),
            step_ticks=listing.tick.count(start.step),
            typical_lots=listing.lot.count(start.typical_quantity),
            round_lots=listing.lot.count(start.round_quantity),
            events_per_second=events_per_second,
        )
    except ValueError:
        # An instruments file may list a symbol of this name with other steps.
        return FlowProfile(events_per_second=events_per_second)


class DemoTrader:
    """Send one symbol's flow to the gateway and keep what rests; refusals are part of life."""

    def __init__(self, gateway: Gateway, listing: Listing, flow: OrderFlow) -> None:
        """Trade `listing` by `flow`."""
        self.flow = flow
        self.pending = 0
        self.refused: dict[str, int] = {}
        self._gateway = gateway
        self._listing = listing
        self._callers = {trader: Caller(f"demo-{trader.label}") for trader in Trader}

    def turn(self) -> None:
        """Do what the flow decides on the book as it is shown now."""
        if self.pending < PENDING_MAX:
            book = self._listing.book
            self.act(self.flow.decide(book.best_bid, book.best_ask))

    def act(self, action: Action) -> None:
        """Send one action."""
        caller = self._callers[action.trader]
        self.pending += 1
        match action:
            case Place():
                self._gateway.new_order(caller, self._order_fields(action), self._placed(action))
            case Amend():
                self._gateway.amend(caller, self._amend_fields(action), self._amended(action))
            case Cancel():
                fields: Fields = {"order_id": str(action.order_id)}
                self._gateway.cancel(caller, fields, self._cancelled(action))

    # --- answers --------------------------------------------------------------------------

    def _placed(self, place: Place) -> Callable[[OrderResult | wire.Validated | Refusal], None]:
        def done(result: OrderResult | wire.Validated | Refusal) -> None:
            self.pending -= 1
            if isinstance(result, Refusal):
                self._count(result)
            elif isinstance(result, OrderResult) and _rests(result.order):
                left = self._listing.lot.count(result.order.remaining_quantity)
                order_id = int(result.order.order_id)
                self.flow.orders.placed(order_id, place, quantity_lots=left)

        return done

    def _amended(self, amend: Amend) -> Callable[[OrderResult | Refusal], None]:
        def done(result: OrderResult | Refusal) -> None:
            self.pending -= 1
            if isinstance(result, Refusal):
                self._count(result)
                if result.code in _GONE_CODES:
                    self.flow.orders.remove(amend.order_id)
            elif _rests(result.order):
                self.flow.orders.amended(amend)
            else:
                self.flow.orders.remove(amend.order_id)

        return done

    def _cancelled(self, cancel: Cancel) -> Callable[[OrderResult | Refusal], None]:
        def done(result: OrderResult | Refusal) -> None:
            self.pending -= 1
            if isinstance(result, Refusal):
                self._count(result)
            if not isinstance(result, Refusal) or result.code in _GONE_CODES:
                self.flow.orders.remove(cancel.order_id)

        return done

    def _count(self, refusal: Refusal) -> None:
        self.refused[refusal.code] = self.refused.get(refusal.code, 0) + 1

    # --- requests -------------------------------------------------------------------------

    def _order_fields(self, place: Place) -> Fields:
        fields: Fields = {
            "symbol": self._listing.symbol,
            "side": "buy" if place.side is Side.BUY else "sell",
            "type": wire.ORDER_TYPE_NAMES[place.type],
            "time_in_force": wire.TIME_IN_FORCE_NAMES[place.time_in_force],
            "quantity": self._listing.lot.text(place.quantity_lots),
            "post_only": place.post_only,
        }
        if place.price_ticks is not None:
            fields["price"] = self._listing.tick.text(place.price_ticks)
        return fields

    def _amend_fields(self, amend: Amend) -> Fields:
        fields: Fields = {"order_id": str(amend.order_id)}
        if amend.price_ticks is not None:
            fields["price"] = self._listing.tick.text(amend.price_ticks)
        if amend.quantity_lots is not None:
            fields["quantity"] = self._listing.lot.text(amend.quantity_lots)
        return fields


def _rests(order: wire.Order) -> bool:
    return order.status in ("open", "partially_filled")
