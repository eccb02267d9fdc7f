"""Tickers as subscribers see them."""

import pytest

from tests.feed.feed_harness import FeedHarness

ACME = "ACME-USD"
DAY_MS = 24 * 3_600_000


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


def test_the_first_update_comes_at_once_with_null_where_there_is_nothing(
    server: FeedHarness,
) -> None:
    (update,) = server.connect().subscribe("ticker", ACME)
    assert (update["type"], update["seq"], update["bid"], update["last"]) == (
        "update",
        0,
        None,
        None,
    )


def test_an_update_has_every_field(server: FeedHarness) -> None:
    client = server.connect()
    client.subscribe("ticker", ACME, interval_ms=0)
    server.order("maker", price="100.00", quantity="2")
    server.order("taker", side="sell", price="100.00", quantity="0.5")
    server.order("maker", side="sell", price="100.10", quantity="3")
    *_, update = client.take()
    assert update == {
        "channel": "ticker",
        "type": "update",
        "epoch": "epoch-1",
        "symbol": ACME,
        "seq": 3,
        "bid": "100.00",
        "bid_quantity": "1.5000",
        "ask": "100.10",
        "ask_quantity": "3.0000",
        "last": "100.00",
        "last_quantity": "0.5000",
        "open": "100.00",
        "high": "100.00",
        "low": "100.00",
        "volume": "0.5000",
        "engine_us": server.now_us,
    }


def test_what_the_ticker_does_not_show_is_no_update(server: FeedHarness) -> None:
    server.order("maker", price="100.00")
    client = server.connect()
    client.subscribe("ticker", ACME, interval_ms=0)
    server.order("maker", price="50.00")
    assert client.take() == []


def test_updates_keep_the_interval(server: FeedHarness) -> None:
    client = server.connect()
    client.subscribe("ticker", ACME, interval_ms=1_000)
    for number in range(30):
        server.order("maker", price=f"{10 + number}.00")
        server.pass_ms(100)
    updates = [message for message in client.take() if message["type"] == "update"]
    assert len(updates) == 3


def test_who_joins_after_a_quiet_day_sees_an_empty_day(server: FeedHarness) -> None:
    server.order("maker", price="100.00")
    server.order("taker", side="sell", price="100.00")
    early = server.connect(ttl_s=10**6)
    (update,) = early.subscribe("ticker", ACME)
    assert update["volume"] == "1.0000"
    server.clock_ns += (DAY_MS + 60_000) * 1_000_000
    (late,) = server.connect().subscribe("ticker", ACME)
    assert (late["volume"], late["open"], late["last"]) == ("0.0000", None, "100.00")
