"""Check that the importer compares the book it means, or says why it cannot."""

import pytest

from app.client import Client, NewOrder, StaleData
from app.client.amounts import Amounts
from app.client.errors import RequestRefused
from app.client.import_player import ImportFailed, Player
from app.client.import_stream import Stream
from app.client.lobster import Add, Aggress, Delete, Fill
from tests.client.scripted_server import Peer, scripted
from tests.client.server_messages import depth_snapshot, order, orders_snapshot
from tests.server_process import LiveServer

AMOUNTS = Amounts(2, 0)


async def test_the_book_is_that_of_each_step_though_nothing_is_waited_for_between(
    live_server: LiveServer,
) -> None:
    token = live_server.token("stream.steps")
    async with Client(live_server.ws_url, token=token) as client:
        stream = Stream(client, "GOOG", AMOUNTS)
        await stream.start(follow=True)
        player = Player(client, client, "GOOG", AMOUNTS)
        for number in range(50):
            await player.enter(Add(str(number), "buy", 10_000 + number, 1))
            await player.settle()
            book = await stream.book_after(player)
            prices = [price for price, _ in book.bids]
            assert prices == [AMOUNTS.price_text(10_000 + n) for n in range(number, -1, -1)]
        await client.orders.cancel_all("GOOG")


async def test_steps_that_leave_every_level_as_it_was_are_not_waited_for(
    live_server: LiveServer,
) -> None:
    token = live_server.token("stream.nothing")
    async with Client(live_server.ws_url, token=token) as client:
        stream = Stream(client, "GOOG", AMOUNTS)
        await stream.start(follow=True)
        player = Player(client, client, "GOOG", AMOUNTS)
        for number in range(20):
            await player.enter(Add(str(number), "buy", 10_000, 1))
            await player.enter(Delete(str(number)))
            await player.settle()
            book = await stream.book_after(player)
            assert len(book.bids) == 0


async def test_the_makers_fills_come_in_their_order(live_server: LiveServer) -> None:
    makers, takers = live_server.token("stream.makers"), live_server.token("stream.takers")
    async with (
        Client(live_server.ws_url, token=makers) as client,
        Client(live_server.ws_url, token=takers) as other,
    ):
        stream = Stream(client, "GOOG", AMOUNTS)
        await stream.start(follow=True)
        player = Player(client, other, "GOOG", AMOUNTS)
        for entry in (Add("a", "buy", 9_999, 5), Add("b", "buy", 10_000, 2)):
            await player.enter(entry)
        await player.enter(Aggress("sell", 9_999, 6, ()))
        await player.settle()
        fills = await stream.fills_after(player)
        assert fills == [Fill("b", 10_000, 2), Fill("a", 9_999, 4)]
        await client.orders.cancel_all("GOOG")


async def test_somebody_else_in_the_symbol_is_noticed(live_server: LiveServer) -> None:
    own, foreign = live_server.token("stream.own"), live_server.token("stream.foreign")
    async with (
        Client(live_server.ws_url, token=own) as client,
        Client(live_server.ws_url, token=foreign) as other,
    ):
        stream = Stream(client, "GOOG", AMOUNTS)
        await stream.start(follow=True)
        await other.orders.new(
            NewOrder(symbol="GOOG", side="buy", type="limit", quantity="1", price="90")
        )
        await client.ping()
        player = Player(client, client, "GOOG", AMOUNTS)
        with pytest.raises(ImportFailed, match="somebody else trades GOOG"):
            await stream.book_after(player)
        with pytest.raises(ImportFailed, match="GOOG has 1 bids and 0 asks"):
            await Stream(client, "GOOG", AMOUNTS).start(follow=False)
        await other.orders.cancel_all("GOOG")


async def test_a_symbol_that_is_not_there_is_said(live_server: LiveServer) -> None:
    async with Client(live_server.ws_url, token=live_server.token("stream.own")) as client:
        with pytest.raises(RequestRefused, match="unknown_symbol"):
            await Stream(client, "NOPE", AMOUNTS).start(follow=True)


async def test_a_stream_that_broke_is_not_compared() -> None:
    async def spoil(peer: Peer) -> None:
        await peer.greet()
        await peer.acknowledge(await peer.receive("subscribe"))
        await peer.send(depth_snapshot(5, [], [], symbol="GOOG"))
        await peer.acknowledge(await peer.receive("subscribe"))
        await peer.send(orders_snapshot(0))
        request = await peer.receive("order.new")
        wrong = depth_snapshot(6, [], [], symbol="GOOG", type="delta", prev_seq=5, checksum=1)
        await peer.send(wrong)
        await peer.acknowledge(request, order=order(1))
        await peer.acknowledge(await peer.receive("subscribe"))
        await peer.send(depth_snapshot(6, [], [], symbol="GOOG"))
        await peer.stay()

    async with scripted(spoil) as server, Client(server.url) as client:
        stream = Stream(client, "GOOG", AMOUNTS)
        await stream.start(follow=True)
        player = Player(client, client, "GOOG", AMOUNTS)
        await player.enter(Add("a", "buy", 10_000, 1))
        await player.settle()
        with pytest.raises(StaleData):
            await stream.book_after(player)
        assert (await stream.book_after(player)).seq == 6
