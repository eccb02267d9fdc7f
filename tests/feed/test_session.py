"""The protocol by bytes alone: what every message is answered, and what ends a connection."""

from typing import Any

import pytest

from app.feed.codecs import JSON, MSGPACK, Codec
from app.feed.frames import Opcode
from tests.feed.feed_harness import Client, FeedHarness, encode_message

ORDER = {"symbol": "ACME-USD", "side": "buy", "type": "limit", "quantity": "1", "price": "1"}


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_the_server_speaks_first_and_says_its_limits(codec: Codec) -> None:
    server = FeedHarness(messages_per_s=50, orders_per_s=20, open_orders=7)
    client = Client(server, codec)
    client.session.open(None, False, server.now_us)
    assert client.take() == [
        {
            "type": "hello",
            "server_us": server.now_us,
            "epoch": "epoch-1",
            "connection_id": "1",
            "limits": {
                "message_bytes": 65_536,
                "outbox_bytes": 4_194_304,
                "subscriptions": 1_000,
                "messages_per_s": 50,
                "orders_per_s": 20,
                "batch_orders": 100,
                "open_orders": 7,
            },
            "heartbeat_ms": 5_000,
        }
    ]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
@pytest.mark.parametrize("message_id", ["a", "", 0, -5, 2**63, None])
def test_a_ping_is_answered_with_its_id(server: FeedHarness, codec: Codec, message_id: Any) -> None:
    client = server.connect(codec=codec)
    pong = client.one("ping", id=message_id)
    assert pong == {"type": "pong", "id": message_id, "op": "ping", "server_us": server.now_us}


def test_a_message_without_id_is_answered_with_null(server: FeedHarness) -> None:
    assert server.connect().one("ping")["id"] is None


MALFORMED = [
    pytest.param(b"", "invalid_json", None, id="nothing"),
    pytest.param(b"{", "invalid_json", None, id="half a message"),
    pytest.param(b'{"op":"ping"} x', "invalid_json", None, id="more than a message"),
    pytest.param(b'{"op":"\xff"}', "invalid_json", None, id="not UTF-8"),
    pytest.param(b'{"op":NaN}', "invalid_json", None, id="not a number"),
    pytest.param(b"[" * 60_000, "invalid_request", None, id="a deep list"),
    pytest.param(b'{"a":' * 10_000, "invalid_json", None, id="a deep object"),
    pytest.param(b"[]", "invalid_request", None, id="a list"),
    pytest.param(b'"ping"', "invalid_request", None, id="a string"),
    pytest.param(b"{}", "invalid_request", None, id="no op"),
    pytest.param(b'{"op":"dance","id":1}', "invalid_request", 1, id="an unknown op"),
    pytest.param(b'{"op":7,"id":1}', "invalid_request", 1, id="an op that is no text"),
    pytest.param(b'{"op":"ping","id":1.5}', "invalid_request", None, id="an id with a fraction"),
    pytest.param(b'{"op":"ping","id":true}', "invalid_request", None, id="an id that is a truth"),
    pytest.param(b'{"op":"ping","id":[1]}', "invalid_request", None, id="an id that is a list"),
    pytest.param(
        b'{"op":"ping","id":"' + b"x" * 129 + b'"}', "invalid_request", None, id="a long id"
    ),
    pytest.param(b'{"op":"ping","id":2,"x":0}', "invalid_request", 2, id="an unknown field"),
    pytest.param(b'{"op":"auth","id":3}', "invalid_request", 3, id="a missing field"),
    pytest.param(b'{"op":"auth","token":5,"id":4}', "invalid_request", 4, id="a wrong type"),
    pytest.param(
        b'{"op":"subscribe","id":5,"channel":"depth","symbols":"ACME-USD"}',
        "invalid_request",
        5,
        id="a symbol in place of a list",
    ),
]


@pytest.mark.parametrize(("data", "code", "echoed"), MALFORMED)
def test_a_malformed_message_is_one_error_and_no_end(
    server: FeedHarness, data: bytes, code: str, echoed: Any
) -> None:
    client = server.connect()
    (error,) = client.say_raw(data)
    assert (error["type"], error["code"], error["id"]) == ("error", code, echoed)
    assert (error["temporary"], error["retry_after_ms"]) == (False, None)
    assert error["message"]
    assert client.one("ping")["type"] == "pong"


@pytest.mark.parametrize("op", ["ping", "subscribe", "order.new", "order.batch", "order.lookup"])
@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_message_full_of_nonsense_is_answered_briefly(
    server: FeedHarness, codec: Codec, op: str
) -> None:
    client = server.connect(codec=codec)
    nonsense = {f"\x01{number}": [number] for number in range(1_500)}
    nonsense["x" * 20_000] = []
    error = client.one(op, id=1, **nonsense)
    assert (error["code"], error["id"]) == ("invalid_request", 1)
    assert len(client.sink.frames[-1]) < 2_000


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_frame_of_the_other_kind_is_malformed(server: FeedHarness, codec: Codec) -> None:
    client = server.connect(codec=codec)
    other = Opcode.BINARY if codec is JSON else Opcode.TEXT
    client.session.receive(encode_message(codec, {"op": "ping"}), other, server.now_us)
    (error,) = client.take()
    assert error["code"] == "invalid_request"


@pytest.mark.parametrize("data", [b"\xc1", b"\x81\x01\x02", b"\x91\x01", b"\x80\x80", b""])
def test_malformed_messagepack_is_one_error(server: FeedHarness, data: bytes) -> None:
    client = server.connect(codec=MSGPACK)
    (error,) = client.say_raw(data)
    assert error["code"] in ("invalid_json", "invalid_request")
    assert client.one("ping")["type"] == "pong"


@pytest.mark.parametrize("op", ["session.cancel_on_disconnect", "session.dead_man"])
def test_an_op_of_a_later_version_is_refused_and_does_not_count_as_malformed(
    server: FeedHarness, op: str
) -> None:
    client = server.connect()
    for _ in range(20):
        assert client.one(op, id=1)["code"] == "invalid_request"


# --- permissions ------------------------------------------------------------------------------

PERMISSIONS = [
    ("order.new", ("market:read", "orders:read"), "forbidden"),
    ("order.amend", ("market:read", "orders:read"), "forbidden"),
    ("order.cancel", ("market:read", "orders:read"), "forbidden"),
    ("order.cancel_all", ("market:read", "orders:read"), "forbidden"),
    ("order.batch", ("market:read", "orders:read"), "forbidden"),
    ("order.lookup", ("market:read", "orders:write"), "forbidden"),
    ("verify", ("orders:read", "orders:write"), "forbidden"),
    ("order.new", None, "unauthenticated"),
    ("order.cancel", None, "unauthenticated"),
    ("order.lookup", None, "unauthenticated"),
    ("verify", None, "unauthenticated"),
]


@pytest.mark.parametrize(("op", "scopes", "code"), PERMISSIONS)
def test_an_op_needs_its_scope(
    server: FeedHarness, op: str, scopes: tuple[str, ...] | None, code: str
) -> None:
    client = server.connect(None) if scopes is None else server.connect(scopes=scopes)
    error = client.one(op, id="x")
    assert (error["type"], error["code"], error["id"]) == ("error", code, "x")
    assert client.close_code is None


CHANNEL_PERMISSIONS = [
    ("depth", ("orders:read", "orders:write"), "forbidden"),
    ("trades", ("orders:read",), "forbidden"),
    ("ticker", ("orders:read",), "forbidden"),
    ("orders", ("market:read", "orders:write"), "forbidden"),
    ("depth", None, "unauthenticated"),
    ("orders", None, "unauthenticated"),
]


@pytest.mark.parametrize(("channel", "scopes", "code"), CHANNEL_PERMISSIONS)
def test_a_channel_needs_its_scope(
    server: FeedHarness, channel: str, scopes: tuple[str, ...] | None, code: str
) -> None:
    client = server.connect(None) if scopes is None else server.connect(scopes=scopes)
    symbols = {} if channel == "orders" else {"symbols": ["ACME-USD"]}
    assert client.one("subscribe", channel=channel, **symbols)["code"] == code
    assert client.close_code is None


def test_public_market_data_needs_no_token_but_orders_do() -> None:
    server = FeedHarness(public_market_data=True)
    client = server.connect(None)
    assert client.subscribe("depth", "ACME-USD")[0]["type"] == "snapshot"
    assert client.one("subscribe", channel="orders")["code"] == "unauthenticated"
    server.pass_ms(60_000)
    assert client.close_code is None
