"""Hold one order as the event loop knows it: integers, changed in place by engine events.

Role: what app/store.py keeps and app/gateway.py asks. The frozen `wire.Order` is made only when
somebody is there to see it, and once for each state. Sans-I/O: never imports asyncio or sockets.
"""

from typing import Final

import msgspec

from app import wire
from app.market import Listing
from engine.events import (
    LIVING_STATUSES,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatusChanged,
)
from engine.reasons import Reason

AVERAGE_PRICE_DECIMALS_MORE: Final = 8
"""An average price has this many decimals more than the prices it is made of."""

_NS_PER_US: Final = 1_000


class OrderRecord:
    """One order, living or ended: quantity = cumulative + remaining + cancelled, in lots.

    `seq` is the account's sequence number of the last event folded. O(1) throughout.
    """

    __slots__ = (
        "_wire",
        "account",
        "added",
        "cancelled_lots",
        "client_order_id",
        "cumulative_lots",
        "display_lots",
        "listing",
        "order_id",
        "owner",
        "price_quantity_sum",
        "price_ticks",
        "quantity_lots",
        "reason",
        "remaining_lots",
        "seq",
        "status",
        "stop_price_ticks",
        "updated_ns",
    )

    def __init__(self, added: OrderAdded, listing: Listing, owner: str) -> None:
        """Start from the order's first event; `owner` is the account's name."""
        self.added = added
        self.listing = listing
        self.owner = owner
        self.order_id = added.order_id
        self.client_order_id = added.client_order_id
        self.account = added.account
        self.price_ticks = added.price_ticks
        self.stop_price_ticks = added.stop_price_ticks
        self.quantity_lots = added.quantity_lots
        self.display_lots = added.display_lots
        self.remaining_lots = added.quantity_lots
        self.cumulative_lots = 0
        self.cancelled_lots = 0
        self.price_quantity_sum = 0
        self.status = added.status
        self.reason = Reason.NONE
        self.updated_ns = added.engine_ns
        self.seq = 0
        self._wire: wire.Order | None = None

    @property
    def is_living(self) -> bool:
        """Return whether the order rests, or waits for its trigger."""
        return self.status in LIVING_STATUSES

    def touch(self, seq: int, engine_ns: int) -> None:
        """Note the account's sequence number and the time of the event being folded."""
        self.seq = seq
        self.updated_ns = engine_ns
        self._wire = None

    def amended(self, event: OrderAmended) -> None:
        """Fold a change of price, quantity or shown quantity."""
        self.price_ticks = event.price_ticks
        self.stop_price_ticks = event.stop_price_ticks
        self.quantity_lots = event.quantity_lots
        self.remaining_lots = event.remaining_lots
        self.display_lots = event.display_lots
        self.status = event.status

    def matched(self, event: OrderMatched) -> None:
        """Fold a fill."""
        self.remaining_lots = event.remaining_lots
        self.cumulative_lots = event.cumulative_lots
        self.price_quantity_sum = event.price_quantity_sum

    def cancelled(self, event: OrderCancelled) -> None:
        """Fold the end of what was left."""
        self.cancelled_lots += event.quantity_lots
        self.remaining_lots -= event.quantity_lots
        self.reason = event.reason

    def status_changed(self, event: OrderStatusChanged) -> None:
        """Take over the new status."""
        self.status = event.new_status

    def to_wire(self) -> wire.Order:
        """Return the order as it is now, in decimal text."""
        if self._wire is None:
            self._wire = self._build()
        return self._wire

    def _build(self) -> wire.Order:
        added, price, quantity = self.added, self.listing.tick.text, self.listing.lot.text
        price_ticks, stop_ticks, display_lots = (
            self.price_ticks,
            self.stop_price_ticks,
            self.display_lots,
        )
        return wire.Order(
            order_id=str(self.order_id),
            client_order_id=self.client_order_id,
            account=self.owner,
            symbol=added.symbol,
            side=wire.SIDE_NAMES[added.side],
            type=wire.ORDER_TYPE_NAMES[added.type],
            time_in_force=wire.TIME_IN_FORCE_NAMES[added.time_in_force],
            price=None if price_ticks is None else price(price_ticks),
            stop_price=None if stop_ticks is None else price(stop_ticks),
            quantity=quantity(self.quantity_lots),
            display_quantity=None if display_lots is None else quantity(display_lots),
            filled_quantity=quantity(self.cumulative_lots),
            remaining_quantity=quantity(self.remaining_lots),
            cancelled_quantity=quantity(self.cancelled_lots),
            average_price=self._average_price(),
            status=wire.STATUS_NAMES[self.status],
            reason=None if self.reason is Reason.NONE else wire.REASON_NAMES[self.reason],
            post_only=added.post_only,
            self_trade_prevention=wire.SELF_TRADE_PREVENTION_NAMES[added.self_trade_prevention],
            expire_at_us=added.expire_at_us,
            created_us=added.engine_ns // _NS_PER_US,
            updated_us=self.updated_ns // _NS_PER_US,
            seq=self.seq,
            durable=False,
        )

    def _average_price(self) -> str | None:
        if self.cumulative_lots == 0:
            return None
        tick = self.listing.tick
        return average_text(
            self.price_quantity_sum * tick.digits, self.cumulative_lots, tick.decimals
        )


class FillRecord(msgspec.Struct, frozen=True, gc=False):
    """One fill of an account's order: the engine's event, and what it does not carry."""

    event: OrderMatched
    listing: Listing
    client_order_id: str | None

    def to_wire(self) -> wire.Fill:
        """Return what a list of fills says of it."""
        event, listing = self.event, self.listing
        return wire.Fill(
            trade_id=str(event.trade_id),
            order_id=str(event.order_id),
            client_order_id=self.client_order_id,
            symbol=event.symbol,
            side=wire.SIDE_NAMES[event.side],
            price=listing.tick.text(event.price_ticks),
            quantity=listing.lot.text(event.quantity_lots),
            role=wire.ROLE_NAMES[event.role],
            engine_us=event.engine_ns // _NS_PER_US,
        )


def fill_note(event: OrderMatched, listing: Listing) -> wire.FillNote:
    """Return what an `order_matched` update says of its fill."""
    return wire.FillNote(
        str(event.trade_id),
        listing.tick.text(event.price_ticks),
        listing.lot.text(event.quantity_lots),
        wire.ROLE_NAMES[event.role],
    )


def average_text(total: int, count: int, decimals: int) -> str:
    """Return `total` / `count`, in units of 10^-`decimals`, with 8 decimals more, half to even."""
    more = AVERAGE_PRICE_DECIMALS_MORE
    quotient, rest = divmod(total * 10**more, count)
    if 2 * rest > count or (2 * rest == count and quotient % 2 == 1):
        quotient += 1
    whole, fraction = divmod(quotient, 10 ** (decimals + more))
    return f"{whole}.{fraction:0{decimals + more}d}"
