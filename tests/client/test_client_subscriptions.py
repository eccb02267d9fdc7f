"""Check that what is wanted outlives faults, refusals and connections."""

import asyncio
from collections.abc import Callable

import pytest

from app.client import Client
from app.client.book import LocalBook
from app.client.errors import ClientError, RequestRefused
from app.client.feeds import Feed
from app.client.session import Session
from app.client.subscription import Wanted
from app.client.subscriptions import Subscriptions
from tests.client.scripted_server import ASKS, Peer, scripted
from tests.client.server_messages import Message, depth_delta, depth_snapshot, error, hello


async def test_a_spoiled_book_is_healed_on_the_same_connection() -> None:
    async def spoil_twice(peer: Peer) -> None:
        await peer.greet()
        await peer.give_depth(5)
        await peer.send(depth_delta(6, 7, [], [], ([], ASKS)))
        await peer.give_depth(8)
        await peer.send(depth_delta(8, 9, [], [], ([], ASKS), checksum=1))
        await peer.give_depth(10)
        await peer.send(depth_delta(10, 11, [], [], ([], ASKS)))
        await peer.stay()

    async with scripted(spoil_twice) as server, Client(server.url, uniform=lambda: 0.0) as client:
        feed = client.depth("ACME-USD")
        seqs: list[int] = []
        feed.listen(lambda message: seqs.append(message["seq"]))
        await feed.wait_until(lambda: feed.replica.live and feed.replica.seq == 11)
        assert seqs == [5, 8, 10, 11]
        assert len(server.peers) == 1


async def test_a_refusal_for_now_is_asked_again_and_a_final_one_ends_the_feed() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.greet()
        request = await peer.receive("subscribe")
        await peer.send(error(request["id"], "rate_limited", temporary=True, retry_after_ms=1))
        await peer.give_depth(5)
        request = await peer.receive("subscribe")
        await peer.send(error(request["id"], "unknown_symbol"))
        await peer.stay()

    async with scripted(refuse) as server, Client(server.url, uniform=lambda: 0.0) as client:
        await client.depth("ACME-USD").live()
        with pytest.raises(RequestRefused, match="unknown_symbol"):
            await client.trades("NOPE").live()


class Wire:
    """Subscriptions on sessions without a socket."""

    def __init__(self) -> None:
        self.subscriptions = Subscriptions(lambda: 0.0)
        self.on_send: Callable[[], None] = lambda: None
        self.session = Session(self.sending)

    def sending(self) -> None:
        self.on_send()

    def open(self, epoch: str) -> None:
        self.session = Session(self.sending)
        self.session.receive(hello(epoch=epoch))
        self.subscriptions.opened(self.session)

    def receive(self, message: Message) -> None:
        for event in self.session.receive(message):
            self.subscriptions.received(event)

    def sent(self) -> list[Message]:
        return self.session.take_outgoing()


def depth_feed() -> Feed[LocalBook]:
    return Feed(Wanted("depth", "ACME-USD", {}), LocalBook("ACME-USD"))


def go_live(wire: Wire, epoch: str) -> None:
    (request,) = wire.sent()
    wire.receive({"type": "ack", "id": request["id"], "op": "subscribe"})
    wire.receive(depth_snapshot(5, [], ASKS, epoch=epoch))


@pytest.mark.parametrize(("epoch", "levels_kept"), [("e1", 1), ("e2", 0)])
def test_only_another_epoch_forgets_what_was_shown(epoch: str, levels_kept: int) -> None:
    wire = Wire()
    feed = wire.subscriptions.add(depth_feed())
    wire.open("e1")
    go_live(wire, "e1")
    wire.session.close("the connection was lost")
    wire.open(epoch)
    view = feed.replica.view()
    assert (len(view.asks), view.stale is None) == (levels_kept, False)
    go_live(wire, epoch)
    assert feed.replica.view().stale is None


async def test_a_subscription_takes_the_place_of_one_of_the_same_key() -> None:
    wire = Wire()
    wire.open("e1")
    first, second = (wire.subscriptions.add(depth_feed()) for _ in range(2))
    with pytest.raises(ClientError, match="replaced"):
        await first.live()
    old, new = wire.sent()
    wire.receive({"type": "ack", "id": old["id"], "op": "subscribe"})
    wire.receive({"type": "ack", "id": new["id"], "op": "subscribe"})
    wire.receive(depth_snapshot(5, [], ASKS))
    assert second.replica.live and not first.replica.live
    wire.subscriptions.remove(first)
    assert wire.sent() == []
    wire.subscriptions.remove(second)
    assert [request["op"] for request in wire.sent()] == ["unsubscribe"]


async def test_a_request_to_heal_does_not_outlive_its_connection() -> None:
    wire = Wire()
    asked = asyncio.Event()

    def open_and_spoil_twice() -> Session:
        """The second fault's turn comes later, by a timer."""
        wire.open("e1")
        for _ in range(2):
            go_live(wire, "e1")
            wire.receive(depth_delta(6, 7, [], [], ([], ASKS)))
        return wire.session

    wire.subscriptions.add(depth_feed())
    before = open_and_spoil_twice()
    after = open_and_spoil_twice()
    wire.on_send = asked.set
    await asked.wait()
    # Timers run in order: the first connection's has come to nothing by now.
    assert (len(before.take_outgoing()), len(after.take_outgoing())) == (0, 1)
