"""Hold the orders of one symbol for the readable twin: levels, waiting stops, expiries.

Role: where orders stand and in which order they are met; no rule of trading is decided here.
Imports sortedcontainers and `engine` vocabulary, never the rules that use it.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from sortedcontainers import SortedDict, SortedList

from engine.commands import (
    MarketState,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.events import OrderStatus
from engine.instruments import Instrument


def rank(side: Side, price_ticks: int) -> int:
    """Return the sort key of a resting price: the smaller, the better.

    The one place that knows that high bids and low asks are good prices.
    """
    return -price_ticks if side is Side.BUY else price_ticks


def within(taker_side: Side, price_ticks: int, bound_ticks: int) -> bool:
    """Tell whether a taker bounded by `bound_ticks` accepts to trade at `price_ticks`."""
    maker_side = taker_side.opposite
    return rank(maker_side, price_ticks) <= rank(maker_side, bound_ticks)


@dataclass(slots=True, eq=False)
class Order:
    """One order as the engine knows it; `visible_lots` is 0 unless it rests on a level."""

    order_id: int
    book: "Book"
    account: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    price_ticks: int | None
    stop_price_ticks: int | None
    quantity_lots: int
    remaining_lots: int
    display_lots: int | None
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    expire_at_us: int | None
    client_order_id: str | None
    connection: int
    status: OrderStatus
    visible_lots: int = 0
    price_quantity_sum: int = 0

    @classmethod
    def of(cls, command: NewOrder, book: "Book", order_id: int) -> "Order":
        """Return the order that `command` asks for, not yet matched with anything."""
        assert command.time_in_force is not None, "NewOrder fills in the time in force"
        waits = command.type in (OrderType.STOP, OrderType.STOP_LIMIT)
        return cls(
            order_id=order_id,
            book=book,
            account=command.account,
            side=command.side,
            type=command.type,
            time_in_force=command.time_in_force,
            price_ticks=command.price_ticks,
            stop_price_ticks=command.stop_price_ticks,
            quantity_lots=command.quantity_lots,
            remaining_lots=command.quantity_lots,
            display_lots=command.display_lots,
            post_only=command.post_only,
            self_trade_prevention=command.self_trade_prevention,
            expire_at_us=command.expire_at_us,
            client_order_id=command.client_order_id,
            connection=command.connection,
            status=OrderStatus.UNTRIGGERED if waits else OrderStatus.OPEN,
        )

    @property
    def cumulative_lots(self) -> int:
        """Return how much was filled."""
        return self.quantity_lots - self.remaining_lots

    @property
    def waits(self) -> bool:
        """Tell whether this is a stop that was not triggered yet."""
        return self.status is OrderStatus.UNTRIGGERED

    @property
    def may_rest(self) -> bool:
        """Tell whether what is left after matching stays in the book."""
        return self.time_in_force in (TimeInForce.GTC, TimeInForce.GTD)

    @property
    def slice_lots(self) -> int:
        """Return what the order shows when it joins the back of a level."""
        if self.display_lots is None:
            return self.remaining_lots
        return min(self.display_lots, self.remaining_lots)


class Level:
    """All visible orders at one price of one side, first come first."""

    def __init__(self, price_ticks: int) -> None:
        """Start empty."""
        self.price_ticks = price_ticks
        self.visible_lots = 0
        self.orders: OrderedDict[int, Order] = OrderedDict()

    @property
    def first(self) -> Order:
        """Return the order that is next to be met."""
        return next(iter(self.orders.values()))


class BookSide:
    """The levels of one side, best first, and which of them changed in this unit."""

    def __init__(self, side: Side) -> None:
        """Start empty."""
        self.side = side
        self.levels: SortedDict[int, Level] = SortedDict()
        # By price: visible lots and orders at the first touch of this unit.
        self._before: dict[int, tuple[int, int]] = {}

    def __iter__(self) -> Iterator[Level]:
        """Walk the levels, best first."""
        return iter(self.levels.values())

    @property
    def best(self) -> Level | None:
        """Return the best level, None when the side is empty."""
        return self.levels.peekitem(0)[1] if self.levels else None

    def level(self, price_ticks: int) -> Level | None:
        """Return the level at a price, None where nobody rests."""
        return self.levels.get(rank(self.side, price_ticks))

    def add(self, order: Order) -> None:
        """Put `order` at the back of its level and show its slice."""
        level = self._touch(order)
        order.visible_lots = order.slice_lots
        level.visible_lots += order.visible_lots
        level.orders[order.order_id] = order

    def remove(self, order: Order) -> None:
        """Take `order` off its level; an empty level goes."""
        level = self._touch(order)
        level.visible_lots -= order.visible_lots
        order.visible_lots = 0
        del level.orders[order.order_id]
        if not level.orders:
            del self.levels[rank(self.side, level.price_ticks)]

    def show(self, order: Order, visible_lots: int) -> None:
        """Change what a resting order shows; it keeps its place."""
        level = self._touch(order)
        level.visible_lots += visible_lots - order.visible_lots
        order.visible_lots = visible_lots

    def take_changes(self) -> list[tuple[int, int, int]]:
        """Return (price, visible lots, orders) of levels that differ from the last call's."""
        changes = []
        for price_ticks in sorted(self._before, key=lambda price: rank(self.side, price)):
            level = self.level(price_ticks)
            now = (0, 0) if level is None else (level.visible_lots, len(level.orders))
            if now != self._before[price_ticks]:
                changes.append((price_ticks, *now))
        self._before.clear()
        return changes

    def _touch(self, order: Order) -> Level:
        assert order.price_ticks is not None, "only limit orders rest"
        key = rank(self.side, order.price_ticks)
        level = self.levels.get(key)
        if level is None:
            level = self.levels[key] = Level(order.price_ticks)
        self._before.setdefault(level.price_ticks, (level.visible_lots, len(level.orders)))
        return level


class Book:
    """One symbol: both sides, the waiting stops, what expires when, and the last prints."""

    def __init__(self, instrument: Instrument, number: int) -> None:
        """Open an empty book."""
        self.symbol = instrument.symbol
        self.number = number
        self.state = MarketState.OPEN
        self._steps = (instrument.tick_size, instrument.lot_size)
        self.set_limits(instrument)
        self.sides = {side: BookSide(side) for side in Side}
        self.stops: dict[Side, SortedDict[tuple[int, int], Order]] = {
            side: SortedDict() for side in Side
        }
        self.expiries: SortedList[tuple[int, int]] = SortedList()
        self.next_trade_id = 1
        self.last_price_ticks: int | None = None
        self.reference_ticks: int | None = None
        self.highest_print_ticks: int | None = None
        self.lowest_print_ticks: int | None = None

    def has_steps_of(self, instrument: Instrument) -> bool:
        """Say whether an instrument has this book's tick and lot size: they never change."""
        return self._steps == (instrument.tick_size, instrument.lot_size)

    def set_limits(self, instrument: Instrument) -> None:
        """Take an instrument's limits for what comes from here on."""
        self.min_quantity_lots = instrument.min_quantity_lots
        self.max_quantity_lots = instrument.max_quantity_lots
        self.max_notional_units = instrument.max_notional_units
        self.price_band_basis_points = instrument.price_band_basis_points
        self.market_protection_basis_points = instrument.market_protection_basis_points

    def first_met(self, taker_side: Side, bound_ticks: int | None) -> Order | None:
        """Return the order that a taker meets first within its bound, None where nobody is."""
        level = self.sides[taker_side.opposite].best
        if level is None or bound_ticks is None:
            return None
        return level.first if within(taker_side, level.price_ticks, bound_ticks) else None

    def add_stop(self, order: Order) -> None:
        """Let a stop wait: buys by ascending, sells by descending stop price, then by id."""
        self.stops[order.side][_stop_key(order)] = order

    def remove_stop(self, order: Order) -> None:
        """Take a waiting stop out."""
        del self.stops[order.side][_stop_key(order)]

    def print_trade(self, price_ticks: int) -> int:
        """Note a print and return its trade id."""
        self.last_price_ticks = price_ticks
        highest, lowest = self.highest_print_ticks, self.lowest_print_ticks
        self.highest_print_ticks = price_ticks if highest is None else max(highest, price_ticks)
        self.lowest_print_ticks = price_ticks if lowest is None else min(lowest, price_ticks)
        self.next_trade_id += 1
        return self.next_trade_id - 1

    def close_unit(self) -> None:
        """Forget the unit's prints but the last: it is the reference of the next unit."""
        last = self.last_price_ticks
        self.reference_ticks = self.highest_print_ticks = self.lowest_print_ticks = last


def _stop_key(order: Order) -> tuple[int, int]:
    assert order.stop_price_ticks is not None, "a stop has a stop price"
    return rank(order.side.opposite, order.stop_price_ticks), order.order_id
