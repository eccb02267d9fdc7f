"""Describe who asks the gateway, what it answers, and what it works with.

Role: the types between gateway, its two halves and the door to the engine (app/bridge.py), so that
none of them imports another. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import msgspec

from app import wire
from app.accounts import Accounts
from app.errors import Refusal
from app.idempotency import ClientOrderIds
from app.market import MarketData
from app.rate_limit import RateLimiter
from app.store import OrderStore
from engine.commands import Command
from engine.reasons import Reason


class Outcome(Protocol):
    """What became of a command, told after its whole unit was folded."""

    @property
    def unknown(self) -> bool:
        """Return whether the engine ended before it could tell; the rest means nothing then."""

    @property
    def accepted(self) -> bool:
        """Return whether the engine did it."""

    @property
    def reason(self) -> Reason:
        """Return why not, `Reason.NONE` when accepted."""

    @property
    def order_id(self) -> int:
        """Return the id of the order that a `NewOrder` became, else 0."""

    @property
    def cancelled_ids(self) -> tuple[int, ...]:
        """Return the orders that the unit cancelled, ascending."""


class Submit(Protocol):
    """Hand a command to the engine, as `Bridge.submit` does."""

    def __call__(
        self, command: Command, done: Callable[[Outcome], None], *, reduces: bool = False
    ) -> Refusal | None:
        """Return None when it will be done; `done` is then called exactly once, perhaps at once.

        A refusal: it was not done, and nothing will be called. `reduces` says that an amendment
        takes quantity out, and finds room where a new order would not.
        """
        ...


class Caller(msgspec.Struct, frozen=True):
    """Who asks: the account, and the number of its WebSocket connection, 0 for REST."""

    account: str
    connection: int = 0


class OrderResult(msgspec.Struct, frozen=True):
    """An order as it is now; `replayed` when its client order id had been answered before."""

    order: wire.Order
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Hold the views to read, the registries to write, the door to the engine and the clock."""

    market: MarketData
    store: OrderStore
    accounts: Accounts
    client_order_ids: ClientOrderIds
    limiter: RateLimiter
    submit: Submit
    clock_ns: Callable[[], int]
