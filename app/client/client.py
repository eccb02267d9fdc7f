"""Offer everything a program needs of a server: feeds, orders, pings.

Role: Client, the face of the package. It wires Connection and Subscriptions together.
"""

import random
from collections.abc import Callable
from types import TracebackType
from typing import Self

from app.client.book import LocalBook
from app.client.codec import Encoding
from app.client.connection import Connection, State, Token
from app.client.feeds import Feed, ReplicaT
from app.client.messages import Hello
from app.client.orders import OrderEntry
from app.client.own_orders import OwnOrders
from app.client.subscription import Wanted
from app.client.subscriptions import Subscriptions
from app.client.tape import TradeTape
from app.client.ticker import LatestTicker


class Client:
    """A client of one server; use it as `async with Client(url, token=…) as client`.

    Entering connects once and raises ConnectFailed where that fails; from later ends it comes back
    by itself, with fresh snapshots, unless `reconnect` is false. Loop thread.
    """

    def __init__(
        self,
        url: str,
        *,
        token: Token = None,
        encoding: Encoding = "json",
        reconnect: bool = True,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._subscriptions = Subscriptions(uniform)
        self._connection = Connection(
            url,
            self._subscriptions,
            token=token,
            encoding=encoding,
            reconnect=reconnect,
            uniform=uniform,
        )
        self.request = self._connection.request
        self.orders = OrderEntry(self.request)

    async def __aenter__(self) -> Self:
        await self._connection.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._connection.__aexit__(kind, error, trace)

    @property
    def state(self) -> State:
        """Whether there is a connection."""
        return self._connection.state

    @property
    def problem(self) -> str:
        """Why there is no connection; empty while there is one."""
        return self._connection.problem

    @property
    def greeting(self) -> Hello | None:
        """What the server said first on the open connection; None while there is none."""
        return self._connection.greeting

    async def ping(self) -> int:
        """Wait for the answer to a ping; return the server's time in microseconds.

        All that the server had sent on this connection before its answer has been taken by then.
        """
        pong = await self.request("ping", {})
        return int(pong["server_us"])

    def depth(self, symbol: str, *, levels: int = 25, interval_ms: int = 100) -> Feed[LocalBook]:
        """Subscribe to a symbol's depth; `levels` 0 is all, `interval_ms` 0 every change."""
        options = {"levels": levels, "interval_ms": interval_ms}
        return self._subscribe(Wanted("depth", symbol, options), LocalBook(symbol))

    def trades(self, symbol: str) -> Feed[TradeTape]:
        """Subscribe to a symbol's trades."""
        return self._subscribe(Wanted("trades", symbol, {}), TradeTape(symbol))

    def ticker(self, symbol: str, *, interval_ms: int = 100) -> Feed[LatestTicker]:
        """Subscribe to a symbol's ticker."""
        wanted = Wanted("ticker", symbol, {"interval_ms": interval_ms})
        return self._subscribe(wanted, LatestTicker(symbol))

    def own_orders(self) -> Feed[OwnOrders]:
        """Subscribe to the account's own orders."""
        return self._subscribe(Wanted("orders", None, {}), OwnOrders())

    def unsubscribe(self, feed: Feed[ReplicaT]) -> None:
        """End a subscription; its replica is stale from now on."""
        self._subscriptions.remove(feed)

    def _subscribe(self, wanted: Wanted, replica: ReplicaT) -> Feed[ReplicaT]:
        """Subscribe now and on every later connection; takes the place of one of the same key."""
        return self._subscriptions.add(Feed(wanted, replica))
