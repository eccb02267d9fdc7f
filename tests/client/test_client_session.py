"""Check the client's side of the protocol by messages alone."""

from typing import Any

import pytest

from app.client.book import LocalBook
from app.client.errors import ProtocolError
from app.client.own_orders import OwnOrders
from app.client.replica import Fault
from app.client.session import (
    Answered,
    Greeted,
    Noticed,
    Received,
    Refused,
    Session,
    Spoiled,
    SubscriptionRefused,
)
from app.client.subscription import Wanted
from tests.client.server_messages import (
    Message,
    depth_delta,
    depth_snapshot,
    error,
    hello,
    orders_snapshot,
)

DEPTH = Wanted("depth", "ACME-USD", {})
ORDERS = Wanted("orders", None, {})


class Conversation:
    """A session that was greeted, with what it wants to send."""

    def __init__(self) -> None:
        self.wakes = 0
        self.session = Session(self._wake)
        (event,) = self.session.receive(hello())
        assert isinstance(event, Greeted)

    def _wake(self) -> None:
        self.wakes += 1

    def sent(self) -> list[Message]:
        return self.session.take_outgoing()

    def live_book(self) -> LocalBook:
        book = LocalBook("ACME-USD")
        self.session.subscribe(DEPTH, book)
        (request,) = self.sent()
        assert self.session.receive({"type": "ack", "id": request["id"], "op": "subscribe"}) == []
        snapshot = depth_snapshot(5, [], [])
        assert self.session.receive(snapshot) == [Received("depth:ACME-USD", snapshot)]
        return book


def test_requests_are_answered_by_their_id_in_any_order() -> None:
    talk = Conversation()
    ids = [talk.session.request("ping", {}) for _ in range(3)]
    assert [message["id"] for message in talk.sent()] == ids
    for request_id in reversed(ids):
        pong = {"type": "pong", "id": request_id, "op": "ping", "server_us": 1}
        assert talk.session.receive(pong) == [Answered(request_id, pong)]
        assert talk.session.receive(pong) == []
    assert talk.session.in_flight == 0


def test_whatever_is_to_be_sent_wakes_the_writer() -> None:
    talk = Conversation()
    talk.session.request("ping", {})
    talk.session.subscribe(DEPTH, LocalBook("ACME-USD"))
    talk.session.unsubscribe(DEPTH)
    assert talk.wakes == 3
    assert [message["op"] for message in talk.sent()] == ["ping", "subscribe", "unsubscribe"]
    assert talk.sent() == []


def test_a_refused_request_tells_its_code() -> None:
    talk = Conversation()
    request_id = talk.session.request("order.new", {})
    (event,) = talk.session.receive(error(request_id, "engine_busy", retry_after_ms=5))
    assert isinstance(event, Refused)
    assert (event.request_id, event.error.code, event.error.retry_after_ms) == (
        request_id,
        "engine_busy",
        5,
    )


def test_an_error_without_an_id_announces_a_close() -> None:
    (event,) = Conversation().session.receive(error(None, "too_slow"))
    assert isinstance(event, Refused)
    assert event.request_id is None


def test_a_spoiled_book_is_reported_and_healed_by_a_fresh_snapshot() -> None:
    talk = Conversation()
    book = talk.live_book()
    gap = depth_delta(6, 7, [], [], ([], []))
    assert talk.session.receive(gap) == [Spoiled("depth:ACME-USD", Fault.GAP, 1)]
    assert not book.live
    talk.session.heal("depth:ACME-USD")
    (request,) = talk.sent()
    late = depth_delta(7, 8, [], [], ([], []))
    assert talk.session.receive(late) == []
    assert talk.session.receive({"type": "ack", "id": request["id"], "op": "subscribe"}) == []
    snapshot = depth_snapshot(9, [], [])
    assert talk.session.receive(snapshot) == [Received("depth:ACME-USD", snapshot)]
    assert book.live


def heartbeat(**seqs: int) -> Message:
    names = {"depth": "depth:ACME-USD", "orders": "orders"}
    told = {names[name]: {"sent": sent, "as_of": sent} for name, sent in seqs.items()}
    return {"type": "heartbeat", "server_us": 1, "seqs": told}


@pytest.mark.parametrize(
    ("seqs", "is_live"), [({"depth": 5}, True), ({"depth": 6}, False), ({"orders": 6}, True)]
)
def test_heartbeats_uncover_what_was_lost(seqs: dict[str, int], is_live: bool) -> None:
    talk = Conversation()
    book = talk.live_book()
    events = talk.session.receive(heartbeat(**seqs))
    assert book.live is is_live
    assert events == ([] if is_live else [Spoiled("depth:ACME-USD", Fault.GAP, 1)])


def test_another_epoch_starts_everything_afresh() -> None:
    talk = Conversation()
    book = talk.live_book()
    message = depth_delta(5, 6, [], [], ([], []), epoch="e2")
    assert talk.session.receive(message) == []
    assert (book.live, book.seq) == (False, None)
    (request,) = talk.sent()
    assert (request["op"], request["channel"]) == ("subscribe", "depth")
    assert talk.session.receive({"type": "ack", "id": request["id"], "op": "subscribe"}) == []
    assert len(talk.session.receive(depth_snapshot(1, [], [], epoch="e2"))) == 1
    assert book.live


def test_a_refused_subscription_is_reported_by_its_key() -> None:
    talk = Conversation()
    talk.session.subscribe(ORDERS, OwnOrders())
    (request,) = talk.sent()
    assert request == {"op": "subscribe", "id": request["id"], "channel": "orders"}
    (event,) = talk.session.receive(error(request["id"], "forbidden"))
    assert isinstance(event, SubscriptionRefused)
    assert (event.key, event.error.code) == ("orders", "forbidden")
    assert talk.session.receive(orders_snapshot(1)) == []


def test_data_of_what_was_unsubscribed_is_passed_over() -> None:
    talk = Conversation()
    talk.live_book()
    talk.session.unsubscribe(DEPTH)
    talk.session.unsubscribe(DEPTH)
    (request,) = talk.sent()
    assert (request["op"], request["symbols"]) == ("unsubscribe", ["ACME-USD"])
    assert talk.session.receive(depth_delta(5, 6, [], [], ([], []))) == []


def test_the_end_of_a_connection_spoils_everything() -> None:
    talk = Conversation()
    book = talk.live_book()
    request_id = talk.session.request("order.new", {})
    talk.session.subscribe(ORDERS, OwnOrders())
    assert talk.session.close("the connection was lost") == [request_id]
    assert book.stale_reason == "the connection was lost"


@pytest.mark.parametrize("kind", ["shutdown", "token_expiring", "lagging", "caught_up"])
def test_notices_are_passed_on(kind: str) -> None:
    notice = {"type": kind}
    assert Conversation().session.receive(notice) == [Noticed(notice)]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "a newer server's"},
        {"type": "a newer server's", "channel": "weather"},
        {"type": "ack", "id": 99, "op": "ping"},
        {"type": "ack", "id": None, "op": "ping"},
        {"type": "ack", "id": "x", "op": "ping"},
    ],
)
def test_what_is_not_known_is_passed_over(message: dict[str, Any]) -> None:
    assert Conversation().session.receive(message) == []


@pytest.mark.parametrize(
    "message",
    [
        {"type": "hello", "epoch": 7},
        {"type": "heartbeat", "seqs": []},
        {"type": "error", "code": 7},
    ],
)
def test_a_malformed_control_message_is_a_protocol_error(message: dict[str, Any]) -> None:
    with pytest.raises(ProtocolError):
        Conversation().session.receive(message)
