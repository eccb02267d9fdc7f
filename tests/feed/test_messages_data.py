"""Data messages at their largest, and how lists are cut into parts."""

from typing import Any

import msgspec
import pytest

from app import wire
from app.feed.codecs import JSON, MSGPACK, Codec
from app.feed.messages_data import (
    INSTRUMENTS_PER_MESSAGE,
    LEVELS_PER_MESSAGE,
    ORDERS_PER_MESSAGE,
    TRADES_PER_MESSAGE,
    DepthDelta,
    InstrumentsSnapshot,
    OrdersSnapshot,
    TradesUpdate,
    parts,
)
from app.limits import SERVER_MESSAGE_BYTES_MAX

AMOUNT = "9" * 16 + "." + "9" * 12  # 2^53 steps of 10^-12 and more
NAME, SYMBOL, BIG = "n" * 64, "S" * 24, 2**53 - 1
LEVEL = (AMOUNT, AMOUNT)
TRADE = wire.Trade(
    trade_id=str(BIG), price=AMOUNT, quantity=AMOUNT, aggressor="sell", engine_us=BIG
)
INSTRUMENT = wire.InstrumentInfo(
    symbol=SYMBOL,
    tick_size=AMOUNT,
    lot_size=AMOUNT,
    min_quantity=AMOUNT,
    max_quantity=AMOUNT,
    max_notional=AMOUNT * 2,
    price_band_pct="10000.00",
    state="cancel_only",
)
ORDER = wire.Order(
    order_id=str(BIG),
    client_order_id=NAME,
    account=NAME,
    symbol=SYMBOL,
    side="sell",
    type="stop_limit",
    time_in_force="gtd",
    price=AMOUNT,
    stop_price=AMOUNT,
    quantity=AMOUNT,
    display_quantity=AMOUNT,
    filled_quantity=AMOUNT,
    remaining_quantity=AMOUNT,
    cancelled_quantity=AMOUNT,
    average_price=AMOUNT + "9" * 8,
    status="partially_filled",
    reason="post_only_would_cross",
    post_only=False,
    self_trade_prevention="cancel_newest",
    expire_at_us=BIG,
    created_us=BIG,
    updated_us=BIG,
    seq=BIG,
    durable=False,
)
COMMON: dict[str, Any] = {"epoch": "e" * 64, "seq": BIG}
LARGEST: list[msgspec.Struct] = [
    DepthDelta(
        **COMMON,
        symbol=SYMBOL,
        prev_seq=BIG,
        bids=[LEVEL] * LEVELS_PER_MESSAGE,
        asks=[],
        checksum=2**32 - 1,
        engine_us=BIG,
    ),
    wire.DepthSnapshot(
        **COMMON,
        symbol=SYMBOL,
        bids=[LEVEL] * LEVELS_PER_MESSAGE,
        asks=[],
        checksum=2**32 - 1,
        engine_us=BIG,
    ),
    TradesUpdate(**COMMON, symbol=SYMBOL, prev_seq=BIG, trades=[TRADE] * TRADES_PER_MESSAGE),
    OrdersSnapshot(**COMMON, orders=[ORDER] * ORDERS_PER_MESSAGE, part=10**6, last=False),
    InstrumentsSnapshot(
        **COMMON, instruments=[INSTRUMENT] * INSTRUMENTS_PER_MESSAGE, part=10**6, last=False
    ),
]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
@pytest.mark.parametrize("message", LARGEST, ids=lambda message: type(message).__name__)
def test_the_largest_message_of_each_kind_fits(codec: Codec, message: msgspec.Struct) -> None:
    assert len(codec.frame(message)) <= SERVER_MESSAGE_BYTES_MAX


@pytest.mark.parametrize(
    ("count", "cut"),
    [
        (0, [(1, True, [])]),
        (1, [(1, True, [0])]),
        (3, [(1, True, [0, 1, 2])]),
        (4, [(1, False, [0, 1, 2]), (2, True, [3])]),
        (6, [(1, False, [0, 1, 2]), (2, True, [3, 4, 5])]),
    ],
)
def test_lists_are_cut_into_numbered_parts(count: int, cut: list[Any]) -> None:
    assert list(parts(list(range(count)), 3)) == cut
