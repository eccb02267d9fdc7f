"""Send an `Expire` command when a good-till-date order is due in a symbol nobody touches.

Role: the engine has no clock; a command expires what is due in its own symbol, and this timer does
it for the others, at most `EXPIRE_LATE_MS_MAX` late. Loop thread. Sans-I/O: time is an argument.
"""

import heapq
from collections.abc import Callable, Sequence
from typing import Any, Final

from app.bridge import Done, Outcome
from app.errors import Refusal
from engine.commands import Command, Expire
from engine.events import LIVING_STATUSES, OrderAdded, OrderStatusChanged

ENDED_KEPT: Final = 64
"""Entries of ended orders that are not worth a clean-up."""

EXPIRE_LATE_MS_MAX: Final = 10
"""How late an expiry may be told (docs/EVENTS.md, "Time")."""


def _forget(_outcome: Outcome) -> None:
    """Take the answer of an `Expire`: its events have said all there is."""


class ExpiryTimer:
    """Remember when living orders are due; an event handler. O(log orders) each."""

    name: Final = "expiries"
    event_types: Final = (OrderAdded, OrderStatusChanged)

    def __init__(self, submit: Callable[[Command, Done], Refusal | None]) -> None:
        """Send commands by `submit`."""
        self._submit = submit
        self._due: list[tuple[int, int]] = []
        self._due_us: dict[int, int] = {}

    async def handle_event(self, event: Any) -> None:
        """Note a new order's expiry, or that an order has ended."""
        await self.handle_events((event,))

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Note the expiries of whole units."""
        for event in batch:
            if isinstance(event, OrderAdded):
                if event.expire_at_us is not None:
                    self._due_us[event.order_id] = event.expire_at_us
                    heapq.heappush(self._due, (event.expire_at_us, event.order_id))
            elif self._due_us and event.new_status not in LIVING_STATUSES:
                self._due_us.pop(event.order_id, None)
        if len(self._due) > 2 * len(self._due_us) + ENDED_KEPT:
            # Mostly orders that ended before their time: their entries would pile up for ever.
            self._due = [(due_us, order_id) for order_id, due_us in self._due_us.items()]
            heapq.heapify(self._due)

    def tick(self, now_us: int) -> None:
        """Send one `Expire` if a living order is due; an engine that is busy is asked again."""
        while self._due and self._due[0][1] not in self._due_us:
            heapq.heappop(self._due)
        if not self._due or self._due[0][0] > now_us:
            return
        if self._submit(Expire(), _forget) is not None:
            return
        while self._due and self._due[0][0] <= now_us:
            heapq.heappop(self._due)
