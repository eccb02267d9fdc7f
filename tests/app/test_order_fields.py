"""Requests about orders: their legal combinations, their integers."""

from typing import Any

import pytest

from app.errors import Refusal
from app.market import MarketData
from app.order_fields import (
    amend_command,
    check_amend,
    check_new_order,
    check_reference,
    new_order_command,
    parse_order_id,
)
from app.order_requests import (
    AmendRequest,
    NewOrderRequest,
    OrderReference,
    read,
)
from engine.commands import (
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from tests.app.harness import ACME, BETA, new_order

LATER_US = 1_800_000_000_000_000
STOP = {"type": "stop", "price": None, "stop_price": "100"}
STOP_LIMIT = {"type": "stop_limit", "stop_price": "100"}
MARKET = {"type": "market", "price": None}


@pytest.fixture
def market() -> MarketData:
    data = MarketData()
    data.add_instrument(ACME)
    data.add_instrument(BETA)
    return data


def refused(fields: dict[str, Any]) -> Refusal:
    request = read(fields, NewOrderRequest)
    if not isinstance(request, Refusal):
        request = check_new_order(request, on_socket=False) or request
    assert isinstance(request, Refusal), request
    return request


def legal(**changes: Any) -> NewOrderRequest:
    request = read(new_order(**changes), NewOrderRequest)
    assert isinstance(request, NewOrderRequest), request
    assert check_new_order(request, on_socket=True) is None
    return request


# --- legal combinations -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"price": None}, ["price"]),
        ({"stop_price": "99"}, ["stop_price"]),
        ({"type": "market"}, ["price"]),
        (MARKET | {"stop_price": "99"}, ["stop_price"]),
        (MARKET | {"time_in_force": "gtc"}, ["time_in_force"]),
        (MARKET | {"time_in_force": "fok"}, ["time_in_force"]),
        (MARKET | {"post_only": True}, ["post_only"]),
        (MARKET | {"display_quantity": "1"}, ["display_quantity"]),
        ({"type": "stop", "stop_price": "99"}, ["price"]),
        ({"type": "stop", "price": None}, ["stop_price"]),
        (STOP | {"time_in_force": "gtc"}, ["time_in_force"]),
        (STOP | {"post_only": True}, ["post_only"]),
        ({"type": "stop_limit"}, ["stop_price"]),
        ({"type": "stop_limit", "price": None}, ["price", "stop_price"]),
        (STOP_LIMIT | {"display_quantity": "1"}, ["display_quantity"]),
        ({"post_only": True, "time_in_force": "ioc"}, ["post_only"]),
        ({"post_only": True, "time_in_force": "fok"}, ["post_only"]),
        ({"display_quantity": "1", "time_in_force": "ioc"}, ["display_quantity"]),
        ({"time_in_force": "gtd"}, ["expire_at_us"]),
        ({"expire_at_us": LATER_US}, ["expire_at_us"]),
        ({"time_in_force": "ioc", "expire_at_us": LATER_US}, ["expire_at_us"]),
        ({"client_order_id": ""}, ["client_order_id"]),
        ({"client_order_id": "a b"}, ["client_order_id"]),
        ({"client_order_id": "a\n"}, ["client_order_id"]),
        ({"client_order_id": "x" * 65}, ["client_order_id"]),
        ({"client_order_id": "é"}, ["client_order_id"]),
        ({"cancel_on_disconnect": True}, ["cancel_on_disconnect"]),
        ({"cancel_on_disconnect": False}, ["cancel_on_disconnect"]),
    ],
)
def test_an_illegal_combination_names_its_fields(
    changes: dict[str, Any], fields: list[str]
) -> None:
    refusal = refused(new_order(**changes))
    assert refusal.code == "invalid_request"
    assert [error.field for error in refusal.errors] == fields


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, TimeInForce.GTC),
        ({"time_in_force": "ioc"}, TimeInForce.IOC),
        ({"time_in_force": "fok"}, TimeInForce.FOK),
        ({"time_in_force": "gtd", "expire_at_us": LATER_US}, TimeInForce.GTD),
        ({"time_in_force": "gtd", "expire_at_us": LATER_US, "post_only": True}, TimeInForce.GTD),
        ({"post_only": True}, TimeInForce.GTC),
        ({"display_quantity": "0.5"}, TimeInForce.GTC),
        (MARKET, TimeInForce.IOC),
        (MARKET | {"time_in_force": "ioc", "post_only": False}, TimeInForce.IOC),
        (STOP, TimeInForce.IOC),
        (STOP_LIMIT, TimeInForce.GTC),
        (STOP_LIMIT | {"post_only": True}, TimeInForce.GTC),
        (STOP_LIMIT | {"time_in_force": "fok"}, TimeInForce.FOK),
        ({"client_order_id": "aZ09._:-" * 8}, TimeInForce.GTC),
        ({"cancel_on_disconnect": True}, TimeInForce.GTC),
    ],
)
def test_a_legal_combination_becomes_a_command_with_its_default(
    market: MarketData, changes: dict[str, Any], expected: TimeInForce
) -> None:
    command = new_order_command(legal(**changes), market, 1, 9)
    assert isinstance(command, NewOrder)
    assert command.time_in_force is expected


# --- integers ---------------------------------------------------------------------------------


def test_every_field_reaches_the_command(market: MarketData) -> None:
    request = legal(
        side="sell",
        quantity="2.5",
        price="100.20",
        time_in_force="gtd",
        post_only=True,
        client_order_id="id-1",
        display_quantity="0.5000",
        self_trade_prevention="decrement",
        expire_at_us=LATER_US,
        deadline_us=LATER_US - 1,
        cancel_on_disconnect=True,
    )
    assert new_order_command(request, market, 3, 9) == NewOrder(
        symbol="ACME-USD",
        account=3,
        side=Side.SELL,
        type=OrderType.LIMIT,
        quantity_lots=25_000,
        price_ticks=10_020,
        time_in_force=TimeInForce.GTD,
        post_only=True,
        display_lots=5_000,
        self_trade_prevention=SelfTradePrevention.DECREMENT,
        expire_at_us=LATER_US,
        deadline_us=LATER_US - 1,
        client_order_id="id-1",
        connection=9,
    )


@pytest.mark.parametrize(
    ("changes", "code", "fields"),
    [
        ({"symbol": "NONE"}, "unknown_symbol", []),
        ({"symbol": ""}, "unknown_symbol", []),
        ({"symbol": "x" * 5_000}, "unknown_symbol", []),
        ({"price": "100.001"}, "invalid_price", ["price"]),
        ({"price": ""}, "invalid_price", ["price"]),
        ({"price": "abc"}, "invalid_price", ["price"]),
        ({"price": "-1"}, "invalid_price", ["price"]),
        ({"price": "+1"}, "invalid_price", ["price"]),
        ({"price": "1e2"}, "invalid_price", ["price"]),
        ({"price": " 1"}, "invalid_price", ["price"]),
        ({"price": "1\n"}, "invalid_price", ["price"]),
        ({"price": ".5"}, "invalid_price", ["price"]),
        ({"price": "1."}, "invalid_price", ["price"]),
        ({"price": "٣"}, "invalid_price", ["price"]),
        ({"price": "NaN"}, "invalid_price", ["price"]),
        ({"price": "9" * 30}, "invalid_price", ["price"]),
        ({"price": "9" * 31}, "invalid_price", ["price"]),
        ({"symbol": "BETA-USD", "price": "100.25"}, "invalid_price", ["price"]),
        (STOP | {"stop_price": "1.005"}, "invalid_price", ["stop_price"]),
        ({"quantity": "0.00001"}, "invalid_quantity", ["quantity"]),
        ({"quantity": "-1"}, "invalid_quantity", ["quantity"]),
        ({"quantity": "1,5"}, "invalid_quantity", ["quantity"]),
        ({"quantity": "9" * 30}, "max_quantity", ["quantity"]),
        ({"display_quantity": "0.00001"}, "invalid_quantity", ["display_quantity"]),
    ],
)
def test_what_has_no_integer_form_is_refused(
    market: MarketData, changes: dict[str, Any], code: str, fields: list[str]
) -> None:
    refusal = new_order_command(legal(**changes), market, 1, 0)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, [error.field for error in refusal.errors]) == (code, fields)
    assert refusal.status is None
    assert len(refusal.detail) < 200


@pytest.mark.parametrize(
    ("text", "ticks"),
    [("100", 10_000), ("100.2", 10_020), ("0100.20", 10_020), ("0", 0), ("100.2000", 10_020)],
)
def test_a_multiple_of_the_step_is_taken_however_it_is_written(
    market: MarketData, text: str, ticks: int
) -> None:
    command = new_order_command(legal(price=text), market, 1, 0)
    assert isinstance(command, NewOrder)
    assert command.price_ticks == ticks


def test_an_amend_becomes_a_command(market: MarketData) -> None:
    request = AmendRequest(order_id="5", price="1.5", quantity="2", stop_price="3")
    command = amend_command(request, market.listings["ACME-USD"], 1, 5)
    assert not isinstance(command, Refusal)
    assert (command.price_ticks, command.quantity_lots, command.stop_price_ticks) == (
        150,
        20_000,
        300,
    )


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"price": "1.001"}, "invalid_price"),
        ({"stop_price": "x"}, "invalid_price"),
        ({"quantity": "0.00001"}, "invalid_quantity"),
        ({"quantity": "9" * 20}, "max_quantity"),
    ],
)
def test_an_amend_off_its_step_is_refused(
    market: MarketData, changes: dict[str, str], code: str
) -> None:
    refusal = amend_command(AmendRequest(**changes), market.listings["ACME-USD"], 1, 5)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


def test_an_amend_must_change_something() -> None:
    refusal = check_amend(AmendRequest(order_id="1"))
    assert refusal is not None
    assert refusal.code == "invalid_request"


@pytest.mark.parametrize(
    ("ids", "accepted"),
    [
        ({"order_id": "1"}, True),
        ({"client_order_id": "a"}, True),
        ({}, False),
        ({"order_id": "1", "client_order_id": "a"}, False),
    ],
)
def test_one_of_two_ids_names_an_order(ids: dict[str, str], accepted: bool) -> None:
    assert (check_reference(OrderReference(**ids)) is None) is accepted


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("9007199254740991", 9_007_199_254_740_991),
        ("0", None),
        ("017", None),
        ("", None),
        ("-1", None),
        ("1.0", None),
        ("abc", None),
        ("٣", None),
        ("9" * 17, None),
        ("9" * 5_000, None),
    ],
)
def test_an_order_id_is_digits_as_we_write_them(text: str, number: int | None) -> None:
    assert parse_order_id(text) == number
