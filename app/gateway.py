"""Let requests about orders into the engine: the one way for REST, WebSocket and demo flow.

Role: syntax, idempotency, limits, decimal text to integers, then a command; its outcome becomes an
answer. The caller's right to ask was checked before (auth/policy.py). Owned by the event loop's
thread. Sans-I/O: submitting and the clock are arguments; never imports asyncio, sockets or clocks.

    fields -> read -> legal? -> integers -> client order id -> rate -> engine -> outcome -> answer
              400     400       404, 422    replay, 409       429    503        order or refusal
"""

from collections.abc import Callable
from functools import partial

from app import wire
from app.accounts import Accounts
from app.batches import Batch
from app.errors import Refusal, refuse
from app.idempotency import ClientOrderIds
from app.market import MarketData
from app.order_changes import CancelAllDone, OrderChanges, OrderDone
from app.order_entry import NewOrderDone, OrderEntry
from app.order_requests import BatchRequest, Fields, read
from app.rate_limit import RateLimiter
from app.store import OrderStore
from app.submission import Caller, Desk, OrderResult, Submit

__all__ = ["Caller", "Gateway", "OrderResult"]

BatchDone = Callable[[wire.BatchOutcomes | Refusal], None]


class Gateway:
    """Answer requests about orders; every `done` is called exactly once, perhaps at once.

    `orders_per_second` bounds one account, 0 = unlimited (app/rate_limit.py says what counts).
    """

    def __init__(
        self,
        *,
        market: MarketData,
        store: OrderStore,
        accounts: Accounts,
        client_order_ids: ClientOrderIds,
        submit: Submit,
        clock_ns: Callable[[], int],
        orders_per_second: int = 0,
    ) -> None:
        """Stand before the engine that `submit` leads to."""
        self._limiter = RateLimiter(orders_per_second)
        desk = Desk(
            market=market,
            store=store,
            accounts=accounts,
            client_order_ids=client_order_ids,
            limiter=self._limiter,
            submit=submit,
            clock_ns=clock_ns,
        )
        self._entry = OrderEntry(desk)
        self._changes = OrderChanges(desk)

    @property
    def rate_limited(self) -> int:
        """Return how many orders were refused for being too fast."""
        return self._limiter.refused

    def new_order(self, caller: Caller, fields: Fields, done: NewOrderDone) -> None:
        """Enter an order, or with `validate` only check it."""
        self._entry.enter(caller, fields, done)

    def batch(self, caller: Caller, fields: Fields, done: BatchDone) -> None:
        """Enter up to 100 orders in their order; each has an outcome of its own."""
        request = read(fields, BatchRequest)
        if isinstance(request, Refusal):
            done(request)
            return
        batch = Batch(len(request.orders), done)
        for place, order in enumerate(request.orders):
            take = partial(batch.take, place)
            if isinstance(order, dict):
                self._entry.enter(caller, order, take)
            else:
                take(refuse("invalid_request", "an order is an object"))

    def amend(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Change a living order; the answer is the order after it."""
        self._changes.amend(caller, fields, done)

    def cancel(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Take a living order out of the market; the answer is the order after it."""
        self._changes.cancel(caller, fields, done)

    def cancel_all(self, caller: Caller, fields: Fields, done: CancelAllDone) -> None:
        """Cancel all the account's living orders, of one symbol or of all."""
        self._changes.cancel_all(caller, fields, done)

    def lookup(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Answer with an order of the account as it is now, living or recent."""
        self._changes.lookup(caller, fields, done)
