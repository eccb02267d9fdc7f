"""Whole connections on a real uvicorn, with the websockets client, on both loops and shells."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import msgpack
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from app.errors import CloseCode, refuse
from app.feed.protocol import FeedProtocol
from engine.commands import Side
from tests.app.harness import new_order
from tests.feed.book_fold import BookFold
from tests.feed.live_feed import PLAIN, LiveFeed, RawClient, live_feed, wait_until

ACME = "ACME-USD"
NOT_RECEIVED = 1006
SHELLS = [
    pytest.param(("asyncio", FeedProtocol), id="asyncio"),
    pytest.param(("uvloop", FeedProtocol), id="uvloop"),
    pytest.param(("asyncio", PLAIN), id="plain"),
]


@pytest.fixture(params=SHELLS)
def feed(request: pytest.FixtureRequest) -> Iterator[LiveFeed]:
    loop_name, ws = request.param
    with live_feed(loop_name, ws) as running:
        yield running


def receive(connection: ClientConnection) -> dict[str, Any]:
    data = connection.recv(timeout=10)
    message = json.loads(data) if isinstance(data, str) else msgpack.unpackb(data)
    assert isinstance(message, dict)
    return message


def say(connection: ClientConnection, op: str, **fields: Any) -> None:
    message = {"op": op, **fields}
    packed = connection.subprotocol == "depthcast.v1.msgpack"
    connection.send(msgpack.packb(message) if packed else json.dumps(message))


def until_closed(connection: ClientConnection) -> tuple[list[dict[str, Any]], int]:
    """Return every message up to the close, and its code as it arrived."""
    messages = []
    try:
        while True:
            messages.append(receive(connection))
    except ConnectionClosed as closed:
        return messages, NOT_RECEIVED if closed.rcvd is None else closed.rcvd.code


@pytest.mark.parametrize("subprotocol", [None, "depthcast.v1.json", "depthcast.v1.msgpack"])
def test_an_order_goes_in_and_depth_trades_and_orders_come_out(
    feed: LiveFeed, subprotocol: Any
) -> None:
    asked = None if subprotocol is None else [subprotocol]
    with feed.connect("alice", subprotocols=asked) as connection:
        assert connection.subprotocol == subprotocol
        assert receive(connection)["type"] == "hello"
        for channel in ("depth", "trades"):
            say(connection, "subscribe", channel=channel, symbols=[ACME])
            assert [receive(connection)["type"] for _ in range(2)] == ["ack", "snapshot"]
        say(connection, "subscribe", channel="orders")
        assert [receive(connection)["type"] for _ in range(2)] == ["ack", "snapshot"]
        say(connection, "order.new", id=1, **new_order())
        seen = [receive(connection) for _ in range(3)]
        kinds = [message.get("channel", message["type"]) for message in seen]
        assert kinds == ["orders", "ack", "depth"]
        assert seen[2]["bids"] == [["100.00", "1.0000"]]
        feed.run(lambda: feed.harness.order("bob", side="sell", price="100.00"))
        kinds = [receive(connection)["channel"] for _ in range(3)]
        assert kinds == ["orders", "orders", "trades"]


def test_a_browser_s_token_comes_as_the_first_message(feed: LiveFeed) -> None:
    page = feed.url.replace("ws://", "http://").removesuffix("/v1/ws")
    with feed.connect(None, origin=page) as connection:
        assert receive(connection)["type"] == "hello"
        say(connection, "auth", token=feed.token())
        assert receive(connection)["account"] == "alice"


# --- close codes ------------------------------------------------------------------------------


def close_account(code: CloseCode) -> Callable[[LiveFeed, ClientConnection], object]:
    return lambda feed, _: feed.run(lambda: feed.harness.feed.close_connections("alice", code))


CLOSES = [
    pytest.param(
        lambda _, connection: [connection.send("{") for _ in range(10)],
        ("invalid_request", 4400),
        id="malformed messages",
    ),
    pytest.param(
        lambda _, connection: connection.send(" " * 65_537), ("too_large", 4413), id="too large"
    ),
    pytest.param(
        lambda _, connection: connection.send([" " * 40_000, " " * 40_000]),
        ("too_large", 4413),
        id="too large in fragments",
    ),
    pytest.param(close_account(CloseCode.REPLACED), ("replaced", 4409), id="administrator"),
    pytest.param(close_account(CloseCode.FORBIDDEN), ("account_blocked", 4403), id="blocked"),
    pytest.param(
        lambda feed, _: feed.run(feed.harness.feed.drain), ("shutting_down", 4503), id="drain"
    ),
]


@pytest.mark.parametrize(("act", "expected"), CLOSES)
def test_a_close_code_arrives_as_sent_behind_its_error(
    feed: LiveFeed, act: Callable[[LiveFeed, ClientConnection], object], expected: tuple[str, int]
) -> None:
    with feed.connect() as connection:
        assert receive(connection)["type"] == "hello"
        act(feed, connection)
        messages, code = until_closed(connection)
    assert (messages[-1]["code"], code) == expected
    wait_until(lambda: feed.sessions() == 0)


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Authorization": "Bearer nonsense"}, ("unauthenticated", 4401)),
        ({"Authorization": "Basic YTpi"}, ("unauthenticated", 4401)),
        ({"Authorization": ""}, ("unauthenticated", 4401)),
    ],
)
def test_a_wrong_header_is_accepted_and_then_closed(
    feed: LiveFeed, headers: dict[str, str], expected: tuple[str, int]
) -> None:
    with connect(feed.url, additional_headers=headers, proxy=None) as connection:
        messages, code = until_closed(connection)
    assert [message["type"] for message in messages] == ["hello", "error"]
    assert (messages[-1]["code"], code) == expected


def test_only_unknown_subprotocols_are_accepted_and_then_closed(feed: LiveFeed) -> None:
    with feed.connect(subprotocols=["mqtt"]) as connection:
        messages, code = until_closed(connection)
    assert (messages[-1]["code"], code) == ("invalid_request", 4400)


def test_a_blocked_account_is_accepted_and_then_closed(feed: LiveFeed) -> None:
    feed.harness.blocked["mallory"] = refuse("account_blocked", "blocked")
    with feed.connect("mallory") as connection:
        messages, code = until_closed(connection)
    assert (messages[-1]["code"], code) == ("account_blocked", 4403)


def test_an_expired_token_is_closed_in_its_time(feed: LiveFeed) -> None:
    headers = {"Authorization": f"Bearer {feed.token(ttl_s=2)}"}
    with connect(feed.url, additional_headers=headers, proxy=None) as connection:
        messages, code = until_closed(connection)
    assert [message["type"] for message in messages] == ["hello", "token_expiring", "error"]
    assert (messages[-1]["code"], code) == ("token_expired", 4401)


def test_too_many_messages_are_closed_4429() -> None:
    with live_feed(messages_per_s=10) as feed, feed.connect() as connection:
        for _ in range(200):
            connection.send('{"op":"ping"}')
        messages, code = until_closed(connection)
        assert (messages[-1]["code"], code) == ("rate_limited", 4429)


# --- admission --------------------------------------------------------------------------------


def refused(feed: LiveFeed, **options: Any) -> Any:
    with pytest.raises(InvalidStatus) as raised:
        feed.connect(**options).close()
    response = raised.value.response
    body = json.loads(response.body or b"{}")
    assert body["status"] == response.status_code
    assert response.headers["Content-Type"].startswith("application/problem+json")
    return response.status_code, body["code"], response.headers.get("Retry-After")


def test_a_foreign_page_is_refused_by_http(feed: LiveFeed) -> None:
    assert refused(feed, origin="http://evil.example") == (403, "forbidden", None)


def test_a_draining_server_refuses_by_http(feed: LiveFeed) -> None:
    feed.run(feed.harness.feed.drain)
    assert refused(feed) == (503, "shutting_down", "1")


def test_connections_beyond_the_limit_are_refused_by_http() -> None:
    with live_feed(connections=1) as feed, feed.connect() as connection:
        assert receive(connection)["type"] == "hello"
        assert refused(feed) == (429, "rate_limited", "1")


# --- readers ----------------------------------------------------------------------------------


def test_a_reader_at_its_own_pace_gets_a_book_that_fits_at_every_message(feed: LiveFeed) -> None:
    fold = BookFold(10)
    with feed.connect(max_queue=1) as connection:
        say(connection, "subscribe", channel="depth", symbols=[ACME], levels=10, interval_ms=0)
        for batch in range(20):
            for rank in range(20):
                price = f"{50 + rank}.{batch:02}"
                feed.run(lambda price=price: feed.harness.order("bob", price=price))
        newest = feed.run(lambda: feed.harness.market.book(ACME).seq)
        while fold.seq != newest:
            message = receive(connection)
            if message.get("channel") == "depth" and message["type"] != "ack":
                fold.take(message)
    levels = feed.run(lambda: feed.harness.market.listings[ACME].levels(Side.BUY, 10))
    assert fold.best("bids") == levels


def test_the_client_s_own_close_ends_the_session(feed: LiveFeed) -> None:
    with feed.connect() as connection:
        assert receive(connection)["type"] == "hello"
        assert feed.sessions() == 1
    wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)


def test_a_connection_that_is_cut_ends_the_session(feed: LiveFeed) -> None:
    with RawClient(feed) as client:
        client.greeted()
        assert feed.sessions() == 1
    wait_until(lambda: feed.sessions() == 0 and feed.transports() == 0)
