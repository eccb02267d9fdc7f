"""Amend, cancel, cancel all, look up: by either id, one's own orders only."""

from typing import Any

import pytest

from app.errors import Refusal, refuse
from app.gateway import OrderResult
from tests.app.harness import START_NS, Harness, new_order

NOW_US = START_NS // 1_000

# --- amend ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"price": "99"}, ("99.00", "1.0000", None)),
        ({"quantity": "0.5"}, ("100.00", "0.5000", None)),
        ({"quantity": "2", "price": "98.5"}, ("98.50", "2.0000", None)),
        ({"price": "100"}, ("100.00", "1.0000", None)),
    ],
)
def test_an_amend_answers_with_the_order_after_it(
    changes: dict[str, str], expected: tuple[str, str, None]
) -> None:
    harness = Harness()
    order = harness.order(client_order_id="mine")
    for ids in ({"order_id": order.order_id}, {"client_order_id": "mine"}):
        answer = harness.call("amend", ids | changes)
        assert isinstance(answer, OrderResult)
        assert (answer.order.price, answer.order.quantity, answer.order.stop_price) == expected


def test_an_amended_order_that_crosses_is_answered_as_filled() -> None:
    harness = Harness()
    harness.order("bob", side="sell", price="101")
    order = harness.order()
    answer = harness.call("amend", {"order_id": order.order_id, "price": "101"})
    assert (answer.order.status, answer.order.average_price) == ("filled", "101.0000000000")


def test_an_amend_to_what_is_filled_cancels_the_rest() -> None:
    harness = Harness()
    order = harness.order()
    answer = harness.call("amend", {"order_id": order.order_id, "quantity": "0"})
    assert (answer.order.status, answer.order.reason) == ("cancelled", "amend")


def test_a_waiting_stop_gets_another_stop_price() -> None:
    harness = Harness()
    order = harness.order(type="stop", price=None, stop_price="101")
    answer = harness.call("amend", {"order_id": order.order_id, "stop_price": "102"})
    assert (answer.order.stop_price, answer.order.status) == ("102.00", "untriggered")


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("invalid_request", {"order_id": "1"}),
        ("invalid_request", {"price": "99"}),
        ("invalid_request", {"order_id": "1", "client_order_id": "a", "price": "99"}),
        ("invalid_request", {"order_id": 1, "price": "99"}),
        ("invalid_request", {"order_id": "1", "side": "sell"}),
        ("invalid_request", {"order_id": "1", "stop_price": "99"}),
        ("invalid_price", {"order_id": "1", "price": 99}),
        ("invalid_price", {"order_id": "1", "price": "99.001"}),
        ("invalid_price", {"order_id": "1", "price": "0"}),
        ("invalid_quantity", {"order_id": "1", "quantity": 1.5}),
        ("invalid_quantity", {"order_id": "1", "quantity": "0.00001"}),
        ("max_quantity", {"order_id": "1", "quantity": "99999999999"}),
        ("unknown_order", {"order_id": "2", "price": "99"}),
        ("unknown_order", {"order_id": "999", "price": "99"}),
        ("unknown_order", {"order_id": "abc", "price": "99"}),
        ("unknown_order", {"order_id": "01", "price": "99"}),
        ("unknown_order", {"client_order_id": "his", "price": "99"}),
        ("unknown_order", {"client_order_id": "not an id", "price": "99"}),
        ("already_done", {"order_id": "3", "price": "99"}),
        ("already_done", {"client_order_id": "ended", "quantity": "0.5"}),
    ],
)
def test_an_amend_is_refused_with_its_code(code: str, fields: dict[str, Any]) -> None:
    harness = Harness()
    harness.order("alice")
    harness.order("bob", client_order_id="his")
    harness.order("alice", client_order_id="ended")
    harness.call("cancel", {"client_order_id": "ended"})
    hash_before = harness.engine.book_hash()
    refusal = harness.call("amend", fields)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert harness.engine.book_hash() == hash_before


@pytest.mark.parametrize("code", ["engine_busy", "shutting_down"])
@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("amend", {"order_id": "1", "price": "99"}),
        ("cancel", {"order_id": "1"}),
        ("cancel_all", {}),
    ],
)
def test_a_change_that_was_not_done_says_so(verb: str, fields: dict[str, Any], code: str) -> None:
    harness = Harness()
    harness.order()
    harness.refusal = refuse(code, "not now")
    assert harness.call(verb, fields).code == code
    harness.refusal = None
    assert not isinstance(harness.call(verb, fields), Refusal)


@pytest.mark.parametrize(
    ("verb", "fields"),
    [
        ("amend", {"order_id": "1", "price": "99"}),
        ("cancel", {"order_id": "1"}),
        ("cancel_all", {}),
    ],
)
def test_a_change_whose_answer_never_comes_is_outcome_unknown(
    verb: str, fields: dict[str, Any]
) -> None:
    harness = Harness()
    harness.order()
    harness.hold()
    answers = harness.ask(verb, fields)
    assert answers == []
    harness.die()
    assert answers[0].code == "outcome_unknown"


# --- cancel -----------------------------------------------------------------------------------


@pytest.mark.parametrize("ids", [{"order_id": "1"}, {"client_order_id": "mine"}])
def test_a_cancel_answers_with_the_order_after_it(ids: dict[str, str]) -> None:
    harness = Harness()
    harness.order(client_order_id="mine")
    order = harness.call("cancel", ids).order
    assert (order.status, order.reason) == ("cancelled", "user")
    assert (order.remaining_quantity, order.cancelled_quantity) == ("0.0000", "1.0000")
    assert harness.call("cancel", ids).code == "already_done"


@pytest.mark.parametrize(
    ("code", "fields"),
    [
        ("invalid_request", {}),
        ("invalid_request", {"order_id": "1", "client_order_id": "mine"}),
        ("invalid_request", {"order_id": 1}),
        ("invalid_request", {"order_id": None}),
        ("invalid_request", {"order_id": "1", "symbol": "ACME-USD"}),
        ("unknown_order", {"order_id": "2"}),
        ("unknown_order", {"order_id": "0"}),
        ("unknown_order", {"order_id": ""}),
        ("unknown_order", {"order_id": "9" * 100}),
        ("unknown_order", {"client_order_id": "his"}),
        ("unknown_order", {"client_order_id": "refused"}),
    ],
)
def test_a_cancel_is_refused_with_its_code(code: str, fields: dict[str, Any]) -> None:
    harness = Harness()
    harness.order("alice", client_order_id="mine")
    harness.order("bob", client_order_id="his")
    harness.call("new_order", new_order(quantity="0", client_order_id="refused"))
    assert harness.call("cancel", fields).code == code


def test_an_order_that_ends_while_its_cancel_is_on_the_way_is_already_done() -> None:
    harness = Harness()
    order = harness.order()
    harness.hold()
    harness.ask("new_order", new_order(side="sell"), "bob")
    answers = harness.ask("cancel", {"order_id": order.order_id})
    amended = harness.ask("amend", {"order_id": order.order_id, "price": "99"})
    harness.release()
    assert answers[0].code == "already_done"
    assert "filled" in answers[0].detail
    assert amended[0].code == "already_done"


def test_a_cancel_waits_for_the_order_it_names_to_be_entered() -> None:
    harness = Harness()
    harness.hold()
    entered = harness.ask("new_order", new_order(client_order_id="a"))
    cancelled = harness.ask("cancel", {"client_order_id": "a"})
    amended = harness.ask("amend", {"client_order_id": "a", "price": "99"})
    found = harness.ask("lookup", {"client_order_id": "a"})
    assert [entered, cancelled, amended, found] == [[], [], [], []]
    harness.release()
    assert entered[0].order.status == "open"
    assert cancelled[0].order.status == "cancelled"
    assert amended[0].code == "already_done"
    assert found[0].order.order_id == "1"


def test_who_waits_for_an_order_that_is_refused_hears_of_no_order() -> None:
    harness = Harness()
    harness.hold()
    harness.ask("new_order", new_order(quantity="0", client_order_id="a"))
    cancelled = harness.ask("cancel", {"client_order_id": "a"})
    harness.release()
    assert cancelled[0].code == "unknown_order"


@pytest.mark.parametrize(
    ("fields", "reduces"),
    [
        ({"quantity": "0.5"}, True),
        ({"quantity": "0.5", "price": "100.00"}, True),
        ({"quantity": "2"}, False),
        ({"quantity": "0.5", "price": "99.00"}, False),
        ({"price": "100.00"}, False),
    ],
)
def test_only_a_pure_reduction_may_use_the_room_kept_for_those_who_want_out(
    fields: dict[str, str], reduces: bool
) -> None:
    harness = Harness()
    order = harness.order(quantity="1", price="100.00")
    harness.call("amend", {"order_id": order.order_id, **fields})
    assert harness.said_to_reduce is reduces
