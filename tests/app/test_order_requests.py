"""The shape of requests about orders: what is wrong is named."""

from typing import Any

import pytest

from app.errors import FieldError, Refusal
from app.order_requests import (
    FIELD_ERRORS_MAX,
    AmendRequest,
    BatchRequest,
    CancelAllRequest,
    NewOrderRequest,
    OrderReference,
    read,
)
from tests.app.harness import new_order


def refused(fields: dict[str, Any]) -> Refusal:
    refusal = read(fields, NewOrderRequest)
    assert isinstance(refusal, Refusal), refusal
    return refusal


@pytest.mark.parametrize(
    ("changes", "code", "status", "field"),
    [
        ({"price": 100.5}, "invalid_price", 400, "price"),
        ({"price": 100}, "invalid_price", 400, "price"),
        ({"price": 10**40}, "invalid_price", 400, "price"),
        ({"stop_price": 1.0}, "invalid_price", 400, "stop_price"),
        ({"quantity": 1}, "invalid_quantity", 400, "quantity"),
        ({"quantity": 0.1}, "invalid_quantity", 400, "quantity"),
        ({"display_quantity": 1}, "invalid_quantity", 400, "display_quantity"),
        ({"price": True}, "invalid_request", None, "price"),
        ({"price": ["100"]}, "invalid_request", None, "price"),
        ({"quantity": {"lots": 1}}, "invalid_request", None, "quantity"),
        ({"side": "hold"}, "invalid_side", None, "side"),
        ({"side": "BUY"}, "invalid_side", None, "side"),
        ({"side": ""}, "invalid_side", None, "side"),
        ({"side": 1}, "invalid_request", None, "side"),
        ({"time_in_force": "day"}, "invalid_time_in_force", None, "time_in_force"),
        ({"time_in_force": 1}, "invalid_request", None, "time_in_force"),
        ({"type": "iceberg"}, "invalid_request", None, "type"),
        ({"self_trade_prevention": "all"}, "invalid_request", None, "self_trade_prevention"),
        ({"symbol": 5}, "invalid_request", None, "symbol"),
        ({"post_only": "true"}, "invalid_request", None, "post_only"),
        ({"post_only": 1}, "invalid_request", None, "post_only"),
        ({"validate": "yes"}, "invalid_request", None, "validate"),
        ({"cancel_on_disconnect": 0}, "invalid_request", None, "cancel_on_disconnect"),
        ({"client_order_id": 17}, "invalid_request", None, "client_order_id"),
        ({"expire_at_us": "soon"}, "invalid_request", None, "expire_at_us"),
        ({"expire_at_us": 1.5}, "invalid_request", None, "expire_at_us"),
        ({"expire_at_us": True}, "invalid_request", None, "expire_at_us"),
        ({"expire_at_us": 0}, "invalid_request", None, "expire_at_us"),
        ({"expire_at_us": 2**53}, "invalid_request", None, "expire_at_us"),
        ({"deadline_us": -1}, "invalid_request", None, "deadline_us"),
        ({"deadline_us": 10**30}, "invalid_request", None, "deadline_us"),
        ({"qty": "1"}, "invalid_request", None, "qty"),
        ({"order_id": "1"}, "invalid_request", None, "order_id"),
        ({7: "1"}, "invalid_request", None, "7"),
    ],
)
def test_a_field_of_the_wrong_shape_is_named(
    changes: dict[Any, Any], code: str, status: int | None, field: str
) -> None:
    refusal = refused(new_order() | changes)
    assert (refusal.code, refusal.status, [e.field for e in refusal.errors]) == (
        code,
        status,
        [field],
    )


@pytest.mark.parametrize("name", ["symbol", "side", "type", "quantity"])
def test_a_missing_field_is_named(name: str) -> None:
    refusal = refused(new_order(**{name: None}))
    assert (refusal.code, refusal.errors) == ("invalid_request", (FieldError(name, "missing"),))


@pytest.mark.parametrize("name", ["symbol", "side", "type", "quantity"])
def test_null_is_no_value_for_a_needed_field(name: str) -> None:
    assert refused(new_order() | {name: None}).code == "invalid_request"


def test_null_leaves_an_optional_field_out() -> None:
    optional = {
        field: None
        for field in NewOrderRequest.__struct_fields__
        if field not in ("symbol", "side", "type", "quantity", "price")
    }
    assert read(new_order() | optional, NewOrderRequest) == read(new_order(), NewOrderRequest)


def test_faults_of_shape_come_before_faults_of_value_and_all_are_named() -> None:
    refusal = refused({"side": "hold", "price": 1.5, "colour": "red", "quantity": "1"})
    assert refusal.code == "invalid_request"
    assert {error.field for error in refusal.errors} == {"colour", "symbol", "type"}


def test_what_the_caller_sent_comes_back_only_so_far() -> None:
    refusal = refused(new_order() | {f"{'x' * 1_000}{n}": 1 for n in range(100)})
    assert len(refusal.errors) == FIELD_ERRORS_MAX
    assert all(len(error.field) <= 64 for error in refusal.errors)
    assert len(refused(new_order(type="x" * 10_000)).detail) < 300


@pytest.mark.parametrize(
    ("shape", "fields"),
    [
        (AmendRequest, {"order_id": 5}),
        (AmendRequest, {"side": "buy"}),
        (OrderReference, {"order_id": "1", "symbol": "ACME-USD"}),
        (CancelAllRequest, {"symbol": 1}),
        (CancelAllRequest, {"account": "bob"}),
        (BatchRequest, {}),
        (BatchRequest, {"orders": {}}),
        (BatchRequest, {"orders": []}),
        (BatchRequest, {"orders": [{}] * 101}),
    ],
)
def test_every_request_refuses_what_it_does_not_know(shape: Any, fields: dict[str, Any]) -> None:
    refusal = read(fields, shape)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "invalid_request"
    assert refusal.errors
