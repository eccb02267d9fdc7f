"""Cancel the orders that were entered to live no longer than their connection.

Role: an event handler that knows which living orders asked for `cancel_on_disconnect`, and sends
their cancels when the connection ends, however it ends. Loop thread. Sans-I/O.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from app.bridge import Done, Outcome
from app.errors import Refusal
from engine.commands import CancelOrder, Command
from engine.events import LIVING_STATUSES, OrderAdded, OrderStatusChanged
from engine.reasons import Reason


def _forget(_outcome: Outcome) -> None:
    """Take the answer of a cancel: its events, or the order's own end, have said all there is."""


class DisconnectCancels:
    """Remember living orders by their connection. O(1) an event, O(orders) a connection's end.

    `is_open` says whether a connection is there still: an order may be accepted after its
    connection has ended.
    """

    name: Final = "disconnects"
    event_types: Final = (OrderAdded, OrderStatusChanged)

    def __init__(
        self, submit: Callable[[Command, Done], Refusal | None], is_open: Callable[[int], bool]
    ) -> None:
        """Send cancels by `submit`."""
        self._submit = submit
        self._is_open = is_open
        self._by_connection: dict[int, dict[int, CancelOrder]] = {}
        self._connection_of: dict[int, int] = {}
        self._unsent: list[CancelOrder] = []

    async def handle_event(self, event: Any) -> None:
        """Note a new order's connection, or that an order has ended."""
        await self.handle_events((event,))

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Note the orders of whole units, then cancel those that came too late."""
        late: set[int] = set()
        for event in batch:
            if isinstance(event, OrderAdded):
                if event.connection != 0:
                    self._remember(event)
                    if not self._is_open(event.connection):
                        late.add(event.connection)
            elif self._connection_of and event.new_status not in LIVING_STATUSES:
                self._drop(event.order_id)
        for connection in late:
            self.connection_ended(connection)

    def connection_ended(self, connection: int) -> None:
        """Cancel what was entered on a connection that is gone."""
        cancels = self._by_connection.pop(connection, {})
        for order_id in cancels:
            del self._connection_of[order_id]
        self._unsent += cancels.values()
        self.tick()

    def tick(self) -> None:
        """Send the cancels that wait; what the engine has no room for is sent at the next one."""
        while self._unsent:
            if self._submit(self._unsent[-1], _forget) is not None:
                return
            self._unsent.pop()

    def _remember(self, event: OrderAdded) -> None:
        cancel = CancelOrder(
            symbol=event.symbol,
            account=event.account,
            order_id=event.order_id,
            reason=Reason.DISCONNECT,
        )
        self._by_connection.setdefault(event.connection, {})[event.order_id] = cancel
        self._connection_of[event.order_id] = event.connection

    def _drop(self, order_id: int) -> None:
        connection = self._connection_of.pop(order_id, None)
        if connection is not None:
            orders = self._by_connection[connection]
            del orders[order_id]
            if not orders:
                del self._by_connection[connection]
