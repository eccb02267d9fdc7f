"""Who is there: tokens at the upgrade and as a message, their end, and fresh ones."""

from typing import Any

import pytest

from app.errors import refuse
from app.feed.codecs import JSON
from tests.feed.feed_harness import MARKET, TRADER, Client, FeedHarness

WRONG = "not.a.token"


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


def opened(server: FeedHarness, token: Any) -> tuple[Client, list[dict[str, Any]]]:
    client = Client(server, JSON)
    client.session.open(token, False, server.now_us)
    hello, *rest = client.take()
    assert hello["type"] == "hello"
    return client, rest


def test_a_first_message_may_authenticate(server: FeedHarness) -> None:
    client = server.connect(None)
    ack = client.one("auth", id=1, token=server.token("alice", TRADER))
    assert ack == {
        "type": "ack",
        "id": 1,
        "op": "auth",
        "account": "alice",
        "scopes": sorted(TRADER),
        "expires_us": server.now_us + 3_600_000_000,
    }
    server.pass_ms(30_000)
    assert client.close_code is None


def test_nobody_stays_anonymous(server: FeedHarness) -> None:
    client = server.connect(None)
    server.pass_ms(4_999)
    assert client.close_code is None
    server.pass_ms(1)
    *_, error = client.take()
    assert (error["code"], error["id"], error["op"]) == ("unauthenticated", None, None)
    assert client.close_code == 4401


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param(WRONG, "unauthenticated", id="no token at all"),
        pytest.param("expired", "token_expired", id="an expired token"),
        pytest.param(refuse("unauthenticated", "not Bearer"), "unauthenticated", id="no Bearer"),
    ],
)
def test_a_wrong_token_of_the_upgrade_closes(server: FeedHarness, token: Any, code: str) -> None:
    if token == "expired":
        token = server.token(ttl_s=1)
        server.pass_ms(1_000)
    client, (error,) = opened(server, token)
    assert error["code"] == code
    assert client.close_code == 4401


@pytest.mark.parametrize("is_public", [False, True])
def test_a_wrong_first_message_is_answered_once_and_closes(is_public: bool) -> None:
    server = FeedHarness(public_market_data=is_public)
    client = server.connect(None)
    (error,) = client.say("auth", id=7, token=WRONG)
    assert (error["code"], error["id"], error["op"]) == ("unauthenticated", 7, "auth")
    assert client.close_code == 4401


def test_the_end_of_a_token_is_told_a_minute_before_and_then_comes(server: FeedHarness) -> None:
    client = server.connect(ttl_s=120)
    server.pass_ms(59_999)
    assert all(message["type"] == "heartbeat" for message in client.take())
    server.pass_ms(1)
    *_, notice = client.take()
    assert notice == {"type": "token_expiring", "expires_us": server.now_us + 60_000_000}
    server.pass_ms(60_000)
    *_, error = client.take()
    assert error["code"] == "token_expired"
    assert client.close_code == 4401


def test_a_token_that_ends_soon_is_told_at_once(server: FeedHarness) -> None:
    _, (notice,) = opened(server, server.token(ttl_s=30))
    assert notice["type"] == "token_expiring"
    client = server.connect(None)
    ack, notice = client.say("auth", token=server.token(ttl_s=30))
    assert (ack["type"], notice["type"]) == ("ack", "token_expiring")


def test_a_fresh_token_extends_the_connection(server: FeedHarness) -> None:
    client = server.connect(ttl_s=120)
    server.pass_ms(100_000)
    assert client.say("auth", id=1, token=server.token(ttl_s=120))[-1]["type"] == "ack"
    server.pass_ms(59_000)
    assert client.close_code is None
    notices = [message for message in client.take() if message["type"] == "token_expiring"]
    assert notices == []
    server.pass_ms(61_000)
    assert client.close_code == 4401


@pytest.mark.parametrize(
    ("token", "code"),
    [
        pytest.param(lambda server: WRONG, "unauthenticated", id="a wrong one"),
        pytest.param(lambda server: server.token("bob"), "forbidden", id="another account's"),
        pytest.param(
            lambda server: server.token("alice", ("orders:read",)),
            "forbidden",
            id="one that does not cover what is subscribed",
        ),
    ],
)
def test_a_fresh_token_that_does_not_fit_is_an_error_and_the_old_one_stands(
    server: FeedHarness, token: Any, code: str
) -> None:
    client = server.connect("alice")
    client.subscribe("depth", "ACME-USD")
    assert client.one("auth", id=2, token=token(server))["code"] == code
    assert client.close_code is None
    assert client.subscribe("orders")[0]["type"] == "snapshot"


def test_a_fresh_token_brings_its_scopes(server: FeedHarness) -> None:
    client = server.connect("alice", MARKET)
    assert client.one("subscribe", channel="orders")["code"] == "forbidden"
    client.one("auth", token=server.token("alice", TRADER))
    assert client.subscribe("orders")[0]["type"] == "snapshot"


def test_failures_are_counted_by_reason(server: FeedHarness) -> None:
    server.connect(None).say("auth", token=WRONG)
    server.connect("alice", MARKET).say("order.cancel_all")
    assert server.hub.statistics.auth_failures == {"malformed": 1, "scope": 1}
    assert server.hub.statistics.disconnects == {"4401": 1}
