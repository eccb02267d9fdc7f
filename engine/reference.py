"""Be the matching engine in plain Python: the specification that can be run. Read this first.

Role: the same commands give the same events as in the compiled kernel, bit for bit; tests hold the
two against each other. Slow and plain on purpose. The rules stand in
`reference_checks` (who is accepted), `reference_meeting` (what may be met), `reference_matching`
(fills, self-trades, stops), `reference_amend` (priority); the orders in `reference_book` and
`reference_market`. Imports `engine` and sortedcontainers, never the kernel.
"""

from collections.abc import Iterable
from itertools import islice

from engine import limits
from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Configure,
    Expire,
    NewOrder,
    SetMarketState,
    Side,
    UpdateInstrument,
)
from engine.events import MatchingEngineEvent
from engine.hashing import OrderState, digest, state_digest
from engine.instruments import Instrument
from engine.reasons import CANCEL_COMMAND_REASONS, Reason
from engine.reference_amend import amend
from engine.reference_book import Book, Order
from engine.reference_checks import check_new_order
from engine.reference_hashing import book_bytes, order_state, standing
from engine.reference_invariants import check_market
from engine.reference_market import Market
from engine.reference_matching import execute, trigger_due_stops

DepthLevel = tuple[int, int, int]
SYSTEM_ACCOUNT = 0


class ReferenceEngine:
    """Match orders of many symbols by price and time, one command after the other.

    `opening_events` are those of the constructor's own commands. One thread owns an engine.
    """

    def __init__(
        self, instruments: Iterable[Instrument] = (), *, configure: Configure | None = None
    ) -> None:
        """Open the engine with `configure`, then list `instruments` in their order."""
        self._market = Market(Configure() if configure is None else configure)
        self._commands_processed = 0
        self.opening_events: list[MatchingEngineEvent] = self._open(self._market.settings)
        for instrument in instruments:
            self.opening_events += self.process(AddInstrument(instrument=instrument))

    def process(self, command: Command) -> list[MatchingEngineEvent]:
        """Carry out one command and return its unit of events.

        A refusal is an event, never an exception. Time is the command's and never goes back.
        """
        self._begin(command)
        reason = self._carry_out(command)
        return self._complete(reason)

    def depth(self, symbol: str, levels: int = 10) -> tuple[list[DepthLevel], list[DepthLevel]]:
        """Return bids and asks as (price_ticks, quantity_lots, order_count), best first.

        `levels` 0 means all. Raises KeyError for an unknown symbol.
        """
        sides = self._market.books[symbol].sides
        most = None if levels == 0 else levels
        bids, asks = (
            [
                (level.price_ticks, level.visible_lots, len(level.orders))
                for level in islice(sides[side], most)
            ]
            for side in Side
        )
        return bids, asks

    def best(self, symbol: str) -> tuple[int | None, int | None]:
        """Return the best bid and ask in ticks, None for an empty side."""
        sides = self._market.books[symbol].sides
        bid, ask = sides[Side.BUY].best, sides[Side.SELL].best
        return (
            None if bid is None else bid.price_ticks,
            None if ask is None else ask.price_ticks,
        )

    def orders(self, symbol: str) -> list[OrderState]:
        """Return the living orders: bids, asks in queue order, then stops in trigger order."""
        return [order_state(order) for order in standing(self._market.books[symbol])]

    def book_hash(self) -> str:
        """Return the digest of all books: orders in queue order, stops, states, last trades."""
        return digest(chunk for book in self._market.books.values() for chunk in book_bytes(book))

    def state_hash(self) -> str:
        """Return the digest of the books, all counters, the clock and the registries."""
        market = self._market
        counters = (
            market.write.next_seq,
            self._commands_processed,
            market.next_order_id,
            market.clock_ns,
        )
        next_trade_ids = [book.next_trade_id for book in market.books.values()]
        return state_digest(self.book_hash(), counters, next_trade_ids, market.accounts)

    def check_invariants(self) -> None:
        """Raise `InvariantBroken`, naming the first invariant that does not hold."""
        check_market(self._market)

    def _open(self, command: Configure) -> list[MatchingEngineEvent]:
        self._begin(command)
        self._market.write.configured(command)
        return self._complete(Reason.NONE)

    def _begin(self, command: Command) -> None:
        market = self._market
        market.clock_ns = max(market.clock_ns, command.received_ns)
        market.write.engine_ns = market.clock_ns
        self._commands_processed += 1

    def _complete(self, reason: Reason) -> list[MatchingEngineEvent]:
        write = self._market.write
        for book in self._market.books.values():
            write.depth_updated(book)
            book.close_unit()
        write.command_completed(self._commands_processed, reason)
        return write.take_unit()

    def _carry_out(self, command: Command) -> Reason:
        match command:
            case NewOrder():
                return self._new_order(command)
            case AmendOrder():
                return self._amend_order(command)
            case CancelOrder():
                return self._cancel_order(command)
            case CancelAll():
                return self._cancel_all(command)
            case Expire():
                return self._expire()
            case SetMarketState():
                return self._set_market_state(command)
            case AddInstrument():
                return self._add_instrument(command)
            case UpdateInstrument():
                return self._update_instrument(command)
            case AddAccount():
                return self._add_account(command)
            case Configure():
                # An engine is opened once, by its constructor.
                return Reason.INVALID_REQUEST

    def _new_order(self, command: NewOrder) -> Reason:
        market = self._market
        self._register(command.account, "")
        book = self._book(command.symbol)
        reason = Reason.UNKNOWN_SYMBOL if book is None else check_new_order(market, book, command)
        if book is None or reason is not Reason.NONE:
            market.write.order_rejected(command, book, reason)
            return reason
        order = market.begin_order(command, book)
        if order.waits:
            book.add_stop(order)
        else:
            execute(market, order)
        trigger_due_stops(market, book)
        return Reason.NONE

    def _amend_order(self, command: AmendOrder) -> Reason:
        book = self._book(command.symbol)
        if book is None:
            return Reason.UNKNOWN_SYMBOL
        order = self._living(book, command.order_id)
        if order is None or order.account != command.account:
            return Reason.UNKNOWN_ORDER
        reason = amend(self._market, order, command)
        trigger_due_stops(self._market, book)
        return reason

    def _cancel_order(self, command: CancelOrder) -> Reason:
        book = self._book(command.symbol)
        if book is None:
            return Reason.UNKNOWN_SYMBOL
        order = self._living(book, command.order_id)
        if order is None or command.account not in (order.account, SYSTEM_ACCOUNT):
            return Reason.UNKNOWN_ORDER
        if command.reason not in CANCEL_COMMAND_REASONS:
            return Reason.INVALID_REQUEST
        self._market.cancel(order, command.reason)
        return Reason.NONE

    def _cancel_all(self, command: CancelAll) -> Reason:
        market = self._market
        book = None
        if command.symbol is None:
            self._expire()
        else:
            book = self._book(command.symbol)
            if book is None:
                return Reason.UNKNOWN_SYMBOL
        if command.reason not in CANCEL_COMMAND_REASONS:
            return Reason.INVALID_REQUEST
        chosen = [
            order
            for order in market.orders.values()
            if book in (None, order.book) and command.account in (order.account, SYSTEM_ACCOUNT)
        ]
        market.cancel_each(chosen, command.reason)
        return Reason.NONE

    def _expire(self) -> Reason:
        for book in self._market.books.values():
            self._market.expire_due(book)
        return Reason.NONE

    def _set_market_state(self, command: SetMarketState) -> Reason:
        market = self._market
        book = self._book(command.symbol)
        if book is None:
            return Reason.UNKNOWN_SYMBOL
        book.state = command.state
        market.write.market_state_changed(book)
        if command.cancel_orders:
            chosen = [order for order in market.orders.values() if order.book is book]
            market.cancel_each(chosen, Reason.MARKET_HALTED)
        return Reason.NONE

    def _add_instrument(self, command: AddInstrument) -> Reason:
        market = self._market
        symbol, number = command.instrument.symbol, len(market.books)
        if symbol in market.books:
            return Reason.INVALID_REQUEST
        if number >= limits.SYMBOLS_MAX:
            return Reason.CAPACITY
        market.books[symbol] = Book(command.instrument, number)
        market.write.instrument_added(command, number)
        return Reason.NONE

    def _update_instrument(self, command: UpdateInstrument) -> Reason:
        book = self._book(command.instrument.symbol)
        if book is None:
            return Reason.UNKNOWN_SYMBOL
        if not book.has_steps_of(command.instrument):
            return Reason.INVALID_REQUEST
        book.set_limits(command.instrument)
        self._market.write.instrument_updated(command, book.number)
        return Reason.NONE

    def _add_account(self, command: AddAccount) -> Reason:
        added = self._register(command.account, command.name)
        return Reason.NONE if added else Reason.INVALID_REQUEST

    def _register(self, account: int, name: str) -> bool:
        market = self._market
        if account in market.accounts or not 1 <= account < limits.ACCOUNTS_MAX:
            return False
        market.accounts.add(account)
        market.write.account_added(account, name)
        return True

    def _book(self, symbol: str) -> Book | None:
        """Return the book of a command, after what was due in it has expired."""
        book = self._market.books.get(symbol)
        if book is not None:
            self._market.expire_due(book)
        return book

    def _living(self, book: Book, order_id: int) -> Order | None:
        order = self._market.orders.get(order_id)
        return order if order is not None and order.book is book else None
