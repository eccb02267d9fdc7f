"""Every way a session ends: its close code, the error before it, and what it leaves behind."""

from typing import Any

import pytest

from app.errors import CloseCode, refuse
from app.feed.codecs import JSON
from app.feed.frames import Opcode
from tests.feed.feed_harness import MARKET, Client, FeedHarness

ORDER = {"symbol": "ACME-USD", "side": "buy", "type": "limit", "quantity": "1", "price": "1"}


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


def last_error(client: Client) -> dict[str, Any]:
    *_, error = client.take()
    assert error["type"] == "error"
    return error


def test_the_tenth_malformed_message_within_a_minute_closes(server: FeedHarness) -> None:
    client = server.connect()
    for _ in range(9):
        assert client.say_raw(b"x")[0]["code"] == "invalid_json"
    assert client.close_code is None
    (error,) = client.say_raw(b'{"op":"dance","id":10}')
    assert (error["code"], error["id"]) == ("invalid_request", 10)
    assert client.close_code == 4400


def test_malformed_messages_spread_over_time_do_not_close(server: FeedHarness) -> None:
    client = server.connect()
    for _ in range(30):
        client.say_raw(b"x")
        server.pass_ms(7_000)
    assert client.close_code is None


def test_only_unknown_subprotocols_are_told_and_closed(server: FeedHarness) -> None:
    client = Client(server, JSON)
    client.session.open(server.token(), True, server.now_us)
    assert [message["type"] for message in client.take()] == ["hello", "error"]
    assert client.close_code == 4400


@pytest.mark.parametrize(("size", "closes"), [(65_536, False), (65_537, True)])
def test_a_message_above_the_limit_closes(server: FeedHarness, size: int, closes: bool) -> None:
    client = server.connect()
    data = b'{"op":"ping"}'.ljust(size)
    client.session.receive(data, Opcode.TEXT, server.now_us)
    if closes:
        assert last_error(client)["code"] == "too_large"
    assert client.close_code == (4413 if closes else None)


def test_too_many_messages_are_refused_with_their_id_and_then_closed() -> None:
    server = FeedHarness(messages_per_s=10)
    client = server.connect()
    answers = [client.one("ping", id=number) for number in range(12)]
    assert [answer["type"] for answer in answers] == ["pong"] * 10 + ["error"] * 2
    error = answers[-1]
    assert (error["code"], error["id"], error["temporary"]) == ("rate_limited", 11, True)
    assert error["retry_after_ms"] == 100
    server.pass_ms(100)
    assert client.one("ping")["type"] == "pong"
    for _ in range(97):
        client.one("ping")
    assert client.close_code is None
    assert client.one("ping", id="last")["id"] == "last"
    assert client.close_code == 4429


def test_a_missing_pong_closes(server: FeedHarness) -> None:
    client = server.connect()
    client.session.pong_missing()
    assert last_error(client)["code"] == "too_slow"
    assert client.close_code == 4408


def test_an_administrator_closes_all_connections_of_an_account(server: FeedHarness) -> None:
    mine = [server.connect("alice") for _ in range(2)]
    other = server.connect("bob")
    assert server.feed.close_connections("alice", CloseCode.REPLACED) == 2
    assert [last_error(client)["code"] for client in mine] == ["replaced"] * 2
    assert [client.close_code for client in (*mine, other)] == [4409, 4409, None]


def test_a_blocked_account_is_closed(server: FeedHarness) -> None:
    client = server.connect("alice")
    server.feed.close_connections("alice", CloseCode.FORBIDDEN)
    assert last_error(client)["code"] == "account_blocked"
    assert client.close_code == 4403


def test_a_blocked_account_does_not_come_in(server: FeedHarness) -> None:
    server.blocked["mallory"] = refuse("account_blocked", "blocked")
    client = Client(server, JSON)
    client.session.open(server.token("mallory"), False, server.now_us)
    assert last_error(client)["code"] == "account_blocked"
    assert client.close_code == 4403


def test_the_close_reason_is_the_error_s_code_and_message(server: FeedHarness) -> None:
    client = server.connect()
    client.session.pong_missing()
    error = last_error(client)
    assert client.sink.close_reason == f"{error['code']}: {error['message']}"


def test_a_closed_session_answers_nothing_and_holds_nothing(server: FeedHarness) -> None:
    client = server.connect()
    client.subscribe("depth", "ACME-USD")
    client.subscribe("orders")
    client.session.pong_missing()
    client.take()
    assert client.say("ping") == []
    server.order()
    server.pass_ms(20_000)
    assert client.take() == []
    assert not server.hub.wants("alice")
    client.session.lost()
    assert server.feed.connection_count() == 0


def test_a_lost_connection_leaves_every_group_and_timer(server: FeedHarness) -> None:
    client = server.connect()
    client.subscribe("depth", "*")
    client.subscribe("trades", "ACME-USD")
    client.subscribe("orders")
    assert server.hub.statistics.subscriptions == {"depth": 2, "trades": 1, "orders": 1}
    client.session.lost()
    assert server.hub.next_deadline_us() is None
    assert not server.hub.wants("alice")
    statistics = server.hub.statistics
    assert set(statistics.subscriptions.values()) == {0}
    assert set(statistics.connections.values()) == {0}


# --- shutdown ---------------------------------------------------------------------------------


def test_a_drain_tells_each_connection_its_own_time_and_closes(server: FeedHarness) -> None:
    clients = [server.connect(scopes=MARKET) for _ in range(5)]
    server.feed.drain()
    notices = [client.take() for client in clients]
    assert all([m["type"] for m in each] == ["shutdown", "error"] for each in notices)
    delays_ms = [notice["reconnect_after_ms"] for notice, _ in notices]
    assert len(set(delays_ms)) == 5
    assert all(error["retry_after_ms"] == n["reconnect_after_ms"] for n, error in notices)
    assert notices[0][0]["deadline_us"] == server.now_us + 5_000_000
    assert [client.close_code for client in clients] == [4503] * 5


def test_a_drain_waits_for_orders_under_way_and_takes_no_new_ones(server: FeedHarness) -> None:
    client = server.connect()
    server.hold()
    assert client.say("order.new", id=1, **ORDER) == []
    server.feed.drain()
    assert [message["type"] for message in client.take()] == ["shutdown"]
    assert client.one("order.new", id=2, **ORDER)["code"] == "shutting_down"
    assert client.one("ping")["type"] == "pong"
    server.release()
    ack, error = client.take()
    assert (ack["type"], ack["id"], error["code"]) == ("ack", 1, "shutting_down")
    assert client.close_code == 4503


def test_a_drain_waits_no_longer_than_its_deadline(server: FeedHarness) -> None:
    client = server.connect()
    server.hold()
    client.say("order.new", id=1, **ORDER)
    server.feed.drain()
    server.pass_ms(4_999)
    assert client.close_code is None
    server.pass_ms(1)
    assert client.close_code == 4503
