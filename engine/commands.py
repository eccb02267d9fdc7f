"""Define the commands: everything that can be asked of the engine.

Role: the input vocabulary. A command is a frozen fact with its time inside (`received_ns`, stamped
by the producer, never going back): the engine has no clock. Every command, also a refused one,
ends in exactly one unit of events (`engine/events.py`). Imports msgspec and `engine` alone.
"""

from enum import IntEnum, unique

import msgspec

from engine import limits
from engine.instruments import Instrument
from engine.reasons import Reason


@unique
class Side(IntEnum):
    """Buy or sell."""

    BUY = 1
    SELL = 2

    @property
    def opposite(self) -> "Side":
        """Return the side this one trades with."""
        return Side.SELL if self is Side.BUY else Side.BUY


@unique
class OrderType(IntEnum):
    """What an order is until it meets the book."""

    LIMIT = 1
    MARKET = 2
    STOP = 3
    STOP_LIMIT = 4


@unique
class TimeInForce(IntEnum):
    """How long an order lives."""

    GTC = 1
    IOC = 2
    FOK = 3
    GTD = 4


@unique
class SelfTradePrevention(IntEnum):
    """What happens when an order meets one of its own account; the incoming order decides."""

    NONE = 0
    CANCEL_NEWEST = 1
    CANCEL_OLDEST = 2
    CANCEL_BOTH = 3
    DECREMENT = 4


@unique
class MarketState(IntEnum):
    """What a symbol takes: everything, post-only orders, cancels and reductions, cancels."""

    OPEN = 0
    POST_ONLY = 1
    CANCEL_ONLY = 2
    HALTED = 3


class Configure(msgspec.Struct, frozen=True, kw_only=True):
    """Open the engine: the first command of every start.

    `epoch` names the run; the capacities bound memory; `open_orders_max` bounds one account
    (0 = unlimited); the `next_…` numbers go on where an earlier run ended.
    """

    epoch: str = ""
    orders_capacity: int = limits.ORDERS_CAPACITY_DEFAULT
    levels_capacity: int = limits.LEVELS_CAPACITY_DEFAULT
    open_orders_max: int = 0
    next_event_seq: int = 1
    next_order_id: int = 1
    received_ns: int = 0


class AddInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """List an instrument; its number is the count of those before it."""

    instrument: Instrument
    received_ns: int = 0


class UpdateInstrument(msgspec.Struct, frozen=True, kw_only=True):
    """Change a listed instrument's limits, for commands from here on; its steps stay."""

    instrument: Instrument
    received_ns: int = 0


class AddAccount(msgspec.Struct, frozen=True, kw_only=True):
    """Register an account under the number that all later commands use."""

    account: int
    name: str = ""
    received_ns: int = 0


class NewOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Enter an order.

    Prices in ticks, quantities in lots, `expire_at_us` and `deadline_us` in microseconds since the
    epoch, `received_ns` in nanoseconds. `time_in_force` None means gtc for the limit types and ioc
    for market and stop. `connection` is the one whose end cancels the order, 0 for none.
    """

    symbol: str
    account: int
    side: Side
    type: OrderType
    quantity_lots: int
    price_ticks: int | None = None
    stop_price_ticks: int | None = None
    time_in_force: TimeInForce | None = None
    post_only: bool = False
    display_lots: int | None = None
    self_trade_prevention: SelfTradePrevention = SelfTradePrevention.CANCEL_NEWEST
    expire_at_us: int | None = None
    deadline_us: int | None = None
    client_order_id: str | None = None
    connection: int = 0
    received_ns: int = 0

    def __post_init__(self) -> None:
        """Fill in the time in force that the order type implies."""
        if self.time_in_force is None:
            resting = self.type in (OrderType.LIMIT, OrderType.STOP_LIMIT)
            implied = TimeInForce.GTC if resting else TimeInForce.IOC
            msgspec.structs.force_setattr(self, "time_in_force", implied)


class AmendOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Change a living order; `quantity_lots` is the new total (filled + remaining)."""

    symbol: str
    account: int
    order_id: int
    price_ticks: int | None = None
    quantity_lots: int | None = None
    stop_price_ticks: int | None = None
    received_ns: int = 0


class CancelOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Take a living order out of the market."""

    symbol: str
    account: int
    order_id: int
    reason: Reason = Reason.USER
    received_ns: int = 0


class CancelAll(msgspec.Struct, frozen=True, kw_only=True):
    """Cancel all living orders of an account, of one symbol or (None) of all."""

    account: int
    symbol: str | None = None
    reason: Reason = Reason.USER
    received_ns: int = 0


class Expire(msgspec.Struct, frozen=True, kw_only=True):
    """Let time pass: every good-till-date order that is due leaves, in all symbols."""

    received_ns: int = 0


class SetMarketState(msgspec.Struct, frozen=True, kw_only=True):
    """Change what a symbol takes; with `cancel_orders` a halt also clears its book."""

    symbol: str
    state: MarketState
    cancel_orders: bool = False
    received_ns: int = 0


Command = (
    Configure
    | AddInstrument
    | UpdateInstrument
    | AddAccount
    | NewOrder
    | AmendOrder
    | CancelOrder
    | CancelAll
    | Expire
    | SetMarketState
)
