"""Orders over the socket: acks, refusals, and the private stream that comes before them."""

from typing import Any

import pytest

from app.errors import refuse
from app.feed.codecs import JSON, MSGPACK, Codec
from tests.app.harness import new_order
from tests.feed.feed_harness import Client, FeedHarness


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


@pytest.fixture
def client(server: FeedHarness) -> Client:
    return server.connect()


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_new_order_is_acked_with_the_order(server: FeedHarness, codec: Codec) -> None:
    client = server.connect(codec=codec)
    ack = client.one("order.new", id=1, **new_order(client_order_id="c1"))
    assert (ack["type"], ack["id"], ack["op"], ack["replayed"]) == ("ack", 1, "order.new", False)
    order = ack["order"]
    assert (order["order_id"], order["status"], order["price"]) == ("1", "open", "100.00")
    assert (order["account"], order["client_order_id"]) == ("alice", "c1")


def test_a_repeated_client_order_id_is_replayed(client: Client) -> None:
    fields = new_order(client_order_id="c1")
    client.one("order.new", id=1, **fields)
    again = client.one("order.new", id=2, **fields)
    assert (again["replayed"], again["order"]["order_id"]) == (True, "1")


def test_an_order_is_amended_looked_up_and_cancelled(client: Client) -> None:
    client.one("order.new", **new_order(client_order_id="c1"))
    amended = client.one("order.amend", order_id="1", price="99.00")
    assert (amended["op"], amended["order"]["price"]) == ("order.amend", "99.00")
    found = client.one("order.lookup", client_order_id="c1")
    assert (found["op"], found["order"]) == ("order.lookup", amended["order"])
    cancelled = client.one("order.cancel", client_order_id="c1", id="x")
    assert (cancelled["id"], cancelled["order"]["status"]) == ("x", "cancelled")


def test_all_orders_are_cancelled(client: Client) -> None:
    for _ in range(3):
        client.one("order.new", **new_order())
    ack = client.one("order.cancel_all", id=9)
    assert ack == {
        "type": "ack",
        "id": 9,
        "op": "order.cancel_all",
        "count": 3,
        "seq": ack["seq"],
        "cancelled": ["1", "2", "3"],
    }


def test_a_batch_is_acked_once_with_an_outcome_for_each_order(client: Client) -> None:
    ack = client.one("order.batch", orders=[new_order(), new_order(price="0"), new_order()])
    first, second, third = ack["outcomes"]
    assert (first["order"]["order_id"], third["order"]["order_id"]) == ("1", "2")
    assert second["error"]["code"] == "invalid_price"


def test_an_order_that_is_only_checked_is_acked_and_not_sent(client: Client) -> None:
    ack = client.one("order.new", id=4, **new_order(validate=True))
    assert ack == {"type": "ack", "id": 4, "op": "order.new", "validated": True}
    assert client.server.store.open_orders("alice") == []


REFUSED = [
    ("order.new", new_order(symbol="NONE"), "unknown_symbol"),
    ("order.new", new_order(price="100.001"), "invalid_price"),
    ("order.new", new_order(price=100.5), "invalid_price"),
    ("order.new", new_order(quantity="0"), "invalid_quantity"),
    ("order.new", new_order(side="up"), "invalid_side"),
    ("order.new", new_order(colour="red"), "invalid_request"),
    ("order.new", {}, "invalid_request"),
    ("order.new", new_order(type="market", price=None), "no_liquidity"),
    ("order.cancel", {"order_id": "77"}, "unknown_order"),
    ("order.amend", {"order_id": "77", "price": "1"}, "unknown_order"),
    ("order.lookup", {"order_id": "77"}, "unknown_order"),
    ("order.cancel", {}, "invalid_request"),
    ("order.batch", {"orders": [new_order()] * 101}, "invalid_request"),
]


@pytest.mark.parametrize(("op", "fields", "code"), REFUSED)
@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_refusal_of_the_gateway_is_one_error_with_the_id(
    server: FeedHarness, codec: Codec, op: str, fields: dict[str, Any], code: str
) -> None:
    client = server.connect(codec=codec)
    error = client.one(op, id="r", **fields)
    assert (error["type"], error["id"], error["op"], error["code"]) == ("error", "r", op, code)


@pytest.mark.parametrize("value", [b"bytes", {"a": 1}, [], 1.5, 2**70, True, None])
def test_a_value_of_any_type_is_refused_and_costs_nobody_anything(
    client: Client, value: Any
) -> None:
    codec = MSGPACK if isinstance(value, bytes) else JSON
    client = client.server.connect(codec=codec)
    for field in new_order():
        answer = client.one("order.new", id=1, **(new_order() | {field: value}))
        assert (answer["type"], answer["id"]) == ("error", 1), field
    assert client.one("ping")["type"] == "pong"


def test_somebody_else_s_order_is_unknown(server: FeedHarness, client: Client) -> None:
    server.order("bob")
    assert client.one("order.cancel", order_id="1")["code"] == "unknown_order"


def test_a_busy_engine_is_a_temporary_error(server: FeedHarness, client: Client) -> None:
    server.refusal = refuse("engine_busy", "the ring is full")
    error = client.one("order.new", **new_order())
    assert (error["code"], error["temporary"]) == ("engine_busy", True)
    assert error["retry_after_ms"] > 0


def test_pipelined_orders_are_answered_once_each_in_order(
    server: FeedHarness, client: Client
) -> None:
    server.hold()
    for number in range(20):
        assert client.say("order.new", id=number, **new_order()) == []
    server.release()
    assert [message["id"] for message in client.take()] == list(range(20))


def test_an_answer_for_a_connection_that_is_gone_goes_nowhere(
    server: FeedHarness, client: Client
) -> None:
    server.hold()
    client.say("order.new", id=1, **new_order())
    client.session.lost()
    server.release()
    assert client.take() == []
    assert len(server.store.open_orders("alice")) == 1
