"""Asking whether a book is right."""

from typing import Any

import pytest

from tests.feed.feed_harness import Client, FeedHarness

ACME = "ACME-USD"


@pytest.fixture
def client() -> Client:
    client = FeedHarness().connect()
    for rank in range(15):
        client.server.order(price=f"{50 + rank}.00")
    return client


def verify(client: Client, **fields: Any) -> Any:
    answer = client.one("verify", id="v", symbol=ACME, **fields)
    assert (answer["op"], answer["id"]) == ("verify", "v")
    return answer.get("result", answer.get("code"))


@pytest.mark.parametrize("levels", [0, 1, 3, 10, 25])
def test_a_published_checksum_is_recognised_until_it_is_forgotten(
    client: Client, levels: int
) -> None:
    subscriber = client.server.connect("bob")
    (snapshot,) = subscriber.subscribe("depth", ACME, levels=levels, interval_ms=0)
    client.server.order(price="70.00")
    (delta,) = subscriber.take()
    for message in (snapshot, delta):
        seq, checksum = message["seq"], message["checksum"]
        assert verify(client, levels=levels, seq=seq, checksum=checksum) == "match"
        assert verify(client, levels=levels, seq=seq, checksum=checksum ^ 1) == "mismatch"
    for number in range(70):
        client.server.order(price=f"71.{number:02}")
    assert verify(client, levels=levels, seq=snapshot["seq"], checksum=1) == "expired"


def test_the_book_as_it_is_can_be_verified_without_a_subscription(client: Client) -> None:
    (snapshot,) = client.server.connect("bob").subscribe("depth", ACME, levels=3)
    seq, checksum = snapshot["seq"], snapshot["checksum"]
    assert verify(client, levels=3, seq=seq, checksum=checksum) == "match"
    assert verify(client, levels=2, seq=seq, checksum=checksum) == "mismatch"


@pytest.mark.parametrize(
    ("fields", "result"),
    [
        ({"levels": 10, "seq": 3, "checksum": 1}, "expired"),
        ({"levels": 10, "seq": 10**6, "checksum": 1}, "mismatch"),
        ({"levels": 1_001, "seq": 1, "checksum": 1}, "invalid_request"),
        ({"levels": 10, "seq": 1}, "invalid_request"),
        ({"levels": 10, "seq": 1, "checksum": 1, "symbol": "NONE"}, "unknown_symbol"),
    ],
)
def test_what_cannot_be_verified_is_said(
    client: Client, fields: dict[str, Any], result: str
) -> None:
    fields = {"symbol": ACME} | fields
    answer = client.one("verify", **fields)
    assert answer.get("result", answer.get("code")) == result
