"""Heartbeats: often enough, and with the seqs that each subscription was really sent."""

from itertools import pairwise

import pytest

from tests.feed.feed_harness import Client, FeedHarness

ACME = "ACME-USD"


@pytest.fixture
def client() -> Client:
    return FeedHarness().connect()


def test_a_heartbeat_comes_at_least_every_heartbeat_ms_whatever_else_was_sent(
    client: Client,
) -> None:
    client.subscribe("depth", ACME, interval_ms=0)
    beats_us = []
    for _ in range(300):
        client.server.order()
        client.server.pass_ms(100)
        beats_us += [m["server_us"] for m in client.take() if m["type"] == "heartbeat"]
    assert len(beats_us) >= 6
    gaps_us = [after - before for before, after in pairwise(beats_us)]
    assert max(gaps_us) <= 5_000_000


def test_a_heartbeat_names_every_subscription_and_its_seq(client: Client) -> None:
    server = client.server
    server.order("bob")
    client.subscribe("depth", ACME, "BETA-USD", interval_ms=5_000)
    client.subscribe("trades", ACME)
    client.subscribe("ticker", ACME, interval_ms=0)
    client.subscribe("orders")
    client.subscribe("instruments")
    server.pass_ms(4_000)
    server.order("alice", side="sell", price="100.00")
    before = {m["channel"]: m["seq"] for m in client.take() if m.get("symbol", ACME) == ACME}
    server.pass_ms(1_000)
    (beat,) = (m for m in client.take() if m["type"] == "heartbeat")
    assert beat["server_us"] == server.now_us - 500_000
    seqs = beat["seqs"]
    assert list(seqs) == [
        "depth:ACME-USD",
        "depth:BETA-USD",
        "trades:ACME-USD",
        "ticker:ACME-USD",
        "orders",
        "instruments",
    ]
    assert seqs["depth:BETA-USD"] == {"sent": 0, "as_of": 0}
    assert seqs["trades:ACME-USD"] == {"sent": 1, "as_of": 1}
    assert seqs["ticker:ACME-USD"] == {"sent": before["ticker"], "as_of": 2}
    assert seqs["orders"] == {"sent": before["orders"], "as_of": before["orders"]}


def test_a_conflated_subscription_is_told_where_it_and_the_market_stand(client: Client) -> None:
    server = client.server
    client.subscribe("depth", ACME, interval_ms=5_000)
    server.order(price="90.00")
    server.order(price="91.00")
    (delta,) = client.take()
    assert delta["seq"] == 1
    server.pass_ms(4_500)
    (beat,) = client.take()
    assert beat["seqs"]["depth:ACME-USD"] == {"sent": 1, "as_of": 2}


def test_a_skipped_subscription_keeps_the_seq_it_has(client: Client) -> None:
    server = client.server
    client.subscribe("depth", ACME, interval_ms=0)
    server.order(price="90.00")
    client.stall()
    server.order(price="91.00")
    server.pass_ms(4_500)
    messages = client.go_on()
    beat = next(m for m in messages if m["type"] == "heartbeat")
    assert beat["seqs"]["depth:ACME-USD"] == {"sent": 1, "as_of": 2}
    assert messages[-1]["type"] == "snapshot", "what was skipped follows"


def test_a_subscription_that_got_nothing_yet_has_no_seq(client: Client) -> None:
    server = client.server
    server.order()
    client.stall()
    client.say("subscribe", channel="depth", symbols=[ACME])
    server.pass_ms(4_500)
    messages = client.go_on()
    assert [m["type"] for m in messages] == ["ack", "heartbeat", "snapshot"]
    assert messages[1]["seqs"]["depth:ACME-USD"] == {"sent": None, "as_of": 1}
