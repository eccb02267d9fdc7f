"""The whole server as a process: REST in, streams out, each one's book the book that REST shows."""

import json
import random
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import aiohttp
import httpx
import msgpack
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.app.harness import new_order
from tests.feed.book_fold import BookFold
from tests.server_process import LiveServer

ACME = "ACME-USD"


class Follower:
    """Be a subscriber to one symbol's depth, in JSON or MessagePack."""

    def __init__(self, connection: ClientConnection, levels: int, interval_ms: int) -> None:
        self.connection = connection
        self.fold = BookFold(levels)
        self.messages: list[dict[str, Any]] = []
        self.options = {"levels": levels, "interval_ms": interval_ms}
        assert self.receive()["type"] == "hello"
        self.say("subscribe", channel="depth", symbols=[ACME], **self.options)

    def say(self, op: str, **fields: Any) -> None:
        message = {"op": op, **fields}
        packed = self.connection.subprotocol == "depthcast.v1.msgpack"
        self.connection.send(msgpack.packb(message) if packed else json.dumps(message))

    def receive(self) -> dict[str, Any]:
        data = self.connection.recv(timeout=15)
        message = json.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
        assert isinstance(message, dict)
        return message

    def follow_to(self, shown: dict[str, Any]) -> None:
        """Fold until the book is what REST shows."""
        levels = self.fold.levels or None
        while not all(
            self.fold.best(name) == [tuple(level) for level in shown[name][:levels]]
            for name in ("bids", "asks")
        ):
            message = self.receive()
            if message["type"] in ("snapshot", "delta"):
                self.fold.take(message)
                self.messages.append(message)


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def opened(
    server: LiveServer, stack: ExitStack, account: str = "watcher", **options: Any
) -> ClientConnection:
    headers = {"Authorization": f"Bearer {server.token(account)}"}
    return stack.enter_context(
        connect(server.ws_url, additional_headers=headers, proxy=None, **options)
    )


def rest(server: LiveServer, account: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token(account)}"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=15)


def test_random_orders_by_rest_end_in_the_same_book_for_every_follower(
    live_server: LiveServer, stack: ExitStack
) -> None:
    seed = 11
    print(f"seed {seed}")
    chance = random.Random(seed)
    choices = [(0, 0), (10, 0), (10, 100), (1, 10), (25, 1_000)]
    followers = [Follower(opened(live_server, stack), *choice) for choice in choices]
    with rest(live_server, "maker") as maker, rest(live_server, "taker") as taker:
        for number in range(300):
            side = chance.choice(("buy", "sell"))
            offset = chance.randrange(-5, 40)
            price = f"{100 - offset if side == 'buy' else 100 + offset}.00"
            client = chance.choice((maker, taker))
            client.post("/v1/orders", json=new_order(side=side, price=price, quantity="0.5"))
            if number % 90 == 89:
                client.delete("/v1/orders", params={"symbol": ACME})
            if number == 150:
                followers.append(Follower(opened(live_server, stack), 10, 0))
        shown = maker.get(f"/v1/depth/{ACME}", params={"levels": 0}).json()
    for follower in followers:
        follower.follow_to(shown)
    whole = followers[0].fold
    assert (whole.seq, whole.deltas > 100) == (shown["seq"], True)


def test_json_and_messagepack_followers_agree_message_by_message(
    live_server: LiveServer, stack: ExitStack
) -> None:
    subprotocols = ["depthcast.v1.json", "depthcast.v1.msgpack"]
    followers = [
        Follower(opened(live_server, stack, subprotocols=[name]), 10, 0) for name in subprotocols
    ]
    with rest(live_server, "maker") as maker:
        for number in range(50):
            maker.post("/v1/orders", json=new_order(price=f"9{number % 10}.{number:02}"))
        shown = maker.get(f"/v1/depth/{ACME}", params={"levels": 10}).json()
    for follower in followers:
        follower.follow_to(shown)
    by_seq = [{m["seq"]: m for m in follower.messages[1:]} for follower in followers]
    common = by_seq[0].keys() & by_seq[1].keys()
    assert len(common) > 10
    assert all(by_seq[0][seq] == by_seq[1][seq] for seq in common)


def test_a_snapshot_has_the_checksum_that_rest_has_at_the_same_seq(
    live_server: LiveServer, stack: ExitStack
) -> None:
    follower = Follower(opened(live_server, stack), 5, 0)
    assert follower.receive()["type"] == "ack"
    snapshot = follower.receive()
    with rest(live_server, "maker") as client:
        shown = client.get(f"/v1/depth/{ACME}", params={"levels": 5}).json()
    assert (snapshot["bids"], snapshot["asks"]) == (shown["bids"], shown["asks"])
    assert snapshot["checksum"] == shown["checksum"]


def test_an_order_over_the_socket_is_told_on_the_stream_before_its_ack(
    live_server: LiveServer, stack: ExitStack
) -> None:
    connection = opened(live_server, stack, "trader")
    assert json.loads(connection.recv(timeout=15))["type"] == "hello"
    connection.send(json.dumps({"op": "subscribe", "channel": "orders"}))
    assert [json.loads(connection.recv(timeout=15))["type"] for _ in range(2)] == [
        "ack",
        "snapshot",
    ]
    for number in range(200):
        connection.send(json.dumps({"op": "order.new", "id": number, **new_order(price="50.00")}))
    told, acked = 0, []
    while len(acked) < 200:
        message = json.loads(connection.recv(timeout=15))
        if message["type"] == "update":
            assert (message["prev_seq"], message["seq"]) == (told, told + 1)
            told = message["seq"]
        elif message["type"] == "ack":
            assert message["order"]["seq"] <= told
            acked.append(message["id"])
    assert acked == list(range(200))


@pytest.mark.anyio
async def test_a_client_of_another_make_follows_and_trades(live_server: LiveServer) -> None:
    headers = {"Authorization": f"Bearer {live_server.token('other')}"}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.ws_connect(live_server.ws_url, protocols=["depthcast.v1.json"]) as socket,
    ):
        assert socket.protocol == "depthcast.v1.json"
        assert (await socket.receive_json(timeout=15))["type"] == "hello"
        await socket.send_json({"op": "order.new", "id": "o", **new_order(symbol="GOOG")})
        ack = await socket.receive_json(timeout=15)
        assert (ack["type"], ack["id"], ack["order"]["status"]) == ("ack", "o", "open")
        for _ in range(10):
            await socket.send_str("no message")
        while (message := await socket.receive(timeout=15)).type is aiohttp.WSMsgType.TEXT:
            assert message.json()["type"] == "error"
        assert socket.close_code == 4400


def test_a_server_that_is_stopped_says_goodbye_with_4503(own_server: LiveServer) -> None:
    with ExitStack() as stack:
        connections = [opened(own_server, stack) for _ in range(5)]
        for connection in connections:
            connection.recv(timeout=15)
        assert own_server.stop() == 0
        delays_ms = set()
        for connection in connections:
            notice = json.loads(connection.recv(timeout=15))
            assert notice["type"] == "shutdown"
            delays_ms.add(notice["reconnect_after_ms"])
            assert json.loads(connection.recv(timeout=15))["code"] == "shutting_down"
            with pytest.raises(ConnectionClosed) as closed:
                connection.recv(timeout=15)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 4503
    assert len(delays_ms) == 5
