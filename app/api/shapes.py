"""Define what only REST takes and answers, beside app/wire.py and app/order_requests.py.

Role: the source of the OpenAPI document for these. Imports msgspec and the shared shapes.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app import wire
from app.limits import BATCH_ORDERS_MAX
from app.order_requests import Decimal, NewOrderRequest


class AmendBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of the order in the path; `quantity` is the new total, filled included."""

    price: Decimal | None = None
    quantity: Decimal | None = None
    stop_price: Decimal | None = None


class BatchBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New orders, done in this order, each with an outcome of its own."""

    orders: Annotated[tuple[NewOrderRequest, ...], Meta(min_length=1, max_length=BATCH_ORDERS_MAX)]


class MarketStateBody(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a symbol shall take; with `cancel_orders` its whole book is cancelled as well."""

    state: wire.MarketStateName
    cancel_orders: bool = False


class Instruments(msgspec.Struct, frozen=True):
    """All instruments in listing order."""

    instruments: tuple[wire.InstrumentInfo, ...]


class Trades(msgspec.Struct, frozen=True):
    """Trades of one symbol, newest first."""

    symbol: str
    trades: tuple[wire.Trade, ...]


class SymbolState(msgspec.Struct, frozen=True):
    """What a symbol takes now."""

    symbol: str
    state: wire.MarketStateName


class AccountBlocked(msgspec.Struct, frozen=True):
    """Whether an account may come in, and how many of its connections were closed."""

    account: str
    blocked: bool
    connections: int


class AccountCancelled(msgspec.Struct, frozen=True):
    """How many orders of an account were cancelled, and the ids of the first 1,000."""

    account: str
    count: int
    cancelled: tuple[str, ...]


class AccountDisconnected(msgspec.Struct, frozen=True):
    """How many connections of an account were closed."""

    account: str
    connections: int


class Health(msgspec.Struct, frozen=True):
    """How the process is: `ok` when it runs, `ready` when it takes orders."""

    status: Literal["ok", "ready"]
