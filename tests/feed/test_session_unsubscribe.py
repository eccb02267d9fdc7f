"""Unsubscribing: what was named is silent, what was not subscribed is no error."""

from typing import Any

import pytest

from tests.feed.feed_harness import Client, FeedHarness

ACME, BETA = "ACME-USD", "BETA-USD"


@pytest.fixture
def client() -> Client:
    return FeedHarness().connect()


def test_what_was_unsubscribed_is_silent(client: Client) -> None:
    client.subscribe("depth", ACME, interval_ms=0)
    ack = client.one("unsubscribe", id=3, channel="depth", symbols=[ACME, BETA, "NONE"])
    assert ack == {
        "type": "ack",
        "id": 3,
        "op": "unsubscribe",
        "channel": "depth",
        "symbols": [ACME],
    }
    client.server.order()
    assert client.take() == []
    assert client.server.hub.statistics.subscriptions["depth"] == 0


def test_a_channel_without_symbols_is_unsubscribed_by_its_name(client: Client) -> None:
    client.subscribe("orders")
    assert client.one("unsubscribe", channel="orders")["symbols"] == []
    client.server.order("alice")
    assert client.take() == []


@pytest.mark.parametrize(
    "fields",
    [
        {"channel": "weather"},
        {"channel": "depth"},
        {"channel": "depth", "symbols": []},
        {"channel": "orders", "symbols": [ACME]},
        {"channel": "depth", "symbols": [ACME], "levels": 5},
    ],
)
def test_an_unsubscribe_that_makes_no_sense_is_an_error(
    client: Client, fields: dict[str, Any]
) -> None:
    assert client.one("unsubscribe", **fields)["code"] == "invalid_request"
