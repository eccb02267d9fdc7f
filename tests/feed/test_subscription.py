"""Slow readers: notices, conflation, the bound, and that nobody else notices."""

from typing import Any

import pytest

from app.feed.codecs import JSON, MSGPACK, Codec
from tests.feed.book_fold import BookFold
from tests.feed.feed_harness import Client, FeedHarness

ACME = "ACME-USD"


def trade(server: FeedHarness, count: int) -> None:
    for _ in range(count):
        server.order("maker", price="100.00")
        server.order("taker", side="sell", price="100.00")


def types(messages: list[dict[str, Any]]) -> list[str]:
    return [message["type"] for message in messages]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_lagging_lossless_reader_is_told_first_and_told_when_it_caught_up(codec: Codec) -> None:
    server = FeedHarness()
    client = server.connect("maker", codec=codec)
    client.subscribe("orders")
    client.stall()
    while client.outbox.queued_bytes < 1_048_576:
        server.order("maker", client_order_id=None, price="90.00")
    client.sink.frames_until_full = 1
    client.session.resume(server.now_us)
    (notice,) = client.take()
    assert (notice["type"], notice["channel"], notice["symbol"]) == ("lagging", "orders", None)
    assert notice["queued_bytes"] >= 1_048_576
    messages = client.go_on()
    assert types(messages).count("lagging") == 0
    assert messages[-1]["type"] == "caught_up"
    assert messages[-1]["queued_bytes"] <= 65_536
    updates = [message["seq"] for message in messages if message["type"] == "update"]
    assert updates == list(range(1, server.store.account_seq("maker") + 1)), "nothing was lost"


def test_a_reader_beyond_its_bound_is_closed_and_its_memory_freed() -> None:
    server = FeedHarness(outbox_bytes=200_000)
    slow, other = server.connect("slow"), server.connect("other")
    slow.subscribe("trades", ACME)
    other.subscribe("trades", ACME)
    slow.stall()
    trade(server, 1_500)
    assert slow.sink.is_closing
    assert slow.outbox.queued_bytes < 1_000, "the reason alone waits"
    assert server.hub.statistics.subscriptions["trades"] == 1
    messages = slow.go_on()
    assert types(messages) == ["error"]
    assert messages[0]["code"] == "too_slow"
    assert slow.close_code == 4408
    ids = [int(t["trade_id"]) for m in other.take() if m["type"] == "update" for t in m["trades"]]
    assert ids == list(range(1, 1_501)), "nobody else lost anything"


def test_acks_of_a_client_that_never_reads_are_bounded_too() -> None:
    server = FeedHarness(outbox_bytes=10_000)
    client = server.connect()
    client.stall()
    while not client.sink.is_closing:
        client.say("ping")
    assert client.outbox.queued_bytes < 1_000


def test_snapshots_that_wait_to_be_drawn_count_their_memory_alone() -> None:
    server = FeedHarness(outbox_bytes=100_000)
    for _ in range(600):
        server.order("maker", price="90.00")
    client = server.connect("maker")
    client.stall()
    client.say("subscribe", channel="orders")
    assert client.outbox.queued_bytes < 15_000, "600 orders in text would be 300 kB"
    server.order("maker")
    messages = client.go_on()
    assert types(messages) == ["ack", "snapshot", "snapshot", "snapshot", "update"]
    orders = [order for message in messages[1:-1] for order in message["orders"]]
    assert len(orders) == 600
    assert messages[-1]["prev_seq"] == messages[1]["seq"]


def test_many_skipped_subscriptions_come_back_one_by_one_as_the_peer_reads() -> None:
    server = FeedHarness()
    client = server.connect()
    folds = {symbol: BookFold(25) for symbol in (ACME, "BETA-USD")}
    for message in client.subscribe("depth", *folds, interval_ms=0):
        folds[message["symbol"]].take(message)
    client.stall()
    server.order()
    server.order(symbol="BETA-USD", price="10.5")
    client.sink.frames_until_full = 1
    client.session.resume(server.now_us)
    (first,) = client.take()
    assert (first["type"], first["symbol"]) == ("snapshot", ACME)
    server.order(price="99.00")
    assert client.take() == []
    messages = client.go_on()
    assert [(m["type"], m["symbol"]) for m in messages] == [
        ("snapshot", "BETA-USD"),
        ("snapshot", ACME),
    ]
    for message in (first, *messages):
        folds[message["symbol"]].take(message)
    assert folds[ACME].best("bids") == [("100.00", "1.0000"), ("99.00", "1.0000")]


def test_a_ticker_that_was_skipped_comes_back_with_the_newest_figures() -> None:
    server = FeedHarness()
    client = server.connect()
    client.subscribe("ticker", ACME, interval_ms=0)
    client.stall()
    for price in ("90.00", "91.00", "92.00"):
        server.order(price=price)
    (update,) = client.go_on()
    assert update["bid"] == "92.00"


def test_a_skipped_subscription_that_ends_does_not_come_back() -> None:
    server = FeedHarness()
    client: Client = server.connect()
    client.subscribe("depth", ACME, interval_ms=0)
    client.stall()
    server.order()
    client.say("unsubscribe", channel="depth", symbols=[ACME])
    assert types(client.go_on()) == ["ack"]
