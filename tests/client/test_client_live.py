"""Check the client against the real server: trading, faults on the way, restarts."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import pytest

from app.client import Client, LocalBook, NewOrder, RequestRefused, StaleData
from app.client.codec import Encoding, Message
from app.client.feeds import Feed
from tests.server_process import LiveServer


def limit(price: str, quantity: str = "1", side: str = "buy") -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        side="buy" if side == "buy" else "sell",
        type="limit",
        price=price,
        quantity=quantity,
        self_trade_prevention="none",
    )


def trader(server: LiveServer, account: str, encoding: Encoding = "json") -> Client:
    return Client(
        server.ws_url, token=server.token(account), encoding=encoding, uniform=lambda: 0.0
    )


class Proxy:
    """A relay in front of a server that cuts connections and spoils what it carries."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        self._writers: list[asyncio.StreamWriter] = []
        self.url = ""
        self.spoil: Callable[[bytes], bytes] = lambda data: data

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += (writer, there[1])
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._pump(reader, there[1], is_served=False))
            tasks.create_task(self._pump(there[0], writer, is_served=True))

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_served: bool
    ) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(self.spoil(data) if is_served else data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    def cut(self) -> None:
        """End every connection without a word."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()


@asynccontextmanager
async def proxied(server: LiveServer) -> AsyncIterator[Proxy]:
    proxy = Proxy(server.ws_url)
    async with await asyncio.start_server(proxy.carry, "127.0.0.1", 0) as listening:
        port = listening.sockets[0].getsockname()[1]
        proxy.url = f"ws://127.0.0.1:{port}/v1/ws"
        yield proxy


def best_bid(feed: Feed[LocalBook]) -> str | None:
    return next((price for price, _ in feed.replica.view(1).bids), None)


async def wait_for_bid(feed: Feed[LocalBook], price: str | None) -> None:
    """Wait until a live book has this best bid."""
    await feed.wait_until(lambda: feed.replica.live and best_bid(feed) == price)


async def test_both_encodings_show_the_same_market_message_by_message(
    live_server: LiveServer,
) -> None:
    async with (
        trader(live_server, "live.json", "json") as plain,
        trader(live_server, "live.msgpack", "msgpack") as packed,
    ):
        feeds = [client.depth("ACME-USD", interval_ms=0) for client in (plain, packed)]
        seen: list[list[Message]] = [[], []]
        for feed, messages in zip(feeds, seen, strict=True):
            feed.listen(messages.append)
            await feed.live()
        before = [len(messages) for messages in seen]
        for number in range(20):
            await packed.orders.new(limit(f"100.{number:02}"))
        await packed.orders.cancel_all("ACME-USD")
        for feed in feeds:
            await wait_for_bid(feed, None)
        assert seen[0][before[0] :] == seen[1][before[1] :] != []


async def test_own_orders_and_trades_tell_what_order_entry_did(live_server: LiveServer) -> None:
    async with trader(live_server, "live.trader") as client:
        own, tape = client.own_orders(), client.trades("ACME-USD")
        await own.live()
        traded = (await tape.live()).received
        resting = await client.orders.new(limit("100.20", "2"))
        assert resting.order_id in own.replica.open_orders
        amended = await client.orders.amend(resting.order_id, quantity="1.5")
        assert (amended.quantity, amended.remaining_quantity) == ("1.5000", "1.5000")
        taker = await client.orders.new(limit("100.20", "0.5", "sell"))
        assert (taker.status, taker.average_price) == ("filled", "100.2000000000")
        assert own.replica.open_orders[resting.order_id].filled_quantity == "0.5000"
        await tape.wait_until(lambda: tape.replica.received == traded + 1)
        assert tape.replica.last_known(1)[0].quantity == "0.5000"
        assert (await client.orders.lookup(order_id=resting.order_id)).status == "partially_filled"
        cancelled = await client.orders.cancel_all("ACME-USD")
        assert cancelled.cancelled == (resting.order_id,)
        assert dict(own.replica.open_orders) == {}
        with pytest.raises(RequestRefused) as refused:
            await client.orders.cancel(resting.order_id)
        assert refused.value.code == "already_done"


async def test_a_ticker_follows_the_best_prices(live_server: LiveServer) -> None:
    async with trader(live_server, "live.ticker") as client:
        ticker = client.ticker("ACME-USD", interval_ms=0)
        await client.orders.new(limit("77.70"))
        await ticker.wait_until(
            lambda: ticker.replica.live and ticker.replica.latest.bid == "77.70"
        )
        await client.orders.cancel_all("ACME-USD")


async def test_what_happened_while_a_connection_was_cut_is_there_afterwards(
    live_server: LiveServer,
) -> None:
    async with (
        proxied(live_server) as proxy,
        trader(live_server, "live.cut") as other,
        Client(proxy.url, token=live_server.token("live.cut"), uniform=lambda: 0.0) as client,
    ):
        feed = client.depth("ACME-USD", interval_ms=0)
        await feed.live()
        for number in range(3):
            proxy.cut()
            await feed.wait_until(lambda: not feed.replica.live)
            with pytest.raises(StaleData):
                assert feed.replica.bids
            price = f"50.{number:02}"
            await other.orders.new(limit(price))
            await wait_for_bid(feed, price)
        await other.orders.cancel_all("ACME-USD")


async def test_a_level_spoilt_on_the_way_is_never_believed(live_server: LiveServer) -> None:
    async with (
        proxied(live_server) as proxy,
        trader(live_server, "live.spoil") as other,
        Client(proxy.url, token=live_server.token("live.spoil"), uniform=lambda: 0.0) as client,
    ):
        feed = client.depth("ACME-USD", interval_ms=0)
        await feed.live()
        believed: list[tuple[str, str]] = []
        feed.listen(lambda _: believed.extend(feed.replica.bids))
        proxy.spoil = lambda data: data.replace(b'"66.60","1.0000"', b'"66.60","2.0000"')
        spoilt = asyncio.ensure_future(feed.wait_until(lambda: not feed.replica.live))
        await other.orders.new(limit("66.60"))
        await spoilt
        proxy.spoil = lambda data: data
        await wait_for_bid(feed, "66.60")
        assert set(believed) == {("66.60", "1.0000")}
        await other.orders.cancel_all("ACME-USD")


@pytest.mark.parametrize("end", ["restart", "kill"])
def test_a_client_outlives_its_server(own_server: LiveServer, end: str) -> None:
    async def outlive() -> None:
        async with trader(own_server, "live.restart") as client:
            feed = client.depth("ACME-USD")
            await feed.live()
            await client.orders.new(limit("100.20"))
            await wait_for_bid(feed, "100.20")
            loop = asyncio.get_running_loop()
            if end == "kill":
                own_server.kill()
                own_server.output.clear()
                starting = loop.run_in_executor(None, own_server.start)
            else:
                starting = loop.run_in_executor(None, own_server.restart)
            await feed.wait_until(lambda: not feed.replica.live)
            with pytest.raises(StaleData):
                assert feed.replica.bids
            await starting
            # In fast mode another epoch begins with an empty book.
            await wait_for_bid(feed, None)
            await client.orders.new(limit("100.10"))
            await wait_for_bid(feed, "100.10")

    asyncio.run(outlive())
