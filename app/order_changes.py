"""Find, amend and cancel orders that were entered before.

Role: the half of the gateway for orders that exist; an order still on its way is waited for. Loop
thread. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from collections.abc import Callable
from functools import partial

from app import wire
from app.engine_refusals import ENGINE_REFUSALS
from app.errors import Refusal, refuse
from app.limits import CANCELLED_IDS_MAX
from app.order_fields import (
    amend_command,
    check_amend,
    check_reference,
    parse_order_id,
    unknown_symbol,
)
from app.order_records import OrderRecord
from app.order_requests import AmendRequest, CancelAllRequest, Fields, OrderReference, read
from app.submission import Caller, Desk, OrderResult, Outcome
from engine.commands import AmendOrder, CancelAll, CancelOrder
from engine.reasons import Reason

OrderDone = Callable[[OrderResult | Refusal], None]
CancelAllDone = Callable[[wire.CancelAllResult | Refusal], None]

_UNKNOWN_ORDER = ENGINE_REFUSALS[Reason.UNKNOWN_ORDER]
_NS_PER_US = 1_000


class OrderChanges:
    """Take requests about existing orders to their answers."""

    def __init__(self, desk: Desk) -> None:
        """Work with what stands on `desk`."""
        self._market = desk.market
        self._store = desk.store
        self._accounts = desk.accounts
        self._ids = desk.client_order_ids
        self._limiter = desk.limiter
        self._submit = desk.submit
        self._clock_ns = desk.clock_ns

    def amend(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Change price, total quantity or stop price of a living order."""
        request = read(fields, AmendRequest)
        if not isinstance(request, Refusal):
            request = check_amend(request) or request
        if isinstance(request, Refusal):
            done(request)
            return
        self._on_order(caller, request, partial(self._amend, request, done), done)

    def cancel(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Take a living order out of the market."""
        request = read(fields, OrderReference)
        self._on_order(caller, request, partial(self._cancel, done), done)

    def lookup(self, caller: Caller, fields: Fields, done: OrderDone) -> None:
        """Answer with an order as it is now."""
        request = read(fields, OrderReference)
        self._on_order(caller, request, lambda record: done(OrderResult(record.to_wire())), done)

    def cancel_all(self, caller: Caller, fields: Fields, done: CancelAllDone) -> None:
        """Cancel all living orders of the account, of one symbol or of all."""
        request = read(fields, CancelAllRequest)
        if isinstance(request, Refusal):
            done(request)
            return
        if request.symbol is not None and self._market.listing(request.symbol) is None:
            done(unknown_symbol(request.symbol))
            return
        account = self._accounts.number(caller.account)
        if account is None:
            done(wire.CancelAllResult(0, 0, ()))
            return
        command = CancelAll(account=account, symbol=request.symbol)
        refusal = self._submit(command, partial(self._all_cancelled, caller.account, done))
        if refusal is not None:
            done(refusal)

    # --- orders by either id --------------------------------------------------------------

    def _on_order(
        self,
        caller: Caller,
        request: AmendRequest | OrderReference | Refusal,
        then: Callable[[OrderRecord], None],
        done: OrderDone,
    ) -> None:
        """Go on with the order that a request names, once its own entry is answered."""
        if not isinstance(request, Refusal):
            request = check_reference(request) or request
        if isinstance(request, Refusal):
            done(request)
            return
        find = partial(self._find, caller.account, request, then, done)
        waiters = self._waiters(caller.account, request.client_order_id)
        if waiters is None:
            find()
        else:
            waiters.append(find)

    def _waiters(
        self, account_name: str, client_order_id: str | None
    ) -> list[Callable[[], None]] | None:
        """Return the queue of those who wait for an order on its way, None when it is not."""
        account = self._accounts.number(account_name)
        if account is None or client_order_id is None:
            return None
        binding = self._ids.find(account, client_order_id, self._clock_ns() // _NS_PER_US)
        return None if binding is None else binding.waiters

    def _find(
        self,
        account: str,
        request: AmendRequest | OrderReference,
        then: Callable[[OrderRecord], None],
        done: OrderDone,
    ) -> None:
        record = self._record(account, request)
        if record is None or record.owner != account:
            done(_UNKNOWN_ORDER)
        else:
            then(record)

    def _record(self, account: str, request: AmendRequest | OrderReference) -> OrderRecord | None:
        if request.client_order_id is not None:
            return self._store.record_by_client_id(account, request.client_order_id)
        order_id = parse_order_id(request.order_id or "")
        return None if order_id is None else self._store.record(order_id)

    def _amend(self, request: AmendRequest, done: OrderDone, record: OrderRecord) -> None:
        if not record.is_living:
            done(_already_done(record))
            return
        command = amend_command(request, record.listing, record.account, record.order_id)
        if isinstance(command, Refusal):
            done(command)
            return
        refusal = None
        reduces = _only_reduces(command, record)
        if not reduces:
            refusal = self._limiter.refusal(record.account, self._clock_ns())
        if refusal is None:
            answer = partial(self._changed, record, done)
            refusal = self._submit(command, answer, reduces=reduces)
        if refusal is not None:
            done(refusal)

    def _cancel(self, done: OrderDone, record: OrderRecord) -> None:
        if not record.is_living:
            done(_already_done(record))
            return
        command = CancelOrder(
            symbol=record.listing.symbol, account=record.account, order_id=record.order_id
        )
        refusal = self._submit(command, partial(self._changed, record, done))
        if refusal is not None:
            done(refusal)

    def _changed(self, record: OrderRecord, done: OrderDone, outcome: Outcome) -> None:
        """Answer an amend or a cancel; an order that ended on the way is `already_done`."""
        if outcome.unknown:
            done(_outcome_unknown())
        elif outcome.accepted:
            done(OrderResult(record.to_wire()))
        elif outcome.reason is Reason.UNKNOWN_ORDER:
            done(_already_done(record))
        else:
            done(ENGINE_REFUSALS[outcome.reason])

    def _all_cancelled(
        self,
        account: str,
        done: Callable[[wire.CancelAllResult | Refusal], None],
        outcome: Outcome,
    ) -> None:
        if outcome.unknown:
            done(_outcome_unknown())
        elif not outcome.accepted:
            done(ENGINE_REFUSALS[outcome.reason])
        else:
            ids = [i for i in outcome.cancelled_ids if self._was_cancelled(account, i)]
            first = tuple(str(order_id) for order_id in ids[:CANCELLED_IDS_MAX])
            done(wire.CancelAllResult(len(ids), self._store.account_seq(account), first))

    def _was_cancelled(self, account: str, order_id: int) -> bool:
        """Leave out what was merely due to expire in the same unit, also of other accounts.

        An order that has already left the history was one of very many: the account's own.
        """
        record = self._store.record(order_id)
        return record is None or (record.owner == account and record.reason is not Reason.EXPIRED)


def _only_reduces(command: AmendOrder, record: OrderRecord) -> bool:
    return (
        command.quantity_lots is not None
        and command.quantity_lots <= record.quantity_lots
        and command.price_ticks in (None, record.price_ticks)
        and command.stop_price_ticks in (None, record.stop_price_ticks)
    )


def _already_done(record: OrderRecord) -> Refusal:
    status = wire.STATUS_NAMES[record.status]
    return refuse("already_done", f"the order has ended before: {status}")


def _outcome_unknown() -> Refusal:
    return refuse("outcome_unknown", "sent, but the answer is not known: look the order up")
