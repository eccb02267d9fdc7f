"""Cancel all, look up, and the rate that neither counts against."""

from typing import Any

import pytest

from app import wire
from app.gateway import OrderResult
from tests.app.harness import START_NS, Harness, new_order

NOW_US = START_NS // 1_000


def cancel_all_market() -> Harness:
    harness = Harness()
    for symbol in ("ACME-USD", "BETA-USD", "ACME-USD"):
        harness.order("alice", symbol=symbol)
        harness.order("bob", symbol=symbol)
    return harness


@pytest.mark.parametrize(
    ("fields", "cancelled"),
    [
        ({}, ("1", "3", "5")),
        ({"symbol": None}, ("1", "3", "5")),
        ({"symbol": "ACME-USD"}, ("1", "5")),
        ({"symbol": "BETA-USD"}, ("3",)),
    ],
)
def test_cancel_all_names_the_orders_it_took_out(
    fields: dict[str, Any], cancelled: tuple[str, ...]
) -> None:
    harness = cancel_all_market()
    answer = harness.call("cancel_all", fields)
    assert answer == wire.CancelAllResult(
        len(cancelled), harness.store.account_seq("alice"), cancelled
    )
    assert len(harness.store.open_orders("bob")) == 3


def test_cancel_all_counts_only_what_it_took_out_itself() -> None:
    harness = Harness()
    harness.order("bob", time_in_force="gtd", expire_at_us=NOW_US + 10)
    harness.order("alice", time_in_force="gtd", expire_at_us=NOW_US + 10)
    harness.order("alice")
    harness.advance_us(10)
    assert harness.call("cancel_all", {}).cancelled == ("3",)


def test_cancel_all_without_orders_is_no_error() -> None:
    harness = Harness()
    assert harness.call("cancel_all", {}) == wire.CancelAllResult(0, 0, ())
    harness.order()
    harness.call("cancel_all", {})
    assert harness.call("cancel_all", {}).count == 0


def test_cancel_all_of_an_unknown_symbol_is_refused() -> None:
    assert Harness().call("cancel_all", {"symbol": "NONE"}).code == "unknown_symbol"


def test_cancel_all_names_the_first_thousand_and_counts_all() -> None:
    harness = Harness(history={"ended_orders_max": 100, "ended_orders_per_account_max": 50})
    for _ in range(1_010):
        harness.order("alice", price="1")
    answer = harness.call("cancel_all", {})
    assert answer.count == 1_010
    assert answer.cancelled == tuple(str(n) for n in range(1, 1_001))


# --- lookup -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"order_id": "1"}, "1"),
        ({"client_order_id": "mine"}, "1"),
        ({"order_id": "3"}, "3"),
        ({"order_id": "2"}, "unknown_order"),
        ({"order_id": "x"}, "unknown_order"),
        ({"client_order_id": "his"}, "unknown_order"),
        ({"client_order_id": ""}, "unknown_order"),
        ({}, "invalid_request"),
        ({"order_id": "1", "client_order_id": "mine"}, "invalid_request"),
        ({"id": "1"}, "invalid_request"),
    ],
)
def test_lookup_finds_own_orders_by_either_id(fields: dict[str, Any], expected: str) -> None:
    harness = Harness()
    harness.order("alice", client_order_id="mine")
    harness.order("bob", client_order_id="his")
    harness.order("alice", price="99", time_in_force="ioc")
    answer = harness.call("lookup", fields)
    found = answer.order.order_id if isinstance(answer, OrderResult) else answer.code
    assert found == expected


# --- rate limit -------------------------------------------------------------------------------


def test_cancels_and_reductions_pass_where_orders_are_too_fast() -> None:
    harness = Harness(orders_per_second=2)
    first, second = harness.order(price="1"), harness.order(price="1")
    assert harness.call("new_order", new_order(price="1")).code == "rate_limited"
    raised = harness.call("amend", {"order_id": first.order_id, "quantity": "2"})
    moved = harness.call("amend", {"order_id": first.order_id, "price": "2"})
    assert [raised.code, moved.code] == ["rate_limited"] * 2
    reduced = harness.call("amend", {"order_id": first.order_id, "quantity": "0.5"})
    assert reduced.order.quantity == "0.5000"
    assert harness.call("cancel", {"order_id": second.order_id}).order.status == "cancelled"
    assert harness.call("cancel_all", {}).count == 1
    assert harness.gateway.rate_limited == 3


def test_what_is_refused_for_its_syntax_takes_no_token() -> None:
    harness = Harness(orders_per_second=1)
    for _ in range(5):
        harness.call("new_order", new_order(price="x"))
    assert harness.order(price="1").status == "open"


def test_after_the_wait_that_was_told_an_order_passes() -> None:
    harness = Harness(orders_per_second=1)
    harness.order(price="1")
    refusal = harness.call("new_order", new_order(price="1"))
    harness.advance_us(refusal.retry_after_ms * 1_000)
    assert harness.order(price="1").status == "open"
