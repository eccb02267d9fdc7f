"""Fold the events that change what a market shows into `MarketData`.

Role: one of the event handlers; first in the order of registration. It awaits nothing. Imports no
asyncio, sockets or web framework.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from app.market import MarketData, MarketListener
from engine.commands import Side
from engine.events import (
    AmendCause,
    CommandCompleted,
    Configured,
    DepthUpdated,
    InstrumentAdded,
    InstrumentUpdated,
    MarketStateChanged,
    OrderAmended,
    OrderStatus,
    OrderStatusChanged,
    TradeExecuted,
)


class DepthEventHandler:
    """Keep books, market states and the list of instruments; tell the listener of changed levels.

    A unit counts in a book's `seq` when it changed that book order by order or printed a trade
    (docs/PROTOCOL.md, "depth"): mostly a `DepthUpdated` or `TradeExecuted` shows it, but an order
    may lose its place, or be replaced by an equal one as it expires, without a level changing.
    """

    name: Final = "depth"
    event_types: Final = (
        DepthUpdated,
        TradeExecuted,
        OrderAmended,
        OrderStatusChanged,
        CommandCompleted,
        Configured,
        InstrumentAdded,
        InstrumentUpdated,
        MarketStateChanged,
    )

    def __init__(
        self, market: MarketData, listener: MarketListener, crossed: Callable[[str], None]
    ) -> None:
        """Fold into `market`; `crossed` is told the symbol of a crossed book, which is a bug."""
        self._market = market
        self._listener = listener
        self._crossed = crossed
        self._unit_symbols: set[str] = set()
        self._changes: dict[str, list[tuple[Side, int]]] = {}
        self._folds: dict[type, Callable[[Any], None]] = {
            DepthUpdated: self._depth_updated,
            TradeExecuted: self._trade_executed,
            OrderAmended: self._order_amended,
            OrderStatusChanged: self._order_status_changed,
            CommandCompleted: self._command_completed,
            Configured: self._configured,
            InstrumentAdded: self._instrument_added,
            InstrumentUpdated: self._instrument_updated,
            MarketStateChanged: self._market_state_changed,
        }

    async def handle_event(self, event: Any) -> None:
        """Fold one event; tell the listener at the end of its unit."""
        self._folds[type(event)](event)
        if type(event) is CommandCompleted:
            self._tell()

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Fold whole units, then tell the listener once per symbol."""
        folds = self._folds
        for event in batch:
            folds[type(event)](event)
        self._tell()

    def _depth_updated(self, event: DepthUpdated) -> None:
        symbol, side, price_ticks = event.symbol, event.side, event.price_ticks
        self._market.listings[symbol].book.apply(side, price_ticks, event.quantity_lots)
        self._unit_symbols.add(symbol)
        self._changes.setdefault(symbol, []).append((side, price_ticks))

    def _trade_executed(self, event: TradeExecuted) -> None:
        self._unit_symbols.add(event.symbol)

    def _order_amended(self, event: OrderAmended) -> None:
        resting = event.status is not OrderStatus.UNTRIGGERED
        if resting and not event.priority_kept and event.cause is AmendCause.USER:
            self._unit_symbols.add(event.symbol)

    def _order_status_changed(self, event: OrderStatusChanged) -> None:
        expired = event.new_status is OrderStatus.EXPIRED
        if expired and event.old_status is not OrderStatus.UNTRIGGERED:
            assert event.symbol is not None  # only a refusal can lack one
            self._unit_symbols.add(event.symbol)

    def _command_completed(self, event: CommandCompleted) -> None:
        for symbol in self._unit_symbols:
            self._market.listings[symbol].book.advance(event.engine_ns // 1_000)
        self._unit_symbols.clear()

    def _configured(self, event: Configured) -> None:
        self._market.epoch = event.epoch

    def _instrument_added(self, event: InstrumentAdded) -> None:
        self._market.add_instrument(event.instrument)
        self._listener.instrument_changed(event.symbol)

    def _instrument_updated(self, event: InstrumentUpdated) -> None:
        self._market.update_instrument(event.instrument)
        self._listener.instrument_changed(event.symbol)

    def _market_state_changed(self, event: MarketStateChanged) -> None:
        self._market.listings[event.symbol].state = event.state
        self._listener.instrument_changed(event.symbol)

    def _tell(self) -> None:
        changed, self._changes = self._changes, {}
        for symbol, changes in changed.items():
            if self._market.listings[symbol].book.crossed():
                self._crossed(symbol)
            self._listener.depth_changed(symbol, changes)
