"""Play order flow on an engine: actions become commands, events tell the flow what rests.

Role: recorded command streams for tests and benchmarks, in simulated time. Pure; works on the
compiled engine and on its twin alike.
"""

from collections.abc import Iterable, Iterator
from typing import Protocol

from engine.commands import AmendOrder, CancelOrder, NewOrder
from engine.events import (
    LIVING_STATUSES,
    MatchingEngineEvent,
    OrderAdded,
    OrderAmended,
    OrderStatusChanged,
)
from engine.flow import OrderFlow
from engine.flow_orders import Action, Amend, Cancel, OpenOrder, Place, Trader

FlowCommand = NewOrder | AmendOrder | CancelOrder

_NS_PER_US = 1_000


class Engine(Protocol):
    """What the flow needs of an engine."""

    def process(self, command: FlowCommand) -> list[MatchingEngineEvent]:
        """Carry out one command and return its unit of events."""

    def best(self, symbol: str) -> tuple[int | None, int | None]:
        """Return the best bid and ask in ticks."""


class FlowPlayer:
    """Trade one symbol with accounts `first_account` and up, one for each trader."""

    def __init__(
        self, engine: Engine, symbol: str, flow: OrderFlow, *, first_account: int = 1
    ) -> None:
        """Play `flow`, which nobody else plays."""
        self._engine = engine
        self._symbol = symbol
        self._flow = flow
        self._first_account = first_account

    def opening(self) -> Iterator[tuple[FlowCommand, list[MatchingEngineEvent]]]:
        """Carry out the quotes of the first book; yield each command with its unit."""
        for action in self._flow.opening():
            yield self.carry_out(action)

    def actions(self, count: int) -> Iterator[tuple[FlowCommand, list[MatchingEngineEvent]]]:
        """Carry out the next `count` actions; yield each command with its unit."""
        for _ in range(count):
            self._flow.wait_us()
            yield self.carry_out(self._flow.decide(*self._engine.best(self._symbol)))

    def carry_out(self, action: Action) -> tuple[FlowCommand, list[MatchingEngineEvent]]:
        """Carry out one action; return its command and its unit."""
        command = self._command(action)
        events = self._engine.process(command)
        self._observe(events)
        return command, events

    def _command(self, action: Action) -> FlowCommand:
        account = self._first_account + action.trader
        received_ns = self._flow.elapsed_us * _NS_PER_US
        match action:
            case Place():
                return NewOrder(
                    symbol=self._symbol,
                    account=account,
                    side=action.side,
                    type=action.type,
                    quantity_lots=action.quantity_lots,
                    price_ticks=action.price_ticks,
                    time_in_force=action.time_in_force,
                    post_only=action.post_only,
                    received_ns=received_ns,
                )
            case Cancel():
                return CancelOrder(
                    symbol=self._symbol,
                    account=account,
                    order_id=action.order_id,
                    received_ns=received_ns,
                )
            case Amend():
                return AmendOrder(
                    symbol=self._symbol,
                    account=account,
                    order_id=action.order_id,
                    price_ticks=action.price_ticks,
                    quantity_lots=action.quantity_lots,
                    received_ns=received_ns,
                )

    def _observe(self, events: Iterable[MatchingEngineEvent]) -> None:
        """Keep the flow's orders as the engine tells them; others' orders are none of them."""
        orders = self._flow.orders
        for event in events:
            if isinstance(event, (OrderAdded, OrderAmended)):
                trader = event.account - self._first_account
                if event.price_ticks is not None and 0 <= trader < len(Trader):
                    order = OpenOrder(
                        event.order_id,
                        Trader(trader),
                        event.side,
                        event.price_ticks,
                        event.quantity_lots,
                    )
                    orders.add(order)
            elif isinstance(event, OrderStatusChanged):
                if event.new_status not in LIVING_STATUSES:
                    orders.remove(event.order_id)
