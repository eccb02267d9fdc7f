"""Hash every field of an order, and nothing else."""

import msgspec
import pytest

from engine import limits
from engine.commands import MarketState, OrderType, SelfTradePrevention, Side, TimeInForce
from engine.hashing import (
    ORDER_BYTES,
    OrderState,
    digest,
    state_digest,
    symbol_header,
    unpack_order,
)

ORDER = OrderState(
    order_id=7,
    account=3,
    side=Side.BUY,
    type=OrderType.LIMIT,
    time_in_force=TimeInForce.GTC,
    post_only=False,
    self_trade_prevention=SelfTradePrevention.CANCEL_NEWEST,
    price_ticks=100,
    stop_price_ticks=0,
    quantity_lots=10,
    remaining_lots=6,
    visible_lots=2,
    display_lots=2,
    price_quantity_sum=400,
    expire_at_us=0,
)
LARGEST = OrderState(
    order_id=limits.SEQUENCE_MAX,
    account=limits.ACCOUNTS_MAX - 1,
    side=Side.SELL,
    type=OrderType.STOP_LIMIT,
    time_in_force=TimeInForce.GTD,
    post_only=True,
    self_trade_prevention=SelfTradePrevention.DECREMENT,
    price_ticks=limits.PRICE_TICKS_MAX,
    stop_price_ticks=limits.PRICE_TICKS_MAX,
    quantity_lots=limits.QUANTITY_LOTS_MAX,
    remaining_lots=limits.QUANTITY_LOTS_MAX,
    visible_lots=limits.QUANTITY_LOTS_MAX,
    display_lots=limits.QUANTITY_LOTS_MAX,
    price_quantity_sum=limits.PRICE_TICKS_MAX * limits.QUANTITY_LOTS_MAX,
    expire_at_us=limits.SEQUENCE_MAX,
)
OTHERS = {
    "order_id": 8,
    "account": 4,
    "side": Side.SELL,
    "type": OrderType.STOP_LIMIT,
    "time_in_force": TimeInForce.GTD,
    "post_only": True,
    "self_trade_prevention": SelfTradePrevention.NONE,
    "price_ticks": 101,
    "stop_price_ticks": 1,
    "quantity_lots": 11,
    "remaining_lots": 5,
    "visible_lots": 1,
    "display_lots": 3,
    "price_quantity_sum": 2**64 + 400,
    "expire_at_us": 1,
}


@pytest.mark.parametrize("order", [ORDER, LARGEST])
def test_an_order_survives_its_bytes(order: OrderState) -> None:
    assert unpack_order(order.pack()) == order
    assert len(order.pack()) == ORDER_BYTES.size


@pytest.mark.parametrize("field", OrderState.__struct_fields__)
def test_every_field_of_an_order_is_in_its_bytes(field: str) -> None:
    other = msgspec.structs.replace(ORDER, **{field: OTHERS[field]})
    assert other.pack() != ORDER.pack()


def test_the_queue_order_is_in_the_digest() -> None:
    other = msgspec.structs.replace(ORDER, order_id=8)
    assert digest([ORDER.pack(), other.pack()]) != digest([other.pack(), ORDER.pack()])


def test_a_symbol_header_tells_number_state_last_price_and_counts() -> None:
    headers = {
        symbol_header(0, MarketState.OPEN, 0, (0, 0, 0, 0)),
        symbol_header(1, MarketState.OPEN, 0, (0, 0, 0, 0)),
        symbol_header(0, MarketState.HALTED, 0, (0, 0, 0, 0)),
        symbol_header(0, MarketState.OPEN, limits.PRICE_TICKS_MAX, (0, 0, 0, 0)),
        symbol_header(0, MarketState.OPEN, 0, (1, 0, 0, 0)),
        symbol_header(0, MarketState.OPEN, 0, (0, 1, 0, 0)),
        symbol_header(0, MarketState.OPEN, 0, (0, 0, 1, 0)),
        symbol_header(0, MarketState.OPEN, 0, (0, 0, 0, 1)),
    }
    assert len(headers) == 8


def test_the_state_digest_covers_every_counter_and_registry() -> None:
    digests = {
        state_digest("book", (1, 2, 3, 4), [5], [6]),
        state_digest("other", (1, 2, 3, 4), [5], [6]),
        state_digest("book", (9, 2, 3, 4), [5], [6]),
        state_digest("book", (1, 9, 3, 4), [5], [6]),
        state_digest("book", (1, 2, 9, 4), [5], [6]),
        state_digest("book", (1, 2, 3, 9), [5], [6]),
        state_digest("book", (1, 2, 3, 4), [9], [6]),
        state_digest("book", (1, 2, 3, 4), [5], [9]),
        state_digest("book", (1, 2, 3, 4), [5], []),
    }
    assert len(digests) == 9


def test_registries_are_hashed_by_number_not_by_insertion() -> None:
    assert state_digest("", (1, 1, 1, 1), [], [2, 1]) == state_digest("", (1, 1, 1, 1), [], [1, 2])
