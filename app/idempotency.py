"""Remember which order each client order id stands for, so that nothing is done twice.

Role: the idempotency of docs/PROTOCOL.md: one space per account for REST and WebSocket. An id is
opened when its command goes to the engine, settled by the outcome, kept while the order lives and
for a day after its end. Loop thread. Sans-I/O: never imports asyncio, sockets or clocks.
"""

from collections.abc import Callable
from typing import Final

from app.errors import Refusal
from app.history import History

KEPT_US: Final = 24 * 3_600 * 1_000_000
"""How long an id is kept after its order ended or was refused."""

CLIENT_ORDER_IDS_MAX: Final = 500_000
CLIENT_ORDER_IDS_PER_ACCOUNT_MAX: Final = 100_000
"""Settled ids in memory, some 300 bytes each. Beyond these bounds the oldest go before their day
is over; an id whose order lives is never dropped."""


class Binding:
    """One id: pending while `waiters` is a list, then settled on an order or on a refusal."""

    __slots__ = (
        "account",
        "client_order_id",
        "ended_us",
        "fingerprint",
        "order_id",
        "refusal",
        "waiters",
    )

    def __init__(self, account: int, client_order_id: str, fingerprint: bytes) -> None:
        """Open the id: what becomes of its order is not known yet."""
        self.account = account
        self.client_order_id = client_order_id
        self.fingerprint = fingerprint
        self.order_id = 0
        self.refusal: Refusal | None = None
        self.ended_us: int | None = None
        self.waiters: list[Callable[[], None]] | None = []

    @property
    def pending(self) -> bool:
        """Return whether the first outcome is still to come."""
        return self.waiters is not None


class ClientOrderIds:
    """Find, open and settle ids; every operation is O(1)."""

    def __init__(
        self,
        *,
        ids_max: int = CLIENT_ORDER_IDS_MAX,
        ids_per_account_max: int = CLIENT_ORDER_IDS_PER_ACCOUNT_MAX,
    ) -> None:
        """Bound the settled ids whose order has ended."""
        self._bindings: dict[int, dict[str, Binding]] = {}
        self._ended: History[Binding] = History(
            items_max=ids_max, items_per_account_max=ids_per_account_max
        )

    def find(self, account: int, client_order_id: str, now_us: int) -> Binding | None:
        """Return what the id stands for, None when it is free (again)."""
        binding = self._bindings.get(account, {}).get(client_order_id)
        if binding is None or binding.ended_us is None or now_us < binding.ended_us + KEPT_US:
            return binding
        self._forget(binding)
        return None

    def open(self, account: int, client_order_id: str, fingerprint: bytes) -> Binding:
        """Bind a free id to the command that is about to be submitted."""
        binding = Binding(account, client_order_id, fingerprint)
        self._bindings.setdefault(account, {})[client_order_id] = binding
        return binding

    def release(self, binding: Binding) -> None:
        """Free the id of a command that was not done; nobody can be waiting for it yet."""
        assert not binding.waiters
        binding.waiters = None
        self._forget(binding)

    def settle(
        self, binding: Binding, *, order_id: int, refusal: Refusal | None, now_us: int
    ) -> None:
        """Note the first outcome, then tell all who waited for it, in their order."""
        waiters, binding.waiters = binding.waiters, None
        assert waiters is not None, "an id has one outcome"
        binding.order_id, binding.refusal = order_id, refusal
        if refusal is not None and binding.ended_us is None:
            binding.ended_us = now_us
        if binding.ended_us is not None:
            self._age(binding)
        for waiter in waiters:
            waiter()

    def order_ended(self, account: int, client_order_id: str, ended_us: int) -> None:
        """Let the day begin after which the id of an ended order is free again."""
        binding = self._bindings.get(account, {}).get(client_order_id)
        if binding is None or binding.ended_us is not None:
            return
        binding.ended_us = ended_us
        if not binding.pending:
            self._age(binding)

    def _age(self, binding: Binding) -> None:
        dropped = self._ended.append(binding.account, binding)
        if dropped is not None:
            self._forget(dropped)

    def _forget(self, binding: Binding) -> None:
        """Free the id, unless it has been bound anew."""
        bindings = self._bindings.get(binding.account, {})
        if bindings.get(binding.client_order_id) is binding:
            del bindings[binding.client_order_id]
            if not bindings:
                del self._bindings[binding.account]
