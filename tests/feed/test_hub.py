"""Groups: shared by those who ask for the same, gone with the last of them."""

import pytest

from app.feed.codecs import JSON, MSGPACK
from tests.feed.feed_harness import FeedHarness

ACME = "ACME-USD"


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


def test_who_asks_for_the_same_shares_a_group(server: FeedHarness) -> None:
    hub, listing = server.hub, server.market.listings[ACME]
    clients = [server.connect(codec=codec) for codec in (JSON, MSGPACK, JSON)]
    for client in clients:
        client.subscribe("depth", ACME, levels=5, interval_ms=10)
        client.subscribe("ticker", ACME, interval_ms=10)
        client.subscribe("trades", ACME)
    assert hub.depth_group(listing, 5, 10) is hub.depth_group(listing, 5, 10)
    assert hub.group_count() == 3
    clients[0].subscribe("depth", ACME, levels=6, interval_ms=10)
    assert hub.group_count() == 4


def test_a_group_goes_with_its_last_member(server: FeedHarness) -> None:
    clients = [server.connect() for _ in range(2)]
    for client in clients:
        client.subscribe("depth", "*")
        client.subscribe("ticker", "*")
        client.subscribe("trades", "*")
        client.subscribe("orders")
    clients[0].session.lost()
    assert server.hub.group_count() == 7
    clients[1].session.lost()
    assert server.hub.group_count() == 0


def test_a_subscribe_that_ends_its_own_session_leaves_no_group(server: FeedHarness) -> None:
    client = FeedHarness(outbox_bytes=10).connect()
    client.stall()
    client.say("subscribe", channel="depth", symbols=["*"])
    assert client.sink.is_closing
    assert client.server.hub.group_count() == 0


def test_a_snapshot_that_ends_its_own_session_leaves_no_group() -> None:
    server = FeedHarness(outbox_bytes=1_000)
    for rank in range(50):
        server.order(price=f"{10 + rank}.00")
    client = server.connect()
    client.stall()
    client.say("subscribe", channel="depth", symbols=["*"], levels=0, policy="lossless")
    assert client.sink.is_closing
    assert server.hub.group_count() == 0
    assert server.hub.statistics.subscriptions == {"depth": 0}


def test_orders_are_only_wanted_while_somebody_is_subscribed(server: FeedHarness) -> None:
    assert not server.hub.wants("alice")
    client = server.connect("alice")
    client.subscribe("orders")
    assert server.hub.wants("alice")
    client.one("unsubscribe", channel="orders")
    assert not server.hub.wants("alice")


def test_what_nobody_watches_changes_without_a_word(server: FeedHarness) -> None:
    server.order()
    server.order("bob", side="sell")
    assert server.hub.next_deadline_us() is None
    assert server.hub.statistics.bytes_sent == 0
