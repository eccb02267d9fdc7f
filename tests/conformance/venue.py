"""Speak the outside judge's language to one of our engines: its orders in, its observations out.

Role: the translation alone; `tests/conformance/adapter.py` has the protocol. The judge's rules and
ours differ in form: its `replace` is a cancel and a new order under the old number, its `reduce`
names what goes where our amend names what is to be. A fok that can't be filled, a market order that
finds nobody and one stopped by self-trade prevention count as applied. Never imports the judge.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.commands import (
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.events import (
    LIVING_STATUSES,
    CommandCompleted,
    MatchingEngineEvent,
    OrderAdded,
    OrderMatched,
    OrderStatusChanged,
    Role,
)
from engine.hashing import OrderState
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.implementations import Engine, EngineClass

SYSTEM_ACCOUNT = 0
NO_PROTECTION_PCT = "10000"
ORDER_TYPES = {
    "LIMIT": (OrderType.LIMIT, TimeInForce.GTC),
    "MARKET": (OrderType.MARKET, TimeInForce.IOC),
    "IOC": (OrderType.LIMIT, TimeInForce.IOC),
    "FOK": (OrderType.LIMIT, TimeInForce.FOK),
}
POLICIES = {
    "NONE": SelfTradePrevention.NONE,
    "CANCEL_RESTING": SelfTradePrevention.CANCEL_OLDEST,
    "CANCEL_INCOMING": SelfTradePrevention.CANCEL_NEWEST,
}
APPLIED = {Reason.NONE, Reason.FOK_UNFILLABLE, Reason.NO_LIQUIDITY, Reason.SELF_TRADE}


class Rejected(Exception):
    """The judge is to be told that an event was not applied, and by which of its codes."""


@dataclass(frozen=True)
class Unit:
    """What one command did: why it was refused, if it was, and its fills."""

    reason: Reason
    fills: list[OrderMatched]


class Venue:
    """One engine behind the judge's numbers, symbols and decimals."""

    def __init__(self, engine_type: EngineClass, config: dict[str, Any]) -> None:
        """Open an engine; raises ValueError for an allocation that we don't have."""
        if config["matching_algorithm"] != "fifo":
            raise ValueError("only price-time priority is matched here")
        self._engine: Engine = engine_type()
        self._prevention = POLICIES[config["self_trade_policy"]]
        self._tick_size = config["tick_size"]
        self._lot_size = format(Decimal(1).scaleb(-config["quantity_decimal_places"]), "f")
        self._instruments: dict[str, Instrument] = {}
        # Living orders: ours by the judge's (symbol, number), and back.
        self._order_ids: dict[tuple[str, int], int] = {}
        self._numbers: dict[int, int] = {}

    def observe(self, event: dict[str, Any], index: int) -> dict[str, Any]:
        """Carry out one event and return what the judge compares."""
        outcome: dict[str, Any] = {"status": "applied", "reason": None, "message": None}
        fills: list[dict[str, Any]] = []
        try:
            fills = self._apply(event)
        except Rejected as rejected:
            outcome |= {"status": "rejected", "reason": str(rejected)}
        state = self.snapshot()
        orders = sum(len(book["bids"]) + len(book["asks"]) for book in state["books"])
        text = json.dumps(state, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return {
            "index": index,
            "outcome": outcome,
            "trades": fills,
            "state_hash": hashlib.sha256(text.encode()).hexdigest(),
            "resting_order_count": orders,
        }

    def snapshot(self) -> dict[str, Any]:
        """Return all resting orders of all symbols in the order in which they are met."""
        books = []
        for symbol in sorted(self._instruments):
            orders = self._engine.orders(symbol)
            bids = [self._resting(symbol, o) for o in orders if o.side == Side.BUY]
            asks = [self._resting(symbol, o) for o in orders if o.side == Side.SELL]
            books.append({"symbol": symbol, "bids": bids, "asks": asks})
        return {"books": books}

    def _resting(self, symbol: str, order: OrderState) -> dict[str, Any]:
        instrument = self._instruments[symbol]
        return {
            "order_id": self._numbers[order.order_id],
            "price": shortest(instrument.tick.text(order.price_ticks)),
            "remaining_quantity": shortest(instrument.lot.text(order.remaining_lots)),
            "owner": order.account,
            "order_type": "LIMIT",
        }

    def _apply(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        symbol, number, operation = event["symbol"], event["order_id"], event["op"]
        if operation in ("new", "clear"):
            self._list(symbol)
        if operation == "clear":
            self._process(CancelAll(account=SYSTEM_ACCOUNT, symbol=symbol))
            return []
        living = self._order_ids.get((symbol, number))
        if operation == "new":
            if living is not None:
                raise Rejected("DUPLICATE_ORDER_ID")
            return self._enter(event, self._new_order(event))
        if living is None:
            raise Rejected("ORDER_NOT_ACTIVE")
        order = next(o for o in self._engine.orders(symbol) if o.order_id == living)
        if operation == "replace":
            return self._replace(event, order)
        if operation == "reduce":
            self._reduce(event, order)
        else:
            self._process(CancelOrder(symbol=symbol, account=order.account, order_id=living))
        return []

    def _list(self, symbol: str) -> None:
        if symbol not in self._instruments:
            instrument = Instrument(
                symbol, self._tick_size, self._lot_size, market_protection_pct=NO_PROTECTION_PCT
            )
            self._instruments[symbol] = instrument
            self._process(AddInstrument(instrument=instrument))

    def _new_order(self, event: dict[str, Any]) -> NewOrder:
        instrument = self._instruments[event["symbol"]]
        type_, time_in_force = ORDER_TYPES[event["order_type"]]
        limited = type_ is OrderType.LIMIT
        return NewOrder(
            symbol=instrument.symbol,
            account=event["owner"],
            side=Side[event["side"]],
            type=type_,
            price_ticks=instrument.tick.count(plain(event["price"])) if limited else None,
            quantity_lots=instrument.lot.count(plain(event["quantity"])),
            time_in_force=time_in_force,
            self_trade_prevention=self._prevention,
        )

    def _replace(self, event: dict[str, Any], order: OrderState) -> list[dict[str, Any]]:
        """Cancel and enter anew: the judge's replacement always loses its place."""
        instrument = self._instruments[event["symbol"]]
        price, quantity = event["price"], event["quantity"]
        after = NewOrder(
            symbol=instrument.symbol,
            account=order.account,
            side=Side(order.side),
            type=OrderType.LIMIT,
            price_ticks=order.price_ticks if price is None else instrument.tick.count(plain(price)),
            quantity_lots=(
                order.remaining_lots if quantity is None else instrument.lot.count(plain(quantity))
            ),
            self_trade_prevention=self._prevention,
        )
        self._process(
            CancelOrder(symbol=after.symbol, account=order.account, order_id=order.order_id)
        )
        return self._enter(event, after)

    def _reduce(self, event: dict[str, Any], order: OrderState) -> None:
        """Take lots off an order; it keeps its place, and leaves when nothing remains."""
        symbol = event["symbol"]
        lots = self._instruments[symbol].lot.count(plain(event["quantity"]))
        if lots > order.remaining_lots:
            raise Rejected("INVALID_ORDER")
        self._process(
            AmendOrder(
                symbol=symbol,
                account=order.account,
                order_id=order.order_id,
                quantity_lots=order.quantity_lots - lots,
            )
        )

    def _enter(self, event: dict[str, Any], command: NewOrder) -> list[dict[str, Any]]:
        unit = self._process(command, event["order_id"])
        if unit.reason not in APPLIED:
            raise Rejected("INVALID_REPLACEMENT" if event["op"] == "replace" else "INVALID_ORDER")
        return [self._fill(fill) for fill in unit.fills]

    def _fill(self, fill: OrderMatched) -> dict[str, Any]:
        instrument = self._instruments[fill.symbol]
        pair = (self._numbers[fill.order_id], self._numbers[fill.counter_order_id])
        buyer, seller = pair if fill.side is Side.BUY else reversed(pair)
        return {
            "symbol": fill.symbol,
            "buy_order_id": buyer,
            "sell_order_id": seller,
            "price": shortest(instrument.tick.text(fill.price_ticks)),
            "quantity": shortest(instrument.lot.text(fill.quantity_lots)),
        }

    def _process(self, command: Command, number: int = 0) -> Unit:
        """Process one command; `number` is the judge's for the order that it enters."""
        events: Sequence[MatchingEngineEvent] = self._engine.process(command)
        self._engine.check_invariants()
        for event in events:
            if isinstance(event, OrderAdded):
                self._order_ids[event.symbol, number] = event.order_id
                self._numbers[event.order_id] = number
            elif isinstance(event, OrderStatusChanged) and event.new_status not in LIVING_STATUSES:
                if event.order_id != 0 and event.symbol is not None:
                    del self._order_ids[event.symbol, self._numbers[event.order_id]]
        completed = events[-1]
        assert isinstance(completed, CommandCompleted), "a unit ends with its command's end"
        matches = [event for event in events if isinstance(event, OrderMatched)]
        return Unit(completed.reason, [match for match in matches if match.role is Role.TAKER])


def plain(number: Decimal | int) -> str:
    """Return a JSON number as plain decimal text, without an exponent."""
    return format(Decimal(number), "f")


def shortest(text: str) -> str:
    """Return decimal text without zeros at its end."""
    return text.rstrip("0").rstrip(".") if "." in text else text
