"""Write the events of one unit for the readable twin.

Role: numbers events and fills their fields from orders; decides nothing. Imports `engine` alone.
"""

from engine import limits
from engine.commands import AddInstrument, Configure, NewOrder, Side, UpdateInstrument
from engine.events import (
    AccountAdded,
    AmendCause,
    CommandCompleted,
    Configured,
    DepthUpdated,
    InstrumentAdded,
    InstrumentUpdated,
    MarketStateChanged,
    MatchingEngineEvent,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatus,
    OrderStatusChanged,
    Role,
    TradeExecuted,
)
from engine.reasons import Reason
from engine.reference_book import Book, Order


class EventWriter:
    """Collect the events of the unit that is being made."""

    def __init__(self) -> None:
        """Start before the first unit."""
        self.next_seq = 1
        self.engine_ns = 0
        self._events: list[MatchingEngineEvent] = []

    def take_unit(self) -> list[MatchingEngineEvent]:
        """Return the finished unit and start the next one."""
        unit, self._events = self._events, []
        return unit

    def order_added(self, order: Order) -> None:
        """Tell that a new order was accepted."""
        self._events.append(
            OrderAdded(
                seq=self._seq(),
                symbol=order.book.symbol,
                engine_ns=self.engine_ns,
                account=order.account,
                order_id=order.order_id,
                side=order.side,
                type=order.type,
                time_in_force=order.time_in_force,
                price_ticks=order.price_ticks,
                stop_price_ticks=order.stop_price_ticks,
                quantity_lots=order.quantity_lots,
                display_lots=order.display_lots,
                post_only=order.post_only,
                self_trade_prevention=order.self_trade_prevention,
                expire_at_us=order.expire_at_us,
                client_order_id=order.client_order_id,
                connection=order.connection,
                status=order.status,
            )
        )

    def order_amended(
        self, order: Order, cause: AmendCause, *, priority_kept: bool, visible_lots: int
    ) -> None:
        """Tell what a living order became."""
        self._events.append(
            OrderAmended(
                seq=self._seq(),
                symbol=order.book.symbol,
                engine_ns=self.engine_ns,
                account=order.account,
                order_id=order.order_id,
                side=order.side,
                price_ticks=order.price_ticks,
                stop_price_ticks=order.stop_price_ticks,
                quantity_lots=order.quantity_lots,
                remaining_lots=order.remaining_lots,
                cumulative_lots=order.cumulative_lots,
                display_lots=order.display_lots,
                visible_lots=visible_lots,
                priority_kept=priority_kept,
                cause=cause,
                status=order.status,
            )
        )

    def trade_executed(self, taker: Order, trade_id: int, price_ticks: int, lots: int) -> None:
        """Print a trade; the aggressor's side is the taker's."""
        self._events.append(
            TradeExecuted(
                seq=self._seq(),
                symbol=taker.book.symbol,
                engine_ns=self.engine_ns,
                trade_id=trade_id,
                side=taker.side,
                price_ticks=price_ticks,
                quantity_lots=lots,
            )
        )

    def order_matched(
        self, order: Order, counter: Order, role: Role, trade_id: int, price_ticks: int, lots: int
    ) -> None:
        """Tell one of the two orders of a trade what it got."""
        self._events.append(
            OrderMatched(
                seq=self._seq(),
                symbol=order.book.symbol,
                engine_ns=self.engine_ns,
                account=order.account,
                counter_account=counter.account,
                order_id=order.order_id,
                counter_order_id=counter.order_id,
                trade_id=trade_id,
                side=order.side,
                price_ticks=price_ticks,
                quantity_lots=lots,
                remaining_lots=order.remaining_lots,
                cumulative_lots=order.cumulative_lots,
                price_quantity_sum=order.price_quantity_sum,
                role=role,
            )
        )

    def order_cancelled(self, order: Order, reason: Reason) -> None:
        """Tell that all that remains of an order leaves."""
        self._events.append(
            OrderCancelled(
                seq=self._seq(),
                symbol=order.book.symbol,
                engine_ns=self.engine_ns,
                account=order.account,
                order_id=order.order_id,
                quantity_lots=order.remaining_lots,
                reason=reason,
            )
        )

    def change_status(
        self, order: Order, status: OrderStatus, reason: Reason = Reason.NONE
    ) -> None:
        """Give an order a status and tell it, where it is another one."""
        old_status, order.status = order.status, status
        if status is not old_status:
            self.status_changed(order, old_status, reason)

    def status_changed(
        self, order: Order, old_status: OrderStatus, reason: Reason = Reason.NONE
    ) -> None:
        """Tell that an order's status is another one than before."""
        self._events.append(
            OrderStatusChanged(
                seq=self._seq(),
                symbol=order.book.symbol,
                engine_ns=self.engine_ns,
                account=order.account,
                order_id=order.order_id,
                old_status=old_status,
                new_status=order.status,
                cumulative_lots=order.cumulative_lots,
                price_quantity_sum=order.price_quantity_sum,
                reason=reason,
            )
        )

    def order_rejected(self, command: NewOrder, book: Book | None, reason: Reason) -> None:
        """Tell that a new order was refused; it never got an id.

        A number that no account can have is told as 0: a record has no place for it.
        """
        known = 0 < command.account < limits.ACCOUNTS_MAX
        self._events.append(
            OrderStatusChanged(
                seq=self._seq(),
                symbol=None if book is None else book.symbol,
                engine_ns=self.engine_ns,
                account=command.account if known else 0,
                order_id=0,
                old_status=OrderStatus.NOTHING,
                new_status=OrderStatus.REJECTED,
                cumulative_lots=0,
                price_quantity_sum=0,
                reason=reason,
            )
        )

    def depth_updated(self, book: Book) -> None:
        """Tell the levels that this unit changed: bids best first, then asks best first."""
        for side in Side:
            for price_ticks, quantity_lots, order_count in book.sides[side].take_changes():
                self._events.append(
                    DepthUpdated(
                        seq=self._seq(),
                        symbol=book.symbol,
                        engine_ns=self.engine_ns,
                        side=side,
                        price_ticks=price_ticks,
                        quantity_lots=quantity_lots,
                        order_count=order_count,
                    )
                )

    def configured(self, command: Configure) -> None:
        """Tell that the engine was opened; the command decides the first number."""
        self.next_seq = command.next_event_seq
        self._events.append(
            Configured(
                seq=self._seq(),
                engine_ns=self.engine_ns,
                epoch=command.epoch,
                orders_capacity=command.orders_capacity,
                levels_capacity=command.levels_capacity,
                open_orders_max=command.open_orders_max,
                next_order_id=command.next_order_id,
            )
        )

    def instrument_added(self, command: AddInstrument, number: int) -> None:
        """Tell that an instrument was listed."""
        instrument = command.instrument
        self._events.append(
            InstrumentAdded(self._seq(), instrument.symbol, self.engine_ns, number, instrument)
        )

    def instrument_updated(self, command: UpdateInstrument, number: int) -> None:
        """Tell that an instrument's limits are others from here on."""
        instrument = command.instrument
        self._events.append(
            InstrumentUpdated(self._seq(), instrument.symbol, self.engine_ns, number, instrument)
        )

    def account_added(self, account: int, name: str) -> None:
        """Tell that an account was registered."""
        self._events.append(AccountAdded(self._seq(), self.engine_ns, account, name))

    def market_state_changed(self, book: Book) -> None:
        """Tell what a symbol takes from here on."""
        self._events.append(
            MarketStateChanged(self._seq(), book.symbol, self.engine_ns, book.state)
        )

    def command_completed(self, command_seq: int, reason: Reason) -> None:
        """End the unit."""
        accepted = reason is Reason.NONE
        self._events.append(
            CommandCompleted(self._seq(), self.engine_ns, command_seq, accepted, reason)
        )

    def _seq(self) -> int:
        self.next_seq += 1
        return self.next_seq - 1
