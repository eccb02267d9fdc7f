"""What the feed counts, by what it did."""

from tests.feed.feed_harness import FeedHarness, decode_frame

ACME = "ACME-USD"


def test_messages_and_bytes_are_counted_as_they_are_handed_to_connections() -> None:
    server = FeedHarness()
    clients = [server.connect() for _ in range(3)]
    for client in clients:
        client.subscribe("depth", ACME, interval_ms=0)
        client.subscribe("orders")
    server.order("bob")
    statistics = server.hub.statistics
    frames = [frame for client in clients for frame in client.sink.frames]
    assert statistics.bytes_sent == sum(map(len, frames))
    channels = [decode_frame(frame) for frame in frames]
    data = [message for message in channels if message["type"] not in ("hello", "ack")]
    assert statistics.messages_sent["depth"] == 6 == sum(m["channel"] == "depth" for m in data)
    assert statistics.messages_sent["orders"] == 3
    assert statistics.messages_sent["control"] == 9
    assert statistics.connections == {"anonymous": 0, "authenticated": 3}


def test_what_is_merged_is_counted() -> None:
    server = FeedHarness()
    client = server.connect()
    client.subscribe("depth", ACME)
    for price in ("90.00", "91.00", "92.00"):
        server.order(price=price)
    assert server.hub.statistics.conflated == 1
