"""Keep books on every order of a stream, from its events alone: what came in, and where it went.

Role: the second judge of events, plainer than the fold (tests/engine/fold.py): it knows neither
levels nor best prices. It proves that numbers have no gap, that every order ends exactly once and
nothing is told of it afterwards, that quantity is conserved, that trades are at the maker's price
and within the taker's limit, and, by the order of makers alone, that a level is first in, first
out: an order joins the back of its level at one event, and the makers met at a price go by the
number of that event, for as long as the engine lives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.commands import Side
from engine.events import (
    LIVING_STATUSES,
    CommandCompleted,
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

ENDED_BY_CANCEL = {OrderStatus.CANCELLED, OrderStatus.EXPIRED}


class Unbalanced(AssertionError):
    """The books do not close."""


def demand(holds: bool, text: str, event: object = "") -> None:
    """Raise `Unbalanced` unless `holds`."""
    if not holds:
        raise Unbalanced(f"{text}: {event}")


@dataclass(slots=True)
class Account:
    """The books of one order; `joined_seq` is the event that put it at the back of its level."""

    joined_seq: int
    side: Side
    price_ticks: int | None
    quantity_lots: int
    filled_lots: int = 0
    cancelled_lots: int = 0
    price_quantity_sum: int = 0
    ended: bool = False

    @property
    def remaining_lots(self) -> int:
        """Return what is neither filled nor cancelled."""
        return self.quantity_lots - self.filled_lots - self.cancelled_lots


@dataclass(slots=True)
class Ledger:
    """The books of all orders that ever were; one thread, one engine from its first event on."""

    orders: dict[int, Account] = field(default_factory=dict)
    traded_lots: int = 0
    matched_lots: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))
    next_seq: int = 1
    next_command_seq: int = 1
    # By symbol, side and price: when the last maker that was met there had joined.
    met_joined_seq: dict[tuple[str, Side, int], int] = field(default_factory=dict)
    # By the taker of this unit: the price it last traded at.
    taken_ticks: dict[int, int] = field(default_factory=dict)

    def hear(self, events: Sequence[MatchingEngineEvent]) -> None:
        """Enter a unit, or several."""
        for event in events:
            demand(event.seq == self.next_seq, "numbers have no gap", event)
            self.next_seq += 1
            match event:
                case OrderAdded():
                    self._on_added(event)
                case OrderAmended():
                    self._on_amended(event)
                case TradeExecuted():
                    self.traded_lots += event.quantity_lots
                case OrderMatched():
                    self._on_matched(event)
                case OrderCancelled():
                    order = self._living(event.order_id, event)
                    order.cancelled_lots += event.quantity_lots
                    demand(order.remaining_lots == 0, "a cancel takes all that remains", event)
                case OrderStatusChanged():
                    self._on_status(event)
                case CommandCompleted():
                    self._on_completed(event)

    def balance(self, standing_lots: dict[int, int]) -> None:
        """Close the books; `standing_lots` is what the engine itself says of its living orders."""
        living = {number: order for number, order in self.orders.items() if not order.ended}
        remaining = {number: order.remaining_lots for number, order in living.items()}
        demand(remaining == standing_lots, "what did not end stands, with what remains")
        entered = sum(order.quantity_lots for order in self.orders.values())
        filled = sum(order.filled_lots for order in self.orders.values())
        cancelled = sum(order.cancelled_lots for order in self.orders.values())
        left = entered - filled - cancelled
        demand(left == sum(standing_lots.values()), "in total nothing is lost or made")
        demand(filled == 2 * self.traded_lots, "what is sold is bought, and was printed")

    def _on_added(self, event: OrderAdded) -> None:
        demand(event.order_id not in self.orders, "an order is added once", event)
        account = Account(event.seq, event.side, event.price_ticks, event.quantity_lots)
        self.orders[event.order_id] = account

    def _on_amended(self, event: OrderAmended) -> None:
        order = self._living(event.order_id, event)
        raised = event.quantity_lots > order.quantity_lots
        moved = raised or event.price_ticks != order.price_ticks
        demand(not (moved and event.priority_kept), "who asks for more goes to the back", event)
        if moved or not event.priority_kept:
            order.joined_seq = event.seq
        order.price_ticks, order.quantity_lots = event.price_ticks, event.quantity_lots
        demand(order.filled_lots == event.cumulative_lots, "an amend fills nothing", event)
        demand(order.remaining_lots == event.remaining_lots, "quantity is conserved", event)

    def _on_matched(self, event: OrderMatched) -> None:
        order = self._living(event.order_id, event)
        order.filled_lots += event.quantity_lots
        order.price_quantity_sum += event.price_ticks * event.quantity_lots
        told = (event.cumulative_lots, event.remaining_lots, event.price_quantity_sum)
        kept = (order.filled_lots, order.remaining_lots, order.price_quantity_sum)
        demand(told == kept, "fills add up", event)
        self.matched_lots[event.role] += event.quantity_lots
        if event.role is Role.MAKER:
            self._check_maker(order, event)
        else:
            self._check_taker(order, event)

    def _check_maker(self, order: Account, event: OrderMatched) -> None:
        demand(event.price_ticks == order.price_ticks, "a trade is at the maker's price", event)
        level = (event.symbol, event.side, event.price_ticks)
        before = self.met_joined_seq.get(level, 0)
        demand(before <= order.joined_seq, "first in, first out", event)
        self.met_joined_seq[level] = order.joined_seq

    def _check_taker(self, order: Account, event: OrderMatched) -> None:
        sign = 1 if event.side is Side.BUY else -1
        price_ticks, limit = event.price_ticks, order.price_ticks
        within = limit is None or sign * price_ticks <= sign * limit
        demand(within, "no trade goes through the taker's limit", event)
        before = self.taken_ticks.get(event.order_id, price_ticks)
        demand(sign * before <= sign * price_ticks, "the best price is taken first", event)
        self.taken_ticks[event.order_id] = price_ticks

    def _on_status(self, event: OrderStatusChanged) -> None:
        if event.order_id == 0 or event.new_status in LIVING_STATUSES:
            return
        order = self._living(event.order_id, event)
        order.ended = True
        demand(order.remaining_lots == 0, "an order ends with nothing left", event)
        cancelled = event.new_status in ENDED_BY_CANCEL
        demand(cancelled == (order.cancelled_lots > 0), "an end is called what it is", event)

    def _on_completed(self, event: CommandCompleted) -> None:
        demand(event.command_seq == self.next_command_seq, "commands have no gap", event)
        self.next_command_seq += 1
        maker, taker = self.matched_lots[Role.MAKER], self.matched_lots[Role.TAKER]
        demand(maker == taker == self.traded_lots, "each trade has two sides", event)
        self.taken_ticks.clear()

    def _living(self, order_id: int, event: MatchingEngineEvent) -> Account:
        demand(order_id in self.orders, "an order is added before all else", event)
        order = self.orders[order_id]
        demand(not order.ended, "an order ends once, and nothing follows", event)
        return order
