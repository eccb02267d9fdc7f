"""Trades as subscribers see them."""

import pytest

from tests.feed.feed_harness import Client, FeedHarness

ACME = "ACME-USD"


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


def trade(server: FeedHarness, count: int = 1) -> None:
    for _ in range(count):
        server.order("maker", price="100.00")
        server.order("taker", side="sell", price="100.00", quantity="1")


def test_the_first_snapshot_of_a_quiet_market_is_empty(server: FeedHarness) -> None:
    (snapshot,) = server.connect().subscribe("trades", ACME)
    assert (snapshot["seq"], snapshot["trades"]) == (0, [])


def test_a_snapshot_has_the_last_50_oldest_first(server: FeedHarness) -> None:
    trade(server, 60)
    (snapshot,) = server.connect().subscribe("trades", ACME)
    assert snapshot["seq"] == 60
    assert [trade["trade_id"] for trade in snapshot["trades"]] == [str(n) for n in range(11, 61)]


def test_an_update_has_all_trades_of_its_batch_chained_by_id(server: FeedHarness) -> None:
    client = server.connect()
    client.subscribe("trades", ACME)
    for price in ("100.00", "99.00"):
        server.order("maker", price=price)
    server.order("taker", side="sell", price="99.00", quantity="2")
    (update,) = client.take()
    assert update == {
        "channel": "trades",
        "type": "update",
        "epoch": "epoch-1",
        "symbol": ACME,
        "prev_seq": 0,
        "seq": 2,
        "trades": [
            {
                "trade_id": number,
                "price": price,
                "quantity": "1.0000",
                "aggressor": "sell",
                "engine_us": server.now_us,
            }
            for number, price in (("1", "100.00"), ("2", "99.00"))
        ],
    }


def test_a_sweep_through_more_trades_than_a_message_takes_comes_in_several(
    server: FeedHarness,
) -> None:
    client: Client = server.connect()
    client.subscribe("trades", ACME)
    for _ in range(2_100):
        server.order("maker", price="100.00", quantity="0.0001")
    server.order("taker", side="sell", price="100.00", quantity="0.21")
    updates = client.take()
    assert [(u["prev_seq"], u["seq"]) for u in updates] == [
        (0, 1_000),
        (1_000, 2_000),
        (2_000, 2_100),
    ]
