"""Commands as record bytes: the layout, the codes, and that nothing of a command is lost."""

import ctypes
from enum import IntEnum
from typing import Any

import msgspec
import pytest

from engine import limits
from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Configure,
    Expire,
    MarketState,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    SetMarketState,
    Side,
    TimeInForce,
    UpdateInstrument,
)
from engine.core.encoding import CommandEncoder
from engine.events import AmendCause, OrderStatus
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.command_records import decode
from tests.engine.core_types import enumeration, struct

SLOT_BYTES = 64
LARGEST_PRICE, LARGEST_QUANTITY = limits.PRICE_TICKS_MAX, limits.QUANTITY_LOTS_MAX
ACME = Instrument("ACME-USD", "0.01", "0.0001")
LIMITED = Instrument(
    "B.U-S_D",
    "0.05",
    "1",
    min_quantity="2",
    max_quantity="1000",
    max_notional="999999999999999999999999999999.999999999999999999",
    price_band_pct="12.34",
    market_protection_pct="10000",
)

MIRRORS: list[tuple[str, str, type[IntEnum]]] = [
    ("Side", "", Side),
    ("OrderType", "", OrderType),
    ("TimeInForce", "", TimeInForce),
    ("SelfTradePrevention", "STP_", SelfTradePrevention),
    ("MarketState", "STATE_", MarketState),
    ("OrderStatus", "", OrderStatus),
    ("AmendCause", "CAUSE_", AmendCause),
    ("Reason", "REASON_", Reason),
]
RECORDS = [
    "CommandRecord",
    "OrderTail",
    "ConfigureTail",
    "InstrumentTail",
    "AcceptedRecord",
    "FillFirst",
    "FillSecond",
    "CancelledRecord",
    "CancelledTail",
    "AmendedRecord",
    "AmendedTail",
    "DepthRecord",
    "PlainRecord",
    "Order",
    "Extra",
    "Level",
]


def limit(**fields: Any) -> NewOrder:
    """Return an order to buy, with some fields of its own."""
    given: dict[str, Any] = {
        "symbol": "ACME-USD",
        "account": 7,
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity_lots": 5,
    }
    return NewOrder(**{**given, **fields})


COMMANDS: list[Command] = [
    Configure(),
    Configure(
        epoch="e" * limits.EPOCH_LENGTH_MAX,
        orders_capacity=limits.ORDERS_CAPACITY_MAX,
        levels_capacity=1,
        open_orders_max=2**40,
        next_event_seq=2**53,
        next_order_id=2**52,
        received_ns=2**62,
    ),
    AddInstrument(instrument=ACME),
    AddInstrument(instrument=LIMITED, received_ns=5),
    UpdateInstrument(instrument=LIMITED, received_ns=6),
    AddAccount(account=1),
    AddAccount(account=limits.ACCOUNTS_MAX - 1, name="é" * (limits.ACCOUNT_NAME_LENGTH_MAX // 2)),
    Expire(received_ns=123_456_789),
    *(limit(symbol="B.U-S_D", side=side, price_ticks=3) for side in Side),
    *(limit(type=kind, price_ticks=1, stop_price_ticks=2) for kind in OrderType),
    *(limit(time_in_force=tif, price_ticks=1) for tif in TimeInForce),
    *(limit(self_trade_prevention=mode, post_only=True) for mode in SelfTradePrevention),
    limit(price_ticks=LARGEST_PRICE, quantity_lots=LARGEST_QUANTITY, display_lots=LARGEST_QUANTITY),
    limit(expire_at_us=2**52, deadline_us=2**51, connection=2**63, received_ns=2**61),
    *(limit(client_order_id="c" * length) for length in (1, 63, 64)),
    limit(client_order_id="all", stop_price_ticks=1, display_lots=2, expire_at_us=3, deadline_us=4),
    AmendOrder(symbol="ACME-USD", account=7, order_id=2**52),
    AmendOrder(symbol="ACME-USD", account=7, order_id=1, price_ticks=LARGEST_PRICE),
    AmendOrder(symbol="ACME-USD", account=7, order_id=1, quantity_lots=0),
    AmendOrder(symbol="ACME-USD", account=7, order_id=1, stop_price_ticks=3, quantity_lots=2),
    *(CancelOrder(symbol="B.U-S_D", account=0, order_id=9, reason=r) for r in Reason),
    CancelAll(account=7),
    CancelAll(account=0, symbol="ACME-USD", reason=Reason.DEAD_MAN),
    *(SetMarketState(symbol="ACME-USD", state=state) for state in MarketState),
    SetMarketState(symbol="ACME-USD", state=MarketState.HALTED, cancel_orders=True),
]


def listed_encoder() -> CommandEncoder:
    encoder = CommandEncoder()
    for instrument in (ACME, LIMITED):
        encoder.encode(AddInstrument(instrument=instrument), 1)
    return encoder


@pytest.mark.parametrize(("name", "prefix", "vocabulary"), MIRRORS)
def test_compiled_codes_are_those_of_the_vocabulary(
    name: str, prefix: str, vocabulary: type[IntEnum]
) -> None:
    compiled = {member.removeprefix(prefix): value for member, value in enumeration(name).items()}
    assert compiled == {member.name: member.value for member in vocabulary}


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_is_one_slot(name: str) -> None:
    assert ctypes.sizeof(struct(name)) == enumeration("")["SLOT_BYTES"] == SLOT_BYTES


def test_kinds_of_commands_come_before_kinds_of_events() -> None:
    kinds = enumeration("RecordKind")
    for name, value in kinds.items():
        before = value <= kinds["COMMAND_KINDS"]
        assert before == name.startswith("COMMAND_"), name
    assert len(set(kinds.values())) == len(kinds)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: type(c).__name__)
def test_every_command_can_be_read_back_from_its_record(command: Command) -> None:
    encoder = CommandEncoder() if isinstance(command, AddInstrument) else listed_encoder()
    records = encoder.encode(command, 77)
    assert len(records) % SLOT_BYTES == 0
    assert decode(records, [ACME.symbol, LIMITED.symbol]) == (77, command)


def test_every_kind_of_command_is_in_the_table() -> None:
    assert {type(command) for command in COMMANDS} == set(Command.__args__)


@pytest.mark.parametrize(
    ("command", "changes"),
    [
        (limit(price_ticks=2**70), {"price_ticks": 2**63 - 1}),
        (limit(price_ticks=-(2**70)), {"price_ticks": -1}),
        (limit(price_ticks=0), {"price_ticks": -1}),
        (limit(quantity_lots=2**64), {"quantity_lots": 2**63 - 1}),
        (limit(quantity_lots=-5), {"quantity_lots": -1}),
        (limit(display_lots=0), {"display_lots": -1}),
        (limit(account=-1), {"account": 2**32 - 1}),
        (limit(account=limits.ACCOUNTS_MAX), {"account": 2**32 - 1}),
        (limit(symbol="NONE"), {"symbol": None}),
    ],
)
def test_what_has_no_place_in_a_record_becomes_what_the_kernel_refuses(
    command: NewOrder, changes: dict[str, Any]
) -> None:
    [_, decoded] = decode(listed_encoder().encode(command, 1), [ACME.symbol, LIMITED.symbol])
    assert decoded == msgspec.structs.replace(command, **changes)


def test_symbols_are_numbered_as_they_are_listed_and_once() -> None:
    encoder = listed_encoder()
    symbols = enumeration("")
    again = encoder.encode(AddInstrument(instrument=ACME), 3)
    number = struct("CommandRecord").from_buffer_copy(again).symbol
    assert number == symbols["SYMBOL_UNKNOWN"]
    later = encoder.encode(CancelAll(account=1, symbol=LIMITED.symbol), 4)
    assert struct("CommandRecord").from_buffer_copy(later).symbol == 1


@pytest.mark.parametrize("thing", [None, 5, "cancel", ACME, OrderType.LIMIT])
def test_what_is_no_command_is_refused_by_its_type(thing: Any) -> None:
    with pytest.raises(TypeError, match="not a command"):
        CommandEncoder().encode(thing, 1)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (Configure(orders_capacity=0), "orders_capacity"),
        (Configure(orders_capacity=limits.ORDERS_CAPACITY_MAX + 1), "orders_capacity"),
        (Configure(levels_capacity=0), "levels_capacity"),
        (limit(client_order_id="c" * 64 * 40), "too long for a command"),
    ],
)
def test_what_cannot_be_encoded_says_why(command: Command, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        CommandEncoder().encode(command, 1)
