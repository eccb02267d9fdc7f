"""Enter new orders, each client order id once.

Role: the new-order half of the gateway: limits, the idempotency of app/idempotency.py, and the
answer from the outcome. Loop thread. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from collections.abc import Callable
from functools import partial

import msgspec

from app import wire
from app.engine_refusals import ENGINE_REFUSALS, check_without_engine
from app.errors import FieldError, Refusal, refuse
from app.idempotency import Binding
from app.order_fields import check_new_order, fingerprint, new_order_command
from app.order_requests import Fields, NewOrderRequest, read
from app.submission import Caller, Desk, OrderResult, Outcome
from engine.commands import NewOrder

NewOrderDone = Callable[[OrderResult | wire.Validated | Refusal], None]

_NS_PER_US = 1_000


class OrderEntry:
    """Take new orders from their fields to their first outcome, or tell that outcome again."""

    def __init__(self, desk: Desk) -> None:
        """Work with what stands on `desk`."""
        self._market = desk.market
        self._store = desk.store
        self._accounts = desk.accounts
        self._ids = desk.client_order_ids
        self._limiter = desk.limiter
        self._submit = desk.submit
        self._clock_ns = desk.clock_ns

    def enter(self, caller: Caller, fields: Fields, done: NewOrderDone) -> None:
        """Enter an order; `done` is called exactly once, perhaps at once."""
        request = read(fields, NewOrderRequest)
        if not isinstance(request, Refusal):
            request = check_new_order(request, on_socket=caller.connection != 0) or request
        if isinstance(request, Refusal):
            done(request)
            return
        account = self._accounts.ensure(caller.account)
        if account is None:
            done(refuse("capacity", "the server holds as many accounts as it can"))
            return
        command = new_order_command(request, self._market, account, caller.connection)
        binding = self._binding_of(account, request.client_order_id)
        validate_only = request.validate is True
        if binding is not None:
            self._repeat(binding, command, validate_only, done)
        elif isinstance(command, Refusal):
            done(command)
        else:
            self._first(command, validate_only, done)

    def _binding_of(self, account: int, client_order_id: str | None) -> Binding | None:
        if client_order_id is None:
            return None
        return self._ids.find(account, client_order_id, self._clock_ns() // _NS_PER_US)

    # --- the first time -------------------------------------------------------------------

    def _first(self, command: NewOrder, validate_only: bool, done: NewOrderDone) -> None:
        now_ns = self._clock_ns()
        refusal = self._limiter.refusal(command.account, now_ns)
        if refusal is None and validate_only:
            listing = self._market.listings[command.symbol]
            done(check_without_engine(command, listing, now_ns) or wire.Validated())
            return
        refusal = refusal or self._register(command.account) or self._send(command, done)
        if refusal is not None:
            done(refusal)

    def _register(self, account: int) -> Refusal | None:
        """Let the engine know an account's name before its first order."""
        registration = self._accounts.registration(account)
        if registration is None:
            return None
        refusal = self._submit(registration, lambda outcome: None)
        if refusal is None:
            self._accounts.sent(account)
        return refusal

    def _send(self, command: NewOrder, done: NewOrderDone) -> Refusal | None:
        """Submit the command with its id open, so that nobody else can use the id meanwhile."""
        if command.client_order_id is None:
            return self._submit(command, partial(self._outcome, None, done))
        binding = self._ids.open(command.account, command.client_order_id, fingerprint(command))
        refusal = self._submit(command, partial(self._outcome, binding, done))
        if refusal is not None:
            self._ids.release(binding)
        return refusal

    def _outcome(self, binding: Binding | None, done: NewOrderDone, outcome: Outcome) -> None:
        result = self._result(outcome)
        done(result)
        if binding is not None:
            refusal = result if isinstance(result, Refusal) else None
            now_us = self._clock_ns() // _NS_PER_US
            self._ids.settle(binding, order_id=outcome.order_id, refusal=refusal, now_us=now_us)

    def _result(self, outcome: Outcome) -> OrderResult | Refusal:
        if outcome.unknown:
            return refuse("outcome_unknown", "sent, but the answer is not known: look it up")
        if not outcome.accepted:
            return ENGINE_REFUSALS[outcome.reason]
        order = self._store.order(outcome.order_id)
        if order is None:
            return refuse("outcome_unknown", "accepted, but it has already left the history")
        return OrderResult(order)

    # --- again ----------------------------------------------------------------------------

    def _repeat(
        self, binding: Binding, command: NewOrder | Refusal, validate_only: bool, done: NewOrderDone
    ) -> None:
        """Answer for an id that is bound: only the very same order may come under it."""
        if isinstance(command, Refusal) or fingerprint(command) != binding.fingerprint:
            done(_duplicate("the client order id stands for another order"))
        elif validate_only:
            done(wire.Validated())
        elif binding.waiters is not None:
            binding.waiters.append(partial(self._replay, binding, done))
        else:
            self._replay(binding, done)

    def _replay(self, binding: Binding, done: NewOrderDone) -> None:
        """Tell the first outcome again, with the order as it is now."""
        if binding.refusal is not None:
            done(msgspec.structs.replace(binding.refusal, replayed=True))
            return
        order = self._store.order(binding.order_id)
        if order is None:
            done(_duplicate(f"it was order {binding.order_id}, which has left the history"))
            return
        done(OrderResult(msgspec.structs.replace(order, replayed=True), replayed=True))


def _duplicate(detail: str) -> Refusal:
    return refuse("duplicate_client_order_id", detail, FieldError("client_order_id", "bound"))
