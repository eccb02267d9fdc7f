"""What goes over the wire: names, order of fields, problems."""

from enum import IntEnum

import msgspec
import pytest

from app import wire
from app.errors import STATUS_BY_CODE, FieldError, Refusal, refuse
from engine.commands import MarketState, OrderType, SelfTradePrevention, Side, TimeInForce
from engine.events import Role
from engine.reasons import Reason

CONTRACT_ORDER_FIELDS = (
    "order_id client_order_id account symbol side type time_in_force price stop_price quantity "
    "display_quantity filled_quantity remaining_quantity cancelled_quantity average_price status "
    "reason post_only created_us updated_us seq durable"
).split()


def test_an_order_has_the_fields_of_the_protocol_in_its_order() -> None:
    names = [name for name in wire.Order.__struct_fields__ if name in CONTRACT_ORDER_FIELDS]
    assert names == CONTRACT_ORDER_FIELDS


@pytest.mark.parametrize(
    ("names", "enum", "expected"),
    [
        (wire.SIDE_NAMES, Side, "buy sell"),
        (wire.ORDER_TYPE_NAMES, OrderType, "limit market stop stop_limit"),
        (wire.TIME_IN_FORCE_NAMES, TimeInForce, "gtc ioc fok gtd"),
        (
            wire.SELF_TRADE_PREVENTION_NAMES,
            SelfTradePrevention,
            "none cancel_newest cancel_oldest cancel_both decrement",
        ),
        (wire.ROLE_NAMES, Role, "maker taker"),
        (wire.MARKET_STATE_NAMES, MarketState, "open post_only cancel_only halted"),
    ],
)
def test_every_enum_has_its_wire_names_at_its_numbers(
    names: tuple[str, ...], enum: type[IntEnum], expected: str
) -> None:
    assert " ".join(names[member] for member in enum) == expected


def test_every_cancel_reason_is_named_as_the_protocol_names_it() -> None:
    cancels = [wire.REASON_NAMES[reason] for reason in Reason if reason >= Reason.USER]
    assert cancels == "user disconnect dead_man admin halted ioc expired amend".split()


@pytest.mark.parametrize(("code", "status"), STATUS_BY_CODE.items())
def test_every_code_makes_a_problem_with_its_status(code: str, status: int) -> None:
    problem = wire.problem(refuse(code, "why"))
    assert (problem.status, problem.code, problem.detail) == (status, code, "why")
    assert problem.title


def test_a_price_as_a_number_keeps_its_code_under_another_status() -> None:
    problem = wire.problem(Refusal("invalid_price", "why", status=400))
    assert (problem.status, problem.code) == (400, "invalid_price")


def test_a_problem_leaves_out_what_it_does_not_have() -> None:
    body = msgspec.json.decode(msgspec.json.encode(wire.problem(refuse("halted", "why"))))
    assert sorted(body) == ["code", "detail", "status", "title", "type"]


def test_a_problem_tells_all_that_it_has() -> None:
    refusal = Refusal("engine_busy", "why", 5, (FieldError("f", "d"),), replayed=True)
    body = msgspec.json.decode(msgspec.json.encode(wire.problem(refusal)))
    assert body["retry_after_ms"] == 5
    assert body["errors"] == [{"field": "f", "detail": "d"}]
    assert body["replayed"] is True


def test_absent_values_are_null_and_never_missing() -> None:
    info = wire.InstrumentInfo(
        symbol="A",
        tick_size="1",
        lot_size="1",
        min_quantity="1",
        max_quantity=None,
        max_notional=None,
        price_band_pct=None,
        state="open",
    )
    body = msgspec.json.decode(msgspec.json.encode(info))
    assert sorted(body) == sorted(wire.InstrumentInfo.__struct_fields__)
