"""Each client order id once: replays, duplicates, bound refusals, waits."""

from typing import Any

import pytest

from app.errors import Refusal, refuse
from app.gateway import OrderResult
from engine.commands import MarketState, NewOrder, SetMarketState
from tests.app.harness import START_NS, Harness, new_order

NOW_US = START_NS // 1_000
FIELDS = new_order(client_order_id="id-1")


def is_first(answer: object) -> bool:
    """Return whether an order was entered now, neither refused nor answered before."""
    return isinstance(answer, OrderResult) and not answer.replayed


def new_orders(harness: Harness) -> int:
    return sum(isinstance(command, NewOrder) for command in harness.commands)


# --- replays ----------------------------------------------------------------------------------


def test_the_same_order_again_is_answered_with_the_first_one() -> None:
    harness = Harness()
    first = harness.call("new_order", FIELDS)
    again = harness.call("new_order", FIELDS)
    assert (first.replayed, again.replayed) == (False, True)
    assert again.order.replayed is True
    assert again.order.order_id == first.order.order_id
    assert new_orders(harness) == 1


def test_a_replay_shows_the_order_as_it_is_now() -> None:
    harness = Harness()
    harness.call("new_order", FIELDS)
    harness.order("bob", side="sell", quantity="0.25")
    order = harness.call("new_order", FIELDS).order
    assert (order.status, order.filled_quantity) == ("partially_filled", "0.2500")
    harness.call("cancel", {"order_id": order.order_id})
    assert harness.call("new_order", FIELDS).order.status == "cancelled"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"price": "100"},
        {"time_in_force": "gtc", "post_only": False},
        {"deadline_us": NOW_US - 1},
        {"deadline_us": NOW_US + 1},
    ],
)
def test_defaults_and_deadline_make_no_other_order(changes: dict[str, Any]) -> None:
    harness = Harness()
    harness.call("new_order", FIELDS)
    assert harness.call("new_order", FIELDS | changes).replayed


@pytest.mark.parametrize(
    "changes",
    [
        {"price": "100.01"},
        {"quantity": "2"},
        {"side": "sell"},
        {"symbol": "BETA-USD"},
        {"symbol": "NONE"},
        {"price": "100.001"},
        {"quantity": "0.00001"},
        {"time_in_force": "ioc"},
        {"validate": True, "price": "99"},
    ],
)
def test_another_order_under_the_same_id_is_a_duplicate(changes: dict[str, Any]) -> None:
    harness = Harness()
    harness.call("new_order", FIELDS)
    refusal = harness.call("new_order", FIELDS | changes)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.replayed) == ("duplicate_client_order_id", False)
    assert new_orders(harness) == 1


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("invalid_request", {"colour": "red"}),
        ("invalid_side", {"side": "hold"}),
        ("invalid_price", {"price": 100}),
    ],
)
def test_syntax_comes_before_the_id(code: str, changes: dict[str, Any]) -> None:
    harness = Harness()
    harness.call("new_order", FIELDS)
    assert harness.call("new_order", FIELDS | changes).code == code


def test_the_id_comes_before_whatever_depends_on_state() -> None:
    harness = Harness(orders_per_second=1, open_orders_max=1)
    harness.call("new_order", FIELDS)
    harness.process(SetMarketState(symbol="ACME-USD", state=MarketState.HALTED))
    harness.refusal = refuse("engine_busy", "not now")
    assert harness.call("new_order", FIELDS).replayed


def test_each_account_has_a_space_of_its_own() -> None:
    harness = Harness()
    harness.call("new_order", FIELDS, "alice")
    answer = harness.call("new_order", FIELDS | {"price": "90"}, "bob")
    assert isinstance(answer, OrderResult)
    assert not answer.replayed


def test_an_order_that_its_connection_cancels_is_the_same_on_another_connection() -> None:
    harness = Harness()
    fields = FIELDS | {"cancel_on_disconnect": True}
    harness.call("new_order", fields, "alice", 7)
    assert harness.call("new_order", fields, "alice", 8).replayed


# --- refusals ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("invalid_quantity", {"quantity": "0"}),
        ("invalid_price", {"price": "0"}),
        ("no_liquidity", {"type": "market", "price": None}),
        ("deadline_passed", {"deadline_us": NOW_US - 1}),
        ("fok_unfillable", {"time_in_force": "fok"}),
    ],
)
def test_a_refusal_of_the_engine_binds_the_id(code: str, changes: dict[str, Any]) -> None:
    harness = Harness()
    fields = new_order(client_order_id="id-1", **changes)
    first = harness.call("new_order", fields)
    harness.order("bob", side="sell", price="99")
    again = harness.call("new_order", fields)
    assert (first.code, first.replayed) == (code, False)
    assert (again.code, again.replayed) == (code, True)
    assert harness.call("new_order", FIELDS | {"price": "1"}).code == "duplicate_client_order_id"


def test_a_retry_after_a_passed_deadline_is_told_the_deadline_again() -> None:
    harness = Harness()
    late = FIELDS | {"deadline_us": NOW_US - 1}
    assert harness.call("new_order", late).code == "deadline_passed"
    again = harness.call("new_order", FIELDS | {"deadline_us": NOW_US + 10})
    assert (again.code, again.replayed) == ("deadline_passed", True)


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("invalid_request", {"price": None}),
        ("invalid_side", {"side": "hold"}),
        ("invalid_price", {"price": 100}),
        ("invalid_price", {"price": "100.001"}),
        ("invalid_quantity", {"quantity": "0.00001"}),
        ("max_quantity", {"quantity": "9" * 25}),
        ("unknown_symbol", {"symbol": "NONE"}),
    ],
)
def test_what_never_reached_the_engine_binds_nothing(code: str, changes: dict[str, Any]) -> None:
    harness = Harness()
    refused = harness.call("new_order", FIELDS | changes)
    assert refused.code == code
    assert is_first(harness.call("new_order", FIELDS))


@pytest.mark.parametrize("code", ["engine_busy", "shutting_down"])
def test_a_command_that_was_not_done_binds_nothing(code: str) -> None:
    harness = Harness()
    harness.order(price="1")
    harness.refusal = refuse(code, "not now")
    assert harness.call("new_order", FIELDS).code == code
    harness.refusal = None
    other = FIELDS | {"price": "99"}
    assert is_first(harness.call("new_order", other))


def test_a_rate_limit_binds_nothing() -> None:
    harness = Harness(orders_per_second=1)
    harness.order(price="1")
    assert harness.call("new_order", FIELDS).code == "rate_limited"
    harness.advance_us(1_000_000)
    assert is_first(harness.call("new_order", FIELDS))


def test_validate_binds_nothing_and_replays_nothing() -> None:
    harness = Harness()
    harness.call("new_order", FIELDS | {"validate": True, "price": "99"})
    assert is_first(harness.call("new_order", FIELDS))
    assert harness.call("new_order", FIELDS | {"validate": True}).validated


# --- waiting ----------------------------------------------------------------------------------


def test_all_who_ask_while_the_first_is_on_its_way_get_its_outcome() -> None:
    harness = Harness()
    harness.hold()
    first = harness.ask("new_order", FIELDS)
    waiting = [harness.ask("new_order", FIELDS) for _ in range(3)]
    other = harness.call("new_order", FIELDS | {"price": "99"})
    assert other.code == "duplicate_client_order_id"
    assert first == []
    assert waiting == [[], [], []]
    harness.release()
    assert not first[0].replayed
    assert [answers[0].replayed for answers in waiting] == [True] * 3
    assert {answers[0].order.order_id for answers in waiting} == {"1"}
    assert new_orders(harness) == 1


def test_all_who_wait_for_a_refused_order_get_its_refusal() -> None:
    harness = Harness()
    fields = FIELDS | {"quantity": "0"}
    harness.hold()
    first, second = harness.ask("new_order", fields), harness.ask("new_order", fields)
    harness.release()
    assert (first[0].code, first[0].replayed) == ("invalid_quantity", False)
    assert (second[0].code, second[0].replayed) == ("invalid_quantity", True)


def test_an_outcome_that_nobody_knows_is_told_to_all_and_never_done_again() -> None:
    harness = Harness()
    harness.hold()
    first, second = harness.ask("new_order", FIELDS), harness.ask("new_order", FIELDS)
    harness.die()
    third = harness.call("new_order", FIELDS)
    assert [a.code for a in (first[0], second[0], third)] == ["outcome_unknown"] * 3
    assert first[0].retry_after_ms is not None
