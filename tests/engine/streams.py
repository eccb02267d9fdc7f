"""Make random command streams, by seed and profile.

Role: every profile leans on one part of the rules (tests/engine/profiles.py). A stream listens to
the events so that its amends and cancels mostly name living orders; the same seed and the same
events give the same commands, in every process.
"""

from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

import msgspec

from engine import limits
from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Expire,
    MarketState,
    NewOrder,
    OrderType,
    SetMarketState,
    Side,
    TimeInForce,
    UpdateInstrument,
)
from engine.events import (
    LIVING_STATUSES,
    MatchingEngineEvent,
    OrderAdded,
    OrderStatusChanged,
    TradeExecuted,
)
from engine.instruments import Instrument
from engine.reasons import CANCEL_COMMAND_REASONS, Reason
from tests.engine.profiles import Profile

T = TypeVar("T")
US = 1_000
TIMES_MAX_US = limits.SEQUENCE_MAX // 1_000


class Stream:
    """An endless stream of commands."""

    def __init__(self, profile: Profile, seed: int) -> None:
        """Start the stream that `seed` names."""
        self.profile = profile
        self.random = Random(f"{profile.name}/{seed}")
        self.now_us = 1_000
        self.last_ticks = dict.fromkeys(profile.symbols, profile.price_ticks)
        self._orders: dict[int, OrderAdded] = {}
        self._ids: list[int] = []

    def hear(self, events: Sequence[MatchingEngineEvent]) -> None:
        """Learn from the events which orders live and where the market stands."""
        for event in events:
            if isinstance(event, OrderAdded):
                self._orders[event.order_id] = event
                self._ids.append(event.order_id)
            elif isinstance(event, OrderStatusChanged):
                if event.order_id and event.new_status not in LIVING_STATUSES:
                    self._orders.pop(event.order_id, None)
            elif isinstance(event, TradeExecuted):
                self.last_ticks[event.symbol] = event.price_ticks

    def next(self) -> Command:
        """Return the next command."""
        random, profile = self.random, self.profile
        if random.random() < profile.time_moves:
            self.now_us += random.choice((1, 1, 2, 5, 30))
        makers: dict[str, Callable[[], Command]] = {
            "new": self._new,
            "amend": self._amend,
            "cancel": self._cancel,
            "cancel_all": self._cancel_all,
            "state": self._state,
            "expire": lambda: Expire(received_ns=self._ns()),
            "register": self._register,
            "list": self._list,
            "limits": self._limits,
        }
        kind = self._weighted(profile.commands)
        command = makers[kind]()
        if isinstance(command, NewOrder) and random.random() < profile.spoiled:
            return self._spoiled(command)
        return command

    def _new(self) -> NewOrder:
        random, profile = self.random, self.profile
        kind = self._weighted(profile.types)
        side = random.choice((Side.BUY, Side.SELL))
        symbol = random.choice(profile.symbols)
        limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        tif = self._weighted(profile.times_in_force) if limited else TimeInForce.IOC
        quantity = self._quantity()
        rests = limited and tif in (TimeInForce.GTC, TimeInForce.GTD)
        iceberg = kind is OrderType.LIMIT and rests and random.random() < profile.icebergs
        expires = self.now_us + random.randint(0, 40) if tif is TimeInForce.GTD else None
        return NewOrder(
            symbol=symbol,
            account=random.randint(1, profile.accounts),
            side=side,
            type=kind,
            quantity_lots=quantity,
            price_ticks=self._price(symbol, side, tif) if limited else None,
            stop_price_ticks=self._stop(symbol, side) if kind in _STOPS else None,
            time_in_force=tif,
            post_only=rests and random.random() < profile.post_only,
            display_lots=random.randint(1, max(1, quantity // 2)) if iceberg else None,
            self_trade_prevention=self._weighted(profile.self_trade),
            expire_at_us=expires,
            deadline_us=self.now_us - 1 + random.randint(0, 9) if random.random() < 0.02 else None,
            client_order_id=f"c{random.randint(0, 99)}" if random.random() < 0.1 else None,
            connection=random.choice((0, 0, 0, 7)),
            received_ns=self._ns(),
        )

    def _amend(self) -> Command:
        random = self.random
        order = self._order()
        if order is None:
            return self._new()
        fields: dict[str, Any] = {}
        if random.random() < 0.6:
            factor = random.choice((0, 2, 2, 3, 3, 4, 5, 5, 6, 8))
            fields["quantity_lots"] = max(0, order.quantity_lots * factor // 4)
        if random.random() < 0.5 and order.price_ticks is not None:
            stay = random.random() < 0.2
            symbol, side = order.symbol, order.side
            fields["price_ticks"] = order.price_ticks if stay else self._price(symbol, side)
        if random.random() < 0.5 and order.stop_price_ticks is not None:
            fields["stop_price_ticks"] = self._stop(order.symbol, order.side)
        if random.random() < 0.01:
            fields[random.choice(("price_ticks", "stop_price_ticks", "quantity_lots"))] = -1
        return AmendOrder(
            symbol=self._symbol_of(order),
            account=self._account_of(order),
            order_id=order.order_id,
            received_ns=self._ns(),
            **fields,
        )

    def _cancel(self) -> Command:
        order = self._order()
        if order is None:
            return self._new()
        return CancelOrder(
            symbol=self._symbol_of(order),
            account=self._account_of(order),
            order_id=order.order_id,
            reason=self._reason(),
            received_ns=self._ns(),
        )

    def _cancel_all(self) -> CancelAll:
        random = self.random
        everybody = random.random() < 0.1
        return CancelAll(
            account=0 if everybody else random.randint(1, self.profile.accounts),
            symbol=random.choice((None, *self.profile.symbols)),
            reason=self._reason(),
            received_ns=self._ns(),
        )

    def _state(self) -> SetMarketState:
        random = self.random
        return SetMarketState(
            symbol=random.choice(self.profile.symbols),
            state=random.choice((MarketState.OPEN, MarketState.OPEN, *MarketState)),
            cancel_orders=random.random() < 0.05,
            received_ns=self._ns(),
        )

    def _register(self) -> AddAccount:
        return AddAccount(account=self.random.randint(0, 40), received_ns=self._ns())

    def _list(self) -> AddInstrument:
        instrument = Instrument(self.random.choice(("X", "LATE", "LATER")), "1", "1")
        return AddInstrument(instrument=instrument, received_ns=self._ns())

    def _limits(self) -> UpdateInstrument:
        random = self.random
        symbol = random.choice((*self.profile.symbols, "NONE"))
        steps = "2" if random.random() < 0.1 else "1"
        limits_now = random.choice(
            (
                {},
                {"min_quantity": steps, "max_quantity": "40"},
                {"price_band_pct": "15", "max_notional": "4000"},
                {"market_protection_pct": "1"},
            )
        )
        instrument = Instrument(symbol, "1", steps, **limits_now)
        return UpdateInstrument(instrument=instrument, received_ns=self._ns())

    def _spoiled(self, command: NewOrder) -> NewOrder:
        """Return the order with one field that it should not have."""
        field, values = self.random.choice(_SPOILERS)
        return msgspec.structs.replace(command, **{field: self.random.choice(values)})

    def _price(self, symbol: str, side: Side, tif: TimeInForce = TimeInForce.GTC) -> int:
        random, profile = self.random, self.profile
        if profile.wide and random.random() < 0.5:
            return random.choice((1, 2, random.getrandbits(40) or 1, limits.PRICE_TICKS_MAX))
        away = 1 + abs(int(random.gauss(0, profile.width_ticks)))
        at_once = tif in (TimeInForce.IOC, TimeInForce.FOK)
        crossing = random.random() < (0.8 if at_once else profile.crossing)
        sign = 1 if (side is Side.BUY) == crossing else -1
        middle = profile.price_ticks if random.random() < 0.5 else self.last_ticks[symbol]
        return min(max(1, middle + sign * away), limits.PRICE_TICKS_MAX)

    def _stop(self, symbol: str, side: Side) -> int:
        away = int(self.random.gauss(self.profile.width_ticks, self.profile.width_ticks))
        sign = 1 if side is Side.BUY else -1
        return min(max(1, self.last_ticks[symbol] + sign * away), limits.PRICE_TICKS_MAX)

    def _quantity(self) -> int:
        random, largest = self.random, self.profile.quantity_lots
        if self.profile.wide and random.random() < 0.3:
            return random.choice((1, random.getrandbits(48) or 1, limits.QUANTITY_LOTS_MAX))
        if self.profile.even_sizes:
            return random.randint(1, largest)
        return max(1, min(int(random.paretovariate(1.2)), largest))

    def _order(self) -> OrderAdded | None:
        """Return an order, mostly a living one."""
        if not self._ids:
            return None
        if self._orders and self.random.random() < 0.95:
            for _ in range(4):
                found = self._orders.get(self.random.choice(self._ids[-200:]))
                if found is not None:
                    return found
            return self._orders[next(iter(self._orders))]
        order_id = self.random.choice(self._ids) + self.random.choice((0, 0, 1, 1_000_000))
        return self._orders.get(order_id) or _unknown(order_id, self.profile.symbols[0])

    def _symbol_of(self, order: OrderAdded) -> str:
        other = self.random.random() < 0.01
        return self.random.choice((*self.profile.symbols, "NONE")) if other else order.symbol

    def _account_of(self, order: OrderAdded) -> int:
        other = self.random.random() < 0.02
        return self.random.randint(0, self.profile.accounts) if other else order.account

    def _reason(self) -> Reason:
        if self.random.random() < 0.02:
            return self.random.choice((Reason.NONE, Reason.IOC, Reason.EXPIRED))
        return self.random.choice(sorted(CANCEL_COMMAND_REASONS))

    def _ns(self) -> int:
        # Sometimes a stamp that is behind: the engine's clock must not follow it.
        behind = self.random.randint(1, 20) if self.random.random() < 0.02 else 0
        return (self.now_us - behind) * US

    def _weighted(self, weights: dict[T, int]) -> T:
        return self.random.choices(list(weights), list(weights.values()))[0]


_STOPS = (OrderType.STOP, OrderType.STOP_LIMIT)
_SPOILERS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("symbol", ("NONE",)),
    ("account", (0, -1, limits.ACCOUNTS_MAX, 30)),
    ("price_ticks", (None, 0, -1, 1, limits.PRICE_TICKS_MAX + 1)),
    ("stop_price_ticks", (None, 0, -1, 1, limits.PRICE_TICKS_MAX + 1)),
    ("quantity_lots", (0, -1, limits.QUANTITY_LOTS_MAX + 1)),
    ("display_lots", (0, -1, 1, limits.QUANTITY_LOTS_MAX)),
    ("expire_at_us", (None, 0, TIMES_MAX_US)),
    ("deadline_us", (0, TIMES_MAX_US)),
    ("post_only", (True,)),
    ("time_in_force", tuple(TimeInForce)),
    ("type", tuple(OrderType)),
)


def _unknown(order_id: int, symbol: str) -> OrderAdded:
    """Return an order that never was, to be amended and cancelled."""
    fields = dict.fromkeys(OrderAdded.__struct_fields__)
    fields |= {"symbol": symbol, "account": 1, "order_id": order_id, "quantity_lots": 4}
    return OrderAdded(**fields)  # type: ignore[arg-type]
