"""What an order must pass before the engine, and what comes back."""

from collections.abc import Callable
from typing import Any

import pytest

from app import wire
from app.errors import STATUS_BY_CODE, Refusal, refuse
from engine.commands import AddAccount, CancelAll, CancelOrder, Expire, NewOrder
from tests.app.harness import PENDING, START_NS, Harness, new_order
from tests.app.refused_orders import MARKET, NEW_ORDER_REFUSALS, NOW_US


@pytest.mark.parametrize(
    ("code", "make", "changes"),
    NEW_ORDER_REFUSALS,
    ids=[f"{code}-{n}" for n, (code, _, _) in enumerate(NEW_ORDER_REFUSALS)],
)
def test_a_new_order_is_refused_with_its_code(
    code: str, make: Callable[[], Harness], changes: dict[str, Any]
) -> None:
    harness = make()
    updates, hash_before = len(harness.updates), harness.engine.book_hash()
    refusal = harness.call("new_order", new_order(**changes))
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert refusal.detail
    assert (refusal.retry_after_ms is not None) == (STATUS_BY_CODE[code] in (429, 503))
    assert len(harness.updates) == updates
    assert harness.engine.book_hash() == hash_before


ORDER_CODES = {code for code, _, _ in NEW_ORDER_REFUSALS} | {"unknown_order", "already_done"}
EDGE_CODES = set(
    "invalid_json unauthenticated token_expired forbidden account_blocked not_found "
    "method_not_allowed too_large unsupported_media_type internal".split()
)


def test_every_code_is_a_row_here_or_belongs_to_the_edge() -> None:
    assert set(STATUS_BY_CODE) == ORDER_CODES | EDGE_CODES


# --- accepted orders --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        ({}, "filled", None),
        ({"price": "99"}, "open", None),
        ({"quantity": "3"}, "partially_filled", None),
        ({"quantity": "3", "time_in_force": "ioc"}, "cancelled", "ioc"),
        ({"price": "99", "time_in_force": "ioc"}, "cancelled", "ioc"),
        ({"time_in_force": "fok"}, "filled", None),
        ({"price": "99", "post_only": True}, "open", None),
        ({"price": "99", "time_in_force": "gtd", "expire_at_us": NOW_US + 1}, "open", None),
        ({"price": "99", "quantity": "5", "display_quantity": "1"}, "open", None),
        (MARKET, "filled", None),
        (MARKET | {"quantity": "3"}, "cancelled", "ioc"),
        ({"type": "stop", "price": None, "stop_price": "101"}, "untriggered", None),
        ({"type": "stop_limit", "stop_price": "101"}, "untriggered", None),
    ],
)
def test_every_order_type_reaches_the_engine(
    changes: dict[str, Any], status: str, reason: str | None
) -> None:
    harness = Harness()
    harness.order("bob", side="sell")
    order = harness.order(**changes)
    assert (order.status, order.reason) == (status, reason)
    assert order.account == "alice"


def test_an_account_is_registered_before_its_first_order_and_once() -> None:
    harness = Harness()
    harness.order("alice", price="1")
    harness.order("alice", price="1")
    kinds = [type(command) for command in harness.commands]
    assert kinds == [AddAccount, NewOrder, NewOrder]
    assert harness.commands[0] == AddAccount(account=1, name="alice", received_ns=START_NS)


def test_a_registration_that_was_not_sent_is_sent_again() -> None:
    harness = Harness()
    harness.refusal = refuse("engine_busy", "not now")
    assert harness.call("new_order", new_order()).code == "engine_busy"
    harness.refusal = None
    harness.order("alice")
    assert [type(command) for command in harness.commands] == [AddAccount, NewOrder]


@pytest.mark.parametrize(("asked", "connection"), [(True, 7), (False, 0), (None, 0)])
def test_the_connection_goes_with_an_order_that_its_end_shall_cancel(
    asked: bool | None, connection: int
) -> None:
    harness = Harness()
    harness.order("alice", 7, cancel_on_disconnect=asked)
    command = harness.commands[-1]
    assert isinstance(command, NewOrder)
    assert command.connection == connection


# --- batch ------------------------------------------------------------------------------------


def test_a_batch_has_one_outcome_for_each_order_in_their_order() -> None:
    harness = Harness()
    orders = [
        new_order(),
        new_order(price=1.5),
        new_order(symbol="NONE"),
        "no order",
        new_order(quantity="0"),
        new_order(validate=True),
        new_order(side="sell", self_trade_prevention="none"),
    ]
    answer = harness.call("batch", {"orders": orders})
    shown = [
        outcome.order.order_id
        if isinstance(outcome.order, wire.Order)
        else getattr(outcome.error, "code", outcome.validated)
        for outcome in answer.outcomes
    ]
    assert shown == [
        "1",
        "invalid_price",
        "unknown_symbol",
        "invalid_request",
        "invalid_quantity",
        True,
        "2",
    ]
    assert answer.outcomes[1].error.status == 400


def test_a_batch_answers_when_the_last_outcome_is_there() -> None:
    harness = Harness()
    harness.hold()
    answers = harness.ask("batch", {"orders": [new_order(), new_order(price="x")]})
    assert answers == []
    harness.release()
    assert len(answers[0].outcomes) == 2


def test_the_same_order_twice_in_a_batch_is_done_once() -> None:
    harness = Harness()
    harness.hold()
    orders = [new_order(client_order_id="a"), new_order(client_order_id="a")]
    answers = harness.ask("batch", {"orders": orders})
    harness.release()
    first, second = (outcome.order for outcome in answers[0].outcomes)
    assert first.order_id == second.order_id == "1"
    assert second.replayed is True


def test_a_batch_of_too_many_is_refused_whole() -> None:
    harness = Harness()
    refusal = harness.call("batch", {"orders": [new_order()] * 101})
    assert refusal.code == "invalid_request"
    assert harness.commands == []


def test_a_full_ring_refuses_the_orders_of_a_batch_one_by_one() -> None:
    harness = Harness()
    harness.refusal = refuse("engine_busy", "not now")
    answer = harness.call("batch", {"orders": [new_order(), new_order()]})
    assert [outcome.error.code for outcome in answer.outcomes] == ["engine_busy"] * 2


# --- what the system does ---------------------------------------------------------------------


def test_commands_of_the_system_change_orders_too() -> None:
    harness = Harness()
    harness.order(time_in_force="gtd", expire_at_us=NOW_US + 5)
    harness.order()
    harness.order()
    harness.advance_us(5)
    harness.process(Expire())
    harness.process(CancelOrder(symbol="ACME-USD", account=0, order_id=2))
    harness.process(CancelAll(account=0))
    orders = [harness.store.order(n) for n in (1, 2, 3)]
    shown = [(order.status, order.reason) for order in orders if order is not None]
    assert shown == [("expired", "expired"), ("cancelled", "user"), ("cancelled", "user")]


def test_an_answer_is_pending_until_the_engine_has_spoken() -> None:
    harness = Harness()
    harness.hold()
    assert harness.call("new_order", new_order()) is PENDING
    assert harness.store.open_orders("alice") == []
    harness.release()
    assert len(harness.store.open_orders("alice")) == 1
