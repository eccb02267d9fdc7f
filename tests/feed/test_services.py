"""What all connections share: admission, the list of them, the drain."""

import pytest

from tests.feed.feed_harness import FeedHarness

ORIGINS = [
    (None, "127.0.0.1:8080", True),
    ("http://127.0.0.1:8080", "127.0.0.1:8080", True),
    ("http://LOCALHOST:8080", "localhost:8080", True),
    ("https://market.example", "market.example:443", True),
    ("https://market.example:443", "market.example", True),
    ("http://market.example", "market.example", True),
    ("https://market.example", "market.example", True),
    ("http://[::1]", "[::1]:80", True),
    ("http://[::1]:8080", "[::1]:8080", True),
    ("http://127.0.0.1:9999", "127.0.0.1:8080", False),
    ("http://evil.example", "market.example", False),
    ("http://market.example.evil.example", "market.example", False),
    ("null", "market.example", False),
    ("", "market.example", False),
    ("file://", "market.example", False),
    ("http://[", "market.example", False),
    ("http://market.example", None, False),
]


@pytest.mark.parametrize(("origin", "host", "admitted"), ORIGINS)
def test_only_pages_of_the_same_origin_and_programs_come_in(
    origin: str | None, host: str | None, admitted: bool
) -> None:
    refusal = FeedHarness().feed.admission(origin, host)
    assert (refusal is None) is admitted
    if refusal is not None:
        assert refusal.code == "forbidden"


def test_connections_beyond_the_limit_are_told_when_to_come_back() -> None:
    server = FeedHarness(connections=2)
    clients = [server.connect() for _ in range(2)]
    refusal = server.feed.admission(None, "x")
    assert refusal is not None
    assert refusal.code == "rate_limited"
    assert refusal.retry_after_ms is not None
    assert server.hub.statistics.rate_limited == {"connections": 1}
    clients[0].session.lost()
    assert server.feed.admission(None, "x") is None


def test_a_draining_server_takes_nobody_in() -> None:
    server = FeedHarness()
    server.feed.drain()
    server.feed.drain()
    refusal = server.feed.admission(None, "x")
    assert refusal is not None
    assert refusal.code == "shutting_down"


@pytest.mark.parametrize("count", [1, 2, 7, 6_000])
def test_the_times_to_come_back_are_spread(count: int) -> None:
    server = FeedHarness()
    delays_ms: list[int] = []

    class Listed:
        account = None

        def drain(self, now_us: int, deadline_us: int, reconnect_after_ms: int) -> None:
            delays_ms.append(reconnect_after_ms)

        def end(self, code: object, refusal: object) -> None:
            raise AssertionError("nobody is closed by the list itself")

    for _ in range(count):
        server.feed.add(server.feed.next_connection_id(), Listed())
    server.feed.drain()
    assert len(set(delays_ms)) == count
    assert min(delays_ms) == 500
    assert max(delays_ms) < 500 + max(4_500, count)
