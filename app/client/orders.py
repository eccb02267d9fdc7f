"""Enter, change and cancel orders over a client's connection, as many at a time as one likes.

Role: order entry as typed calls over a function that sends a request. Never a socket.
"""

import asyncio
from typing import Any, Literal, Protocol

import msgspec

from app.client.codec import Message
from app.client.messages import CancelledAll, Order, read_as


class NewOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A new order as the protocol takes it; prices and quantities are decimal strings."""

    symbol: str
    side: Literal["buy", "sell"]
    type: Literal["limit", "market", "stop", "stop_limit"]
    quantity: str
    price: str | None = None
    stop_price: str | None = None
    time_in_force: Literal["gtc", "ioc", "fok", "gtd"] | None = None
    post_only: bool = False
    client_order_id: str | None = None
    display_quantity: str | None = None
    self_trade_prevention: (
        Literal["none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement"] | None
    ) = None
    expire_at_us: int | None = None
    deadline_us: int | None = None


class SendRequest(Protocol):
    """Send an op at once; the future gets its ack, or RequestRefused, or OutcomeUnknown."""

    def __call__(self, op: str, fields: Message) -> "asyncio.Future[Message]":
        """Send; raises ConnectionLost where there is no connection to send it on."""


class OrderEntry:
    """Order entry over one connection; loop thread.

    `submit` sends at once and returns a future, so that many can be under way, in the order of
    the calls; the named calls wait for their own answer.
    """

    def __init__(self, request: SendRequest) -> None:
        self.submit = request

    async def new(self, order: NewOrder) -> Order:
        """Enter an order; raises RequestRefused with the reason."""
        return await self._order("order.new", msgspec.to_builtins(order))

    async def amend(
        self, order_id: str, *, price: str | None = None, quantity: str | None = None
    ) -> Order:
        """Change price, total quantity, or both; an order made smaller alone keeps its place."""
        changes = {"price": price, "quantity": quantity}
        given = {name: value for name, value in changes.items() if value is not None}
        return await self._order("order.amend", {"order_id": order_id, **given})

    async def cancel(self, order_id: str) -> Order:
        """Cancel what is left of an order."""
        return await self._order("order.cancel", {"order_id": order_id})

    async def cancel_all(self, symbol: str | None = None) -> CancelledAll:
        """Cancel all the account's open orders, of one symbol if given."""
        fields = {} if symbol is None else {"symbol": symbol}
        return read_as(CancelledAll, await self.submit("order.cancel_all", fields))

    async def lookup(
        self, *, order_id: str | None = None, client_order_id: str | None = None
    ) -> Order:
        """Return an order as it is now, by either id."""
        names: dict[str, Any] = {"order_id": order_id, "client_order_id": client_order_id}
        given = {name: value for name, value in names.items() if value is not None}
        return await self._order("order.lookup", given)

    async def _order(self, op: str, fields: Message) -> Order:
        return order_of(await self.submit(op, fields))


def order_of(ack: Message) -> Order:
    """Read the order that an ack carries."""
    return read_as(Order, ack.get("order"))
