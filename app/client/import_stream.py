"""Bring the streamed depth and fills to where the entered commands are.

Role: Stream, the importer's subscriber. The depth seq counts the commands that changed the book:
so a book can be had exactly as it is after a command and before the next. Never a socket.
"""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec

from app.client.amounts import Amounts
from app.client.book import LocalBook
from app.client.client import Client
from app.client.codec import Message
from app.client.errors import StaleData
from app.client.feeds import Feed, ReplicaT
from app.client.import_player import ImportFailed, Player
from app.client.lobster import Fill
from app.client.messages import OrdersMessage, read_as
from app.client.own_orders import OwnOrders

PUBLISHED_TIMEOUT_S: Final = 10
"""What is not published so long after its command was answered never will be."""


class _MakerFill(msgspec.Struct, frozen=True):
    trade_id: int
    order_id: str
    price: str
    quantity: str


class Stream:
    """What the makers' connection shows of one symbol; loop thread."""

    def __init__(self, client: Client, symbol: str, amounts: Amounts) -> None:
        self._client = client
        self._symbol = symbol
        self._amounts = amounts
        self._depth: Feed[LocalBook] = client.depth(symbol, levels=0, interval_ms=0)
        self._fills: list[_MakerFill] = []
        self._orders: Feed[OwnOrders] | None = None
        self._seq_at_start = 0
        self._changes_seen = 0

    async def start(self, *, follow: bool) -> None:
        """Wait for the first snapshots; raises ImportFailed unless the book is empty.

        Without `follow` that was all: nothing is subscribed any more.
        """
        book = await self._depth.live()
        if len(book.bids) + len(book.asks) > 0:
            raise ImportFailed(
                f"{self._symbol} has {len(book.bids)} bids and {len(book.asks)} asks already:"
                " a recorded market needs an empty book and a symbol of its own"
            )
        self._seq_at_start = book.seq or 0
        if follow:
            self._orders = self._client.own_orders()
            self._orders.listen(self._take_order)
            await self._orders.live()
        else:
            self._client.unsubscribe(self._depth)

    async def book_after(self, player: Player) -> LocalBook:
        """Return the book as it is when the player has settled; raises StaleData if it broke."""
        book = self._depth.replica
        expected = self._seq_at_start + player.changes
        await self._reach(expected, player.changes - self._changes_seen)
        self._changes_seen = player.changes
        if not book.live:
            reason = book.stale_reason or ""
            await self._depth.live()
            raise StaleData(book.name, reason)
        if book.seq is not None and book.seq > expected:
            raise ImportFailed(f"somebody else trades {self._symbol} too")
        return book

    async def fills_after(self, player: Player) -> list[Fill]:
        """Return the makers' fills, in order, since the last call, once an aggressor is done."""
        assert self._orders is not None, "started to follow"
        await _published(self._orders, lambda: self._shares_filled() >= player.last_filled)
        fills = sorted(self._fills, key=lambda fill: fill.trade_id)
        self._fills = []
        return [
            Fill(
                player.keys.get(fill.order_id, f"order {fill.order_id}"),
                self._amounts.cents(fill.price),
                self._amounts.shares(fill.quantity),
            )
            for fill in fills
        ]

    async def _reach(self, seq: int, changes: int) -> None:
        """Wait until the book is at `seq`, or known to be as it is there.

        Several changes may leave every level as it was, and then no delta comes: a pong tells.
        """
        book = self._depth.replica
        if book.seq is None or book.seq >= seq:
            return
        pong = self._client.request("ping", {}) if changes > 1 else None
        if pong is not None:
            pong.add_done_callback(lambda _: self._depth.wake())
        await _published(
            self._depth,
            lambda: (
                not book.live
                or (book.seq is not None and book.seq >= seq)
                or (pong is not None and pong.done())
            ),
        )

    def _shares_filled(self) -> int:
        return sum(self._amounts.shares(fill.quantity) for fill in self._fills)

    def _take_order(self, message: Message) -> None:
        update = read_as(OrdersMessage, message)
        fill, order = update.fill, update.order
        if fill is None or order is None or fill.role != "maker" or order.symbol != self._symbol:
            return
        self._fills.append(
            _MakerFill(int(fill.trade_id), order.order_id, fill.price, fill.quantity)
        )


async def _published(feed: Feed[ReplicaT], condition: Callable[[], bool]) -> None:
    """Wait until `condition`; what never comes is left to the comparison to find."""
    try:
        async with asyncio.timeout(PUBLISHED_TIMEOUT_S):
            await feed.wait_until(condition)
    except TimeoutError:
        return
