"""Hold what the events told of orders and books, for `tests/engine/fold.py`."""

from dataclasses import dataclass, field

from sortedcontainers import SortedDict

from engine.commands import (
    MarketState,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.events import CommandCompleted, OrderAdded, OrderStatus
from engine.hashing import OrderState, symbol_header


class Misfold(AssertionError):
    """An event contradicts what was told before."""


def demand(holds: bool, text: str, event: object = "") -> None:
    """Raise `Misfold` unless `holds`."""
    if not holds:
        raise Misfold(f"{text}: {event}")


@dataclass(slots=True, eq=False)
class FoldedOrder:
    """What the events told of one order."""

    order_id: int
    symbol: str
    account: int
    side: Side
    type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    self_trade_prevention: SelfTradePrevention
    price_ticks: int | None
    stop_price_ticks: int | None
    quantity_lots: int
    remaining_lots: int
    display_lots: int | None
    expire_at_us: int | None
    status: OrderStatus
    visible_lots: int = 0
    price_quantity_sum: int = 0
    cancelled_lots: int = 0
    # The order's bytes in the hash; None since an event named it.
    packed: bytes | None = None

    @classmethod
    def of(cls, event: OrderAdded) -> "FoldedOrder":
        """Return the order that was just added."""
        return cls(
            event.order_id,
            event.symbol,
            event.account,
            event.side,
            event.type,
            event.time_in_force,
            event.post_only,
            event.self_trade_prevention,
            event.price_ticks,
            event.stop_price_ticks,
            event.quantity_lots,
            event.quantity_lots,
            event.display_lots,
            event.expire_at_us,
            event.status,
        )

    def pack(self) -> bytes:
        """Return the order's bytes in the hash."""
        if self.packed is None:
            self.packed = self.state().pack()
        return self.packed

    def state(self) -> OrderState:
        """Return the order as hashes see it."""
        return OrderState(
            self.order_id,
            self.account,
            self.side,
            self.type,
            self.time_in_force,
            self.post_only,
            self.self_trade_prevention,
            self.price_ticks or 0,
            self.stop_price_ticks or 0,
            self.quantity_lots,
            self.remaining_lots,
            self.visible_lots,
            self.display_lots or 0,
            self.price_quantity_sum,
            self.expire_at_us or 0,
        )


@dataclass(slots=True)
class Queue:
    """The orders at one price, first come first, and what they show together."""

    price_ticks: int
    orders: dict[int, FoldedOrder] = field(default_factory=dict)
    visible_lots: int = 0


@dataclass(slots=True)
class FoldedBook:
    """One symbol: queues by price, waiting stops, depth as `DepthUpdated` told it."""

    number: int
    state: MarketState = MarketState.OPEN
    last_price_ticks: int = 0
    trade_count: int = 0
    queues: dict[Side, SortedDict[int, Queue]] = field(
        default_factory=lambda: {side: SortedDict() for side in Side}
    )
    waiting: dict[int, FoldedOrder] = field(default_factory=dict)
    depth: dict[Side, SortedDict[int, tuple[int, int, int]]] = field(
        default_factory=lambda: {side: SortedDict() for side in Side}
    )
    # Queues that this unit changed, by side and key.
    touched: set[tuple[Side, int]] = field(default_factory=set)
    # The book's bytes in the hash; None since an event named its symbol.
    packed: bytes | None = None

    def first(self, side: Side) -> FoldedOrder | None:
        """Return the order that is next to be met on a side."""
        queues = self.queues[side]
        return next(iter(queues.peekitem(0)[1].orders.values())) if queues else None

    def rest(self, order: FoldedOrder, visible_lots: int) -> None:
        """Put an order at the back of its queue."""
        assert order.price_ticks is not None, "only limit orders rest"
        queues, key = self.queues[order.side], queue_key(order)
        if key not in queues:
            queues[key] = Queue(order.price_ticks)
        queues[key].orders[order.order_id] = order
        self.show(order, visible_lots)

    def leave(self, order: FoldedOrder) -> None:
        """Take an order off its queue."""
        self.show(order, 0)
        queues, key = self.queues[order.side], queue_key(order)
        del queues[key].orders[order.order_id]
        if not queues[key].orders:
            del queues[key]

    def show(self, order: FoldedOrder, visible_lots: int) -> None:
        """Change what an order shows in its queue."""
        key = queue_key(order)
        self.queues[order.side][key].visible_lots += visible_lots - order.visible_lots
        order.visible_lots, order.packed = visible_lots, None
        self.touched.add((order.side, key))

    def rests(self, order: FoldedOrder) -> bool:
        """Tell whether an order stands in a queue."""
        if order.price_ticks is None:
            return False
        queue = self.queues[order.side].get(queue_key(order))
        return queue is not None and order.order_id in queue.orders

    def level(self, side: Side, key: int) -> tuple[int, int, int] | None:
        """Return price, visible lots and orders of a queue, None where nobody rests."""
        queue = self.queues[side].get(key)
        if queue is None:
            return None
        return queue.price_ticks, queue.visible_lots, len(queue.orders)

    def check_touched(self, event: CommandCompleted) -> None:
        """Demand that depth was told of every level that the unit changed, and as it is."""
        for side, key in self.touched:
            told, level = self.depth[side].get(key), self.level(side, key)
            demand(told == level, f"depth is told as it is: {told} ≠ {level}", event)
        self.touched.clear()

    def stops(self, side: Side) -> list[FoldedOrder]:
        """Return the waiting stops of a side in trigger order."""
        sign = 1 if side is Side.BUY else -1
        stops = [order for order in self.waiting.values() if order.side is side]
        return sorted(stops, key=lambda o: (sign * (o.stop_price_ticks or 0), o.order_id))

    def orders(self) -> list[list[FoldedOrder]]:
        """Return bids, asks, buy stops and sell stops."""
        resting = [
            [order for queue in self.queues[side].values() for order in queue.orders.values()]
            for side in Side
        ]
        return [*resting, self.stops(Side.BUY), self.stops(Side.SELL)]

    def pack(self) -> bytes:
        """Return the book's bytes in the hash."""
        if self.packed is None:
            groups = self.orders()
            bids, asks, buys, sells = (len(group) for group in groups)
            header = symbol_header(
                self.number, self.state, self.last_price_ticks, (bids, asks, buys, sells)
            )
            self.packed = header + b"".join(o.pack() for group in groups for o in group)
        return self.packed


def queue_key(order: FoldedOrder) -> int:
    """Return the sort key of an order's price: the smaller, the better."""
    assert order.price_ticks is not None, "only limit orders rest"
    return -order.price_ticks if order.side is Side.BUY else order.price_ticks


def filled_lots(order: FoldedOrder) -> int:
    """Return how much of an order was filled."""
    return order.quantity_lots - order.remaining_lots - order.cancelled_lots


def slice_lots(order: FoldedOrder) -> int:
    """Return what an order shows when it joins a queue."""
    display = order.display_lots
    return order.remaining_lots if display is None else min(display, order.remaining_lots)
