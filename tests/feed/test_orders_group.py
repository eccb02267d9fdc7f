"""The private stream of orders: complete, in order, before the ack, and nobody else's."""

from typing import Any

import pytest

from app.feed.codecs import JSON, MSGPACK, Codec
from tests.app.harness import new_order
from tests.feed.feed_harness import Client, FeedHarness


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


@pytest.fixture
def client(server: FeedHarness) -> Client:
    return server.connect()


def test_updates_up_to_an_ack_s_seq_come_before_it(client: Client) -> None:
    client.subscribe("orders")
    *updates, ack = client.say("order.new", **new_order())
    assert [(u["event"], u["seq"], u["prev_seq"]) for u in updates][-1][1] == ack["order"]["seq"]
    assert updates[-1]["order"] == ack["order"]
    *updates, ack = client.say("order.cancel_all")
    assert updates[-1]["seq"] == ack["seq"]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_fill_is_told_to_both_sides_without_a_gap(server: FeedHarness, codec: Codec) -> None:
    maker, taker = server.connect("maker", codec=codec), server.connect("taker")
    assert maker.subscribe("orders")[0]["seq"] == 0
    taker.subscribe("orders")
    maker.say("order.new", **new_order(quantity="2"))
    taker.say("order.new", **new_order(side="sell", quantity="1"))
    updates = [message for message in maker.take() if message["type"] == "update"]
    matched = next(u for u in updates if u["event"] == "order_matched")
    assert matched["fill"] == {
        "trade_id": "1",
        "price": "100.00",
        "quantity": "1.0000",
        "role": "maker",
    }
    assert matched["order"]["status"] == "partially_filled"
    assert matched["order"]["seq"] == matched["seq"]
    assert all(u["fill"] is None for u in updates if u["event"] != "order_matched")


def test_every_update_has_the_next_seq(server: FeedHarness, client: Client) -> None:
    (snapshot,) = client.subscribe("orders")
    for number in range(5):
        client.say("order.new", **new_order(client_order_id=f"c{number}"))
        client.say("order.amend", client_order_id=f"c{number}", price="98.00")
    server.order("bob", side="sell", price="98.00", quantity="3.5")
    client.say("order.cancel_all")
    client.say("ping")
    updates = [message for message in everything(client) if message.get("event")]
    assert [update["seq"] for update in updates] == list(range(1, len(updates) + 1))
    assert all(update["prev_seq"] == update["seq"] - 1 for update in updates)
    assert snapshot["seq"] == 0


def everything(client: Client) -> list[dict[str, Any]]:
    """Return everything this client ever got."""
    client._read = 0
    return client.take()


def test_the_snapshot_has_all_open_orders_in_parts_that_fit(server: FeedHarness) -> None:
    name = "n" * 64
    for number in range(450):
        server.order(name, client_order_id=f"{number:064}", quantity="123456789.1234")
    client = server.connect(name)
    parts = client.subscribe("orders")
    assert [(part["part"], part["last"]) for part in parts] == [(1, False), (2, False), (3, True)]
    assert {part["seq"] for part in parts} == {server.store.account_seq(name)}
    ids = [order["order_id"] for part in parts for order in part["orders"]]
    assert ids == [order.order_id for order in server.store.open_orders(name)]


def test_nobody_sees_another_account_s_orders(server: FeedHarness, client: Client) -> None:
    client.subscribe("orders")
    server.order("bob")
    assert client.take() == []
