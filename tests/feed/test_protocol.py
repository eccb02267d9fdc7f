"""Our uvicorn protocol against peers that do not behave, on asyncio and on uvloop."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from app.errors import CloseCode
from app.feed.protocol import FeedProtocol
from tests.app.harness import new_order
from tests.feed.live_feed import LOOPS, LiveFeed, RawClient, live_feed, wait_until

ACME = "ACME-USD"
Greet = Callable[[LiveFeed], RawClient]
SUBSCRIBE_TRADES = json.dumps({"op": "subscribe", "channel": "trades", "symbols": [ACME]})
SUBSCRIBE_DEPTH = json.dumps(
    {"op": "subscribe", "channel": "depth", "symbols": [ACME], "levels": 0, "interval_ms": 0}
)


class Impatient(FeedProtocol):
    """Cut sooner, so that the test need not wait long."""

    closing_s = 0.3


@pytest.fixture(params=list(LOOPS))
def loop_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def feed(loop_name: str) -> Iterator[LiveFeed]:
    with live_feed(loop_name) as running:
        yield running


@pytest.fixture
def greet() -> Iterator[Callable[[LiveFeed], RawClient]]:
    """Return what makes a client that has read its hello; the sockets are closed at the end."""
    with ExitStack() as stack:
        yield lambda feed: stack.enter_context(RawClient(feed)).greeted()


def messages_of(client: RawClient) -> list[dict[str, Any]]:
    return [json.loads(bytes(f.data)) for f in client.frames if f.opcode is Opcode.TEXT]


def trade(feed: LiveFeed, count: int) -> None:
    def act() -> None:
        for _ in range(count):
            feed.harness.order("maker", price="100.00")
            feed.harness.order("taker", side="sell", price="100.00")

    feed.run(act)


def has_subscribed(feed: LiveFeed, channel: str) -> bool:
    return feed.run(lambda: feed.harness.hub.statistics.subscriptions[channel]) > 0


def test_a_lossless_reader_that_never_reads_is_evicted_and_its_socket_freed(
    loop_name: str, greet: Greet
) -> None:
    with live_feed(loop_name, Impatient, outbox_bytes=50_000) as feed:
        client = greet(feed)
        client.send(SUBSCRIBE_TRADES)
        wait_until(lambda: has_subscribed(feed, "trades"))
        while feed.run(lambda: feed.harness.hub.statistics.disconnects["4408"]) == 0:
            trade(feed, 100)
        wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)


def test_a_conflated_reader_that_never_reads_holds_no_memory_and_ends_without_a_pong(
    loop_name: str, greet: Greet
) -> None:
    config = {"ws_ping_interval": 0.5, "ws_ping_timeout": 0.5}
    with live_feed(loop_name, Impatient, config) as feed:
        client = greet(feed)
        client.send(SUBSCRIBE_DEPTH)
        wait_until(lambda: has_subscribed(feed, "depth"))
        for number in range(2_000):
            price = f"{number + 1}.00"
            feed.run(lambda price=price: feed.harness.order("maker", price=price))
            if feed.sessions() == 0:
                break
        wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)
        assert feed.run(lambda: feed.harness.hub.statistics.disconnects) == {"4408": 1}


def test_a_peer_that_reads_but_answers_no_ping_is_told_why(loop_name: str, greet: Greet) -> None:
    config = {"ws_ping_interval": 0.2, "ws_ping_timeout": 0.2}
    with live_feed(loop_name, Impatient, config) as feed:
        client = greet(feed)
        client.read_to_end()
        assert messages_of(client)[-1]["code"] == "too_slow"
        assert client.protocol.close_rcvd is not None
        assert client.protocol.close_rcvd.code == 4408


def test_a_peer_that_answers_pings_stays(loop_name: str) -> None:
    config = {"ws_ping_interval": 0.05, "ws_ping_timeout": 0.5}
    with live_feed(loop_name, config=config) as feed, feed.connect() as connection:
        for _ in range(3):
            assert connection.ping().wait(5), "the server answers pings too"
        connection.send('{"op":"ping"}')
        assert json.loads(connection.recv(timeout=5))["type"] == "hello"
        assert json.loads(connection.recv(timeout=5))["type"] == "pong"


def test_a_peer_that_pings_and_never_reads_costs_no_memory(feed: LiveFeed, greet: Greet) -> None:
    client = greet(feed)
    ping = Frame(Opcode.PING, b"p" * 125).serialize(mask=True)
    sent_bytes = 0
    client.socket.settimeout(2)
    try:
        while sent_bytes < 4_000_000:
            client.socket.sendall(ping * 100)
            sent_bytes += len(ping) * 100
    except TimeoutError:
        pytest.fail("the server stopped reading")
    buffered = feed.run(
        lambda: max(
            each.transport.get_write_buffer_size() for each in feed.server.server_state.connections
        )
    )
    assert buffered <= 2**18


def test_the_reason_of_a_close_arrives_behind_what_was_queued(feed: LiveFeed, greet: Greet) -> None:
    client = greet(feed)
    client.send(SUBSCRIBE_TRADES)
    wait_until(lambda: has_subscribed(feed, "trades"))
    trade(feed, 1_000)
    feed.run(lambda: feed.harness.feed.close_connections("alice", CloseCode.REPLACED))
    client.read_to_end()
    *data, error = messages_of(client)
    ids = [int(t["trade_id"]) for m in data if m["type"] == "update" for t in m["trades"]]
    assert ids == list(range(1, 1_001)), "nothing of a lossless stream is lost by a close"
    assert error["code"] == "replaced"
    assert client.protocol.close_rcvd is not None
    assert client.protocol.close_rcvd.code == 4409


def test_a_close_that_is_never_read_is_cut_in_the_end(loop_name: str, greet: Greet) -> None:
    with live_feed(loop_name, Impatient) as feed:
        client = greet(feed)
        client.send(SUBSCRIBE_TRADES)
        wait_until(lambda: has_subscribed(feed, "trades"))
        trade(feed, 1_000)
        feed.run(lambda: feed.harness.feed.close_connections("alice", CloseCode.REPLACED))
        wait_until(lambda: feed.transports() == 0)


def test_a_server_that_stops_says_so_with_4503(loop_name: str, greet: Greet) -> None:
    with live_feed(loop_name, Impatient) as feed:
        readers = [greet(feed) for _ in range(3)]
        feed.server.should_exit = True
        for client in readers:
            client.read_to_end()
            kinds = [message["type"] for message in messages_of(client)]
            assert kinds == ["hello", "shutdown", "error"]
            assert client.protocol.close_rcvd is not None
            assert client.protocol.close_rcvd.code == 4503


def test_a_server_that_stops_does_not_wait_for_a_reader_that_never_reads(
    loop_name: str, greet: Greet
) -> None:
    with live_feed(loop_name, Impatient) as feed:
        client = greet(feed)
        client.send(SUBSCRIBE_TRADES)
        wait_until(lambda: has_subscribed(feed, "trades"))
        trade(feed, 1_000)


def test_a_message_beyond_the_library_s_limit_is_closed_1009(feed: LiveFeed) -> None:
    with feed.connect() as connection:
        connection.send(" " * (2**20 + 1))
        assert json.loads(connection.recv(timeout=10))["type"] == "hello"
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=10)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(b"\xff\xff\xff\xff", 1002, id="reserved bits"),
        pytest.param(b"\x81\x02{}", 1002, id="an unmasked frame"),
    ],
)
def test_what_is_no_websocket_is_closed_by_the_library(
    feed: LiveFeed, data: bytes, code: int, greet: Greet
) -> None:
    client = greet(feed)
    client.socket.sendall(data)
    client.read_to_end()
    assert client.protocol.close_rcvd is not None
    assert client.protocol.close_rcvd.code == code
    wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)


def test_a_connection_cut_in_the_middle_of_a_frame_ends_the_session(
    feed: LiveFeed, greet: Greet
) -> None:
    client = greet(feed)
    client.socket.sendall(Frame(Opcode.TEXT, b'{"op":"ping"}').serialize(mask=True)[:7])
    client.socket.close()
    wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)


def test_a_message_that_comes_before_the_accept_is_answered_after_the_hello(
    feed: LiveFeed,
) -> None:
    feed.run(feed.gate.clear)
    with RawClient(feed) as client:
        wait_until(lambda: len(feed.server.server_state.tasks) > 0)
        for number in range(3):
            message = b'{"op":"ping","id":%d}' % number
            client.socket.sendall(Frame(Opcode.TEXT, message).serialize(mask=True))
        connection = next(iter(feed.server.server_state.connections))
        wait_until(lambda: connection.read_paused)
        feed.run(feed.gate.set)
        while len(client.frames) < 4:
            client.read()
        hello, *pongs = messages_of(client)
        assert hello["type"] == "hello"
        assert [pong["id"] for pong in pongs] == [0, 1, 2]


def test_a_message_in_many_fragments_is_one_message(feed: LiveFeed) -> None:
    with feed.connect() as connection:
        connection.recv(timeout=5)
        connection.send(["{", '"op":', '"ping"', ',"id":"ü"}'])
        assert json.loads(connection.recv(timeout=5))["id"] == "ü"


def test_pipelined_messages_are_answered_in_order(feed: LiveFeed) -> None:
    with feed.connect() as connection:
        connection.recv(timeout=5)
        for number in range(500):
            connection.send(json.dumps({"op": "order.new", "id": number, **new_order()}))
        ids = [json.loads(connection.recv(timeout=5))["id"] for _ in range(500)]
    assert ids == list(range(500))


def test_deflate_is_not_negotiated(feed: LiveFeed) -> None:
    with feed.connect() as connection:
        assert connection.response is not None
        assert "Sec-WebSocket-Extensions" not in connection.response.headers
