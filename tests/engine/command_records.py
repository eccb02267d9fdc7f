"""Read commands back from their record bytes, as a reader in another language would.

Role: knows only the layout (tests/engine/core_types.py) and the vocabulary; nothing of the
compiled encoder.
"""

from collections.abc import Callable, Sequence
from typing import Any

import msgspec

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
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.core_types import enumeration, record

SLOT_BYTES = 64


def decode(records: bytes, symbols: Sequence[str]) -> tuple[int, Command]:
    """Return a command and its number; `symbols` are those listed, in their order."""
    head = record("CommandRecord", records)
    kinds = {value: name for name, value in enumeration("RecordKind").items()}
    assert head.slots * SLOT_BYTES == len(records)
    return head.command_seq, _READERS[kinds[head.kind]](_Reader(head, records, symbols))


class _Reader:
    """The parts of one record."""

    def __init__(self, head: Any, records: bytes, symbols: Sequence[str]) -> None:
        self.head = head
        self.records = records
        self.options = head.options
        self._symbols = symbols

    def option(self, name: str) -> bool:
        return bool(self.options & enumeration("CommandOption")[name])

    def tail(self, name: str) -> Any:
        return record(name, self.records, 1)

    @property
    def text(self) -> str:
        begin = SLOT_BYTES * (2 if self.option("OPTION_WIDE") else 1)
        end = begin + self.head.text_bytes
        assert not any(self.records[end:]), "the padding is zeroes"
        return self.records[begin:end].decode()

    @property
    def symbol(self) -> Any:
        number = self.head.symbol
        return self._symbols[number] if number < len(self._symbols) else None


def _new_order(reader: _Reader) -> NewOrder:
    head, codes = reader.head, enumeration("CommandOption")
    stp = (head.options & codes["OPTION_STP_MASK"]) >> codes["OPTION_STP_SHIFT"]
    tail = reader.tail("OrderTail") if reader.option("OPTION_WIDE") else None
    rest = ("stop_price_ticks", "display_lots", "expire_at_us", "deadline_us")
    return NewOrder(
        symbol=reader.symbol,
        account=head.account,
        side=Side(head.side),
        type=OrderType(head.type),
        quantity_lots=head.quantity_lots,
        price_ticks=head.price_ticks or None,
        time_in_force=TimeInForce(head.time_in_force),
        post_only=reader.option("OPTION_POST_ONLY"),
        self_trade_prevention=SelfTradePrevention(stp),
        client_order_id=reader.text or None,
        connection=head.order_id,
        received_ns=head.received_ns,
        **{name: getattr(tail, name, 0) or None for name in rest},
    )


def _amend(reader: _Reader) -> AmendOrder:
    head = reader.head
    stop = reader.option("OPTION_HAS_STOP")
    return AmendOrder(
        symbol=reader.symbol,
        account=head.account,
        order_id=head.order_id,
        price_ticks=head.price_ticks if reader.option("OPTION_HAS_PRICE") else None,
        quantity_lots=head.quantity_lots if reader.option("OPTION_HAS_QUANTITY") else None,
        stop_price_ticks=reader.tail("OrderTail").stop_price_ticks if stop else None,
        received_ns=head.received_ns,
    )


def _cancel(reader: _Reader) -> CancelOrder:
    head = reader.head
    return CancelOrder(
        symbol=reader.symbol,
        account=head.account,
        order_id=head.order_id,
        reason=Reason(head.side),
        received_ns=head.received_ns,
    )


def _cancel_all(reader: _Reader) -> CancelAll:
    head = reader.head
    return CancelAll(
        account=head.account,
        symbol=reader.symbol,
        reason=Reason(head.side),
        received_ns=head.received_ns,
    )


def _market_state(reader: _Reader) -> SetMarketState:
    return SetMarketState(
        symbol=reader.symbol,
        state=MarketState(reader.head.side),
        cancel_orders=reader.option("OPTION_CANCEL_ORDERS"),
        received_ns=reader.head.received_ns,
    )


def _configure(reader: _Reader) -> Configure:
    tail = reader.tail("ConfigureTail")
    return Configure(
        epoch=reader.text,
        orders_capacity=tail.orders_capacity,
        levels_capacity=tail.levels_capacity,
        open_orders_max=tail.open_orders_max,
        next_event_seq=tail.next_event_seq,
        next_order_id=tail.next_order_id,
        received_ns=reader.head.received_ns,
    )


def _instrument(reader: _Reader) -> Instrument:
    """Read the instrument from its text; the numbers in its tail must be the same limits."""
    instrument = msgspec.json.decode(reader.text, type=Instrument)
    tail = reader.tail("InstrumentTail")
    notional = tail.max_notional_high << 64 | tail.max_notional_low
    limited = reader.option("OPTION_HAS_NOTIONAL")
    assert (notional if limited else None) == instrument.max_notional_units
    assert tail.min_quantity_lots == instrument.min_quantity_lots
    assert tail.max_quantity_lots == (instrument.max_quantity_lots or 0)
    assert tail.band_basis_points == (instrument.price_band_basis_points or 0)
    assert tail.protection_basis_points == instrument.market_protection_basis_points
    return instrument


def _add_instrument(reader: _Reader) -> AddInstrument:
    return AddInstrument(instrument=_instrument(reader), received_ns=reader.head.received_ns)


def _update_instrument(reader: _Reader) -> UpdateInstrument:
    instrument = _instrument(reader)
    assert instrument.symbol == reader.symbol
    return UpdateInstrument(instrument=instrument, received_ns=reader.head.received_ns)


def _account(reader: _Reader) -> AddAccount:
    head = reader.head
    return AddAccount(account=head.account, name=reader.text, received_ns=head.received_ns)


_READERS: dict[str, Callable[[_Reader], Command]] = {
    "COMMAND_CONFIGURE": _configure,
    "COMMAND_ADD_INSTRUMENT": _add_instrument,
    "COMMAND_UPDATE_INSTRUMENT": _update_instrument,
    "COMMAND_ADD_ACCOUNT": _account,
    "COMMAND_NEW_ORDER": _new_order,
    "COMMAND_AMEND_ORDER": _amend,
    "COMMAND_CANCEL_ORDER": _cancel,
    "COMMAND_CANCEL_ALL": _cancel_all,
    "COMMAND_SET_MARKET_STATE": _market_state,
    "COMMAND_EXPIRE": lambda reader: Expire(received_ns=reader.head.received_ns),
}
