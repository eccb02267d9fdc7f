"""Say what order flow does, and keep the orders that it has in the market.

Role: the vocabulary between the model of `engine/flow.py` and whoever carries its actions out
(`engine/flow_play.py` on an engine, app/demo.py on the gateway). Imports msgspec and the
vocabulary of `engine` alone.
"""

from collections.abc import Iterator
from enum import IntEnum, unique

import msgspec

from engine.commands import OrderType, Side, TimeInForce


@unique
class Trader(IntEnum):
    """Who acts: makers quote both sides, patient traders rest, takers take."""

    MAKER_1 = 0
    MAKER_2 = 1
    MAKER_3 = 2
    PATIENT_1 = 3
    PATIENT_2 = 4
    TAKER_1 = 5
    TAKER_2 = 6

    @property
    def label(self) -> str:
        """Return the name as a part of an account's name: "maker-1"."""
        return self.name.lower().replace("_", "-")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Enter an order."""

    trader: Trader
    side: Side
    quantity_lots: int
    price_ticks: int | None = None
    type: OrderType = OrderType.LIMIT
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False


class Cancel(msgspec.Struct, frozen=True):
    """Take an order out."""

    trader: Trader
    order_id: int


class Amend(msgspec.Struct, frozen=True, kw_only=True):
    """Change an order's price or its total quantity."""

    trader: Trader
    order_id: int
    price_ticks: int | None = None
    quantity_lots: int | None = None


Action = Place | Cancel | Amend


class OpenOrder(msgspec.Struct, frozen=True):
    """Hold what the flow knows of an order that rests."""

    order_id: int
    trader: Trader
    side: Side
    price_ticks: int
    quantity_lots: int


class OpenOrders:
    """Hold the flow's resting orders; every operation is O(1) or O(levels).

    The flow need not be told of fills: what stands before the best price has been traded away.
    """

    def __init__(self) -> None:
        """Start with nothing in the market."""
        self._orders: dict[int, OpenOrder] = {}
        self._ids: list[int] = []
        self._places: dict[int, int] = {}
        # Per side: price key (the larger, the better) -> ids, in the order of their coming.
        self._levels: dict[Side, dict[int, dict[int, None]]] = {side: {} for side in Side}
        self._counts = dict.fromkeys(Side, 0)

    def __len__(self) -> int:
        return len(self._ids)

    def __iter__(self) -> Iterator[OpenOrder]:
        return iter(self._orders.values())

    def __getitem__(self, place: int) -> OpenOrder:
        """Return the order at `place`, 0 … len - 1; a removal moves another one there."""
        return self._orders[self._ids[place]]

    def count(self, side: Side) -> int:
        """Return how many orders rest on a side."""
        return self._counts[side]

    def add(self, order: OpenOrder) -> None:
        """Note an order that rests from now on; one of the same id is replaced."""
        self.remove(order.order_id)
        self._orders[order.order_id] = order
        self._places[order.order_id] = len(self._ids)
        self._ids.append(order.order_id)
        level = self._levels[order.side].setdefault(_key(order.side, order.price_ticks), {})
        level[order.order_id] = None
        self._counts[order.side] += 1

    def placed(self, order_id: int, place: Place, *, quantity_lots: int | None = None) -> None:
        """Note that `place` rests under its id, with what is left of its quantity."""
        assert place.price_ticks is not None, "an order without a price does not rest"
        left = place.quantity_lots if quantity_lots is None else quantity_lots
        self.add(OpenOrder(order_id, place.trader, place.side, place.price_ticks, left))

    def amended(self, amend: Amend) -> None:
        """Note that `amend` was done; an order that is no longer known stays so."""
        order = self._orders.get(amend.order_id)
        if order is None:
            return
        price_ticks = order.price_ticks if amend.price_ticks is None else amend.price_ticks
        lots = order.quantity_lots if amend.quantity_lots is None else amend.quantity_lots
        self.add(OpenOrder(order.order_id, order.trader, order.side, price_ticks, lots))

    def remove(self, order_id: int) -> None:
        """Forget an order; one that is not known is none."""
        order = self._orders.pop(order_id, None)
        if order is None:
            return
        place, last = self._places.pop(order_id), self._ids.pop()
        if last != order_id:
            self._ids[place] = last
            self._places[last] = place
        key = _key(order.side, order.price_ticks)
        level = self._levels[order.side][key]
        del level[order_id]
        if not level:
            del self._levels[order.side][key]
        self._counts[order.side] -= 1

    def forget_traded(self, side: Side, best_ticks: int | None) -> None:
        """Forget orders priced better than the best of their side: they must have been filled."""
        levels = self._levels[side]
        while levels:
            key = max(levels)
            if best_ticks is not None and key <= _key(side, best_ticks):
                return
            for order_id in list(levels[key]):
                self.remove(order_id)


def _key(side: Side, price_ticks: int) -> int:
    return price_ticks if side is Side.BUY else -price_ticks
