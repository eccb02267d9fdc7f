"""Rebuild the market from the events alone, and hold every event against the rules.

Role: an independent judge of an engine. It never sees a command: orders, queues, depth, both
hashes and all counters come from the events. Each fill must name the first order of the best
level, at that order's price, within the taker's limit; whatever does not fit raises `Misfold`.
"""

from collections.abc import Iterable

from engine.commands import Side, TimeInForce
from engine.events import (
    LIVING_STATUSES,
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
from engine.hashing import OrderState, digest, state_digest
from engine.reasons import Reason
from tests.engine.fold_book import FoldedBook, FoldedOrder, demand, filled_lots, slice_lots


class Fold:
    """Fold the events of one engine; the methods named `_on_…` are the rules of each event."""

    def __init__(self) -> None:
        """Start before the first event."""
        self.next_seq: int | None = None
        self.clock_ns = 0
        self.command_seq = 0
        self.next_order_id = 1
        self.books: dict[str, FoldedBook] = {}
        self.orders: dict[int, FoldedOrder] = {}
        self.accounts: set[int] = set()
        self.traded = {Role.MAKER: 0, Role.TAKER: 0}
        self._incoming: FoldedOrder | None = None
        self._trade: TradeExecuted | None = None
        self._maker: OrderMatched | None = None
        self._told: set[tuple[str, Side, int]] = set()

    def unit(self, events: Iterable[MatchingEngineEvent]) -> None:
        """Fold one unit; its last event, and only that, completes a command."""
        completed = False
        for event in events:
            demand(not completed, "a unit ends with its command's end", event)
            demand(self.next_seq in (None, event.seq), "seq has no gap", event)
            demand(event.engine_ns >= self.clock_ns, "time does not go back", event)
            self.next_seq, self.clock_ns = event.seq + 1, event.engine_ns
            book = self.books.get(getattr(event, "symbol", None) or "")
            if book is not None:
                book.packed = None
            completed = isinstance(event, CommandCompleted)
            self._event(event)
        demand(completed, "a unit ends")

    def _event(self, event: MatchingEngineEvent) -> None:
        match event:
            case OrderAdded():
                self._on_added(event)
            case OrderAmended():
                self._on_amended(event)
            case TradeExecuted():
                self._on_trade(event)
            case OrderMatched():
                self._on_matched(event)
            case OrderCancelled():
                self._on_cancelled(event)
            case OrderStatusChanged():
                self._on_status(event)
            case DepthUpdated():
                self._on_depth(event)
            case InstrumentAdded():
                demand(event.number == len(self.books), "symbols are numbered in order", event)
                self.books[event.symbol] = FoldedBook(event.number)
            case InstrumentUpdated():
                known = self.books[event.symbol].number
                demand(event.number == known, "a symbol keeps its number", event)
            case AccountAdded():
                demand(event.account not in self.accounts, "an account is new", event)
                self.accounts.add(event.account)
            case MarketStateChanged():
                self.books[event.symbol].state = event.state
            case Configured():
                self.next_order_id = event.next_order_id
            case CommandCompleted():
                self._on_completed(event)

    def _on_added(self, event: OrderAdded) -> None:
        demand(event.order_id == self.next_order_id, "ids go up by one", event)
        demand(event.account in self.accounts, "an account is registered first", event)
        self.next_order_id += 1
        order = FoldedOrder.of(event)
        self.orders[order.order_id] = order
        if order.status is OrderStatus.UNTRIGGERED:
            self.books[order.symbol].waiting[order.order_id] = order
        else:
            self._incoming = order

    def _on_amended(self, event: OrderAmended) -> None:
        order, book = self._living(event.order_id, event), self.books[event.symbol]
        demand(event.cumulative_lots == filled_lots(order), "an amend fills nothing", event)
        whole = event.remaining_lots + event.cumulative_lots
        demand(event.quantity_lots == whole, "quantity is conserved", event)
        if event.cause is AmendCause.TRIGGER:
            self._settle()
            demand(order.order_id in book.waiting, "a waiting stop is triggered", event)
            del book.waiting[order.order_id]
            self._incoming = order
        elif event.cause is AmendCause.REPLENISH:
            demand(order.visible_lots == 0 < order.remaining_lots, "a slice is used up", event)
            book.leave(order)
            book.rest(order, event.visible_lots)
        elif event.cause is AmendCause.USER and book.rests(order) and not event.priority_kept:
            book.leave(order)
            self._incoming = order
        elif event.cause is AmendCause.SELF_TRADE and order is not self._incoming:
            demand(book.first(order.side) is order, "a self-trade meets the first order", event)
        if event.cause is AmendCause.USER:
            same = (order.price_ticks, order.stop_price_ticks) == (
                event.price_ticks,
                event.stop_price_ticks,
            )
            kept = same and event.quantity_lots <= order.quantity_lots
            demand(event.priority_kept == kept, "the priority rule", event)
        order.price_ticks, order.stop_price_ticks = event.price_ticks, event.stop_price_ticks
        order.quantity_lots, order.remaining_lots = event.quantity_lots, event.remaining_lots
        if book.rests(order):
            demand(0 < event.visible_lots <= event.remaining_lots, "a slice is shown", event)
            book.show(order, event.visible_lots)
        else:
            shown = slice_lots(order) if event.cause is AmendCause.USER else 0
            waits = order.order_id in book.waiting
            demand(event.visible_lots == (0 if waits else shown), "what will be shown", event)

    def _on_trade(self, event: TradeExecuted) -> None:
        book, taker = self.books[event.symbol], self._incoming
        demand(taker is not None and taker.side is event.side, "an aggressor trades", event)
        book.trade_count += 1
        demand(event.trade_id == book.trade_count, "trades are numbered in order", event)
        book.last_price_ticks = event.price_ticks
        self._trade = event

    def _on_matched(self, event: OrderMatched) -> None:
        order, trade = self._living(event.order_id, event), self._trade
        demand(trade is not None, "a match belongs to a trade", event)
        assert trade is not None
        same = (event.trade_id, event.price_ticks, event.quantity_lots)
        told = (trade.trade_id, trade.price_ticks, trade.quantity_lots)
        demand(same == told, "a match tells its trade", event)
        if event.role is Role.MAKER:
            self._match_maker(order, event)
        else:
            self._match_taker(order, event)
        order.remaining_lots -= event.quantity_lots
        order.price_quantity_sum += event.price_ticks * event.quantity_lots
        demand(order.remaining_lots == event.remaining_lots, "remaining is counted", event)
        demand(filled_lots(order) == event.cumulative_lots, "cumulative is counted", event)
        demand(order.price_quantity_sum == event.price_quantity_sum, "the sum counts", event)
        self.traded[event.role] += event.quantity_lots

    def _match_maker(self, order: FoldedOrder, event: OrderMatched) -> None:
        book = self.books[event.symbol]
        demand(
            book.first(order.side) is order, "the best price and the earliest order are met", event
        )
        demand(event.price_ticks == order.price_ticks, "the price is the maker's", event)
        demand(0 < event.quantity_lots <= order.visible_lots, "only what shows trades", event)
        book.show(order, order.visible_lots - event.quantity_lots)
        self._maker = event

    def _match_taker(self, order: FoldedOrder, event: OrderMatched) -> None:
        maker, limit = self._maker, order.price_ticks
        demand(order is self._incoming and maker is not None, "the taker comes second", event)
        assert maker is not None
        pair = (maker.order_id, maker.counter_order_id, maker.account, maker.counter_account)
        mirrored = (event.counter_order_id, event.order_id, event.counter_account, event.account)
        demand(pair == mirrored, "maker and taker name each other", event)
        sign = 1 if order.side is Side.BUY else -1
        through = limit is not None and sign * event.price_ticks > sign * limit
        demand(not through, "no trade goes through the limit", event)
        self._trade = self._maker = None

    def _on_cancelled(self, event: OrderCancelled) -> None:
        order, book = self._living(event.order_id, event), self.books[event.symbol]
        demand(event.quantity_lots == order.remaining_lots, "all that remains leaves", event)
        met = event.reason is Reason.SELF_TRADE and book.rests(order)
        demand(not met or book.first(order.side) is order, "the first order is met", event)
        if order.order_id in book.waiting:
            self._settle()
        order.cancelled_lots, order.remaining_lots = order.remaining_lots, 0

    def _on_status(self, event: OrderStatusChanged) -> None:
        if event.order_id == 0:
            demand(event.new_status is OrderStatus.REJECTED, "only refusals have no id", event)
            return
        order = self._living(event.order_id, event)
        demand(event.old_status is order.status, "a status starts where the last ended", event)
        demand(event.new_status is not order.status, "a status changes", event)
        demand(event.cumulative_lots == filled_lots(order), "cumulative is counted", event)
        demand(event.price_quantity_sum == order.price_quantity_sum, "the sum counts", event)
        order.status = event.new_status
        if order.status not in LIVING_STATUSES:
            self._end(order, event)

    def _end(self, order: FoldedOrder, event: OrderStatusChanged) -> None:
        filled = order.status is OrderStatus.FILLED
        demand(order.remaining_lots == 0, "an order ends whole", event)
        demand(filled == (order.cancelled_lots == 0), "filled means without a cancel", event)
        book = self.books[order.symbol]
        if book.rests(order):
            book.leave(order)
        book.waiting.pop(order.order_id, None)
        del self.orders[order.order_id]
        if order is self._incoming:
            self._incoming = None

    def _on_depth(self, event: DepthUpdated) -> None:
        self._settle()
        place = (event.symbol, event.side, event.price_ticks)
        demand(place not in self._told, "a level is told once in a unit", event)
        self._told.add(place)
        depth = self.books[event.symbol].depth[event.side]
        key = -event.price_ticks if event.side is Side.BUY else event.price_ticks
        level = (event.price_ticks, event.quantity_lots, event.order_count)
        demand(depth.get(key, (event.price_ticks, 0, 0)) != level, "a level changed", event)
        if event.order_count == 0:
            demand(event.quantity_lots == 0 and key in depth, "an empty level goes", event)
            del depth[key]
        else:
            depth[key] = level

    def _on_completed(self, event: CommandCompleted) -> None:
        self._settle()
        for book in self.books.values():
            book.check_touched(event)
        self._told.clear()
        self.command_seq += 1
        demand(event.command_seq == self.command_seq, "commands are numbered in order", event)
        demand(event.accepted == (event.reason is Reason.NONE), "refusals have a reason", event)
        demand(self._trade is None, "every trade has its two matches", event)
        demand(self.traded[Role.MAKER] == self.traded[Role.TAKER], "what is sold is bought", event)

    def _settle(self) -> None:
        """Let the order rest that came in and is done matching."""
        order, self._incoming = self._incoming, None
        if order is not None:
            demand(order.time_in_force in (TimeInForce.GTC, TimeInForce.GTD), "it may rest", order)
            self.books[order.symbol].rest(order, slice_lots(order))

    def _living(self, order_id: int, event: object) -> FoldedOrder:
        demand(order_id in self.orders, "an order lives", event)
        order = self.orders[order_id]
        order.packed = None
        return order

    def order_states(self, symbol: str) -> list[OrderState]:
        """Return the living orders of a symbol in the order in which they are hashed."""
        return [order.state() for group in self.books[symbol].orders() for order in group]

    def depth(self, symbol: str) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
        """Return all levels as the depth events told them."""
        depth = self.books[symbol].depth
        return list(depth[Side.BUY].values()), list(depth[Side.SELL].values())

    def book_hash(self) -> str:
        """Return the digest of all books."""
        return digest(book.pack() for book in self.books.values())

    def state_hash(self, book_hash: str) -> str:
        """Return the digest of the books' own, all counters, the clock and the registries."""
        assert self.next_seq is not None, "the opening events were folded"
        counters = (self.next_seq, self.command_seq, self.next_order_id, self.clock_ns)
        next_trade_ids = [book.trade_count + 1 for book in self.books.values()]
        return state_digest(book_hash, counters, next_trade_ids, self.accounts)
