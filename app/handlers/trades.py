"""Put every print on the tape of its symbol.

Role: one of the event handlers; it awaits nothing. Imports no asyncio, sockets or web framework.
"""

from collections.abc import Sequence
from typing import Any, Final

from app import wire
from app.market import MarketData, MarketListener
from engine.events import CommandCompleted, TradeExecuted


class TradeEventHandler:
    """Keep the tapes and the statistics of the day; tell the listener of new trades."""

    name: Final = "trades"
    event_types: Final = (TradeExecuted, CommandCompleted)

    def __init__(self, market: MarketData, listener: MarketListener) -> None:
        """Fold into `market`, which already lists every symbol that trades."""
        self._market = market
        self._listener = listener
        self._trades: dict[str, list[wire.Trade]] = {}

    async def handle_event(self, event: Any) -> None:
        """Take one event; tell the listener at the end of its unit."""
        if type(event) is TradeExecuted:
            self._trade_executed(event)
        else:
            self._tell()

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Take whole units, then tell the listener once per symbol."""
        for event in batch:
            if type(event) is TradeExecuted:
                self._trade_executed(event)
        self._tell()

    def _trade_executed(self, event: TradeExecuted) -> None:
        listing = self._market.listings[event.symbol]
        trade = wire.Trade(
            trade_id=str(event.trade_id),
            price=listing.tick.text(event.price_ticks),
            quantity=listing.lot.text(event.quantity_lots),
            aggressor=wire.SIDE_NAMES[event.side],
            engine_us=event.engine_ns // 1_000,
        )
        listing.tape.add(event.trade_id, event.price_ticks, event.quantity_lots, trade)
        self._trades.setdefault(event.symbol, []).append(trade)

    def _tell(self) -> None:
        traded, self._trades = self._trades, {}
        for symbol, trades in traded.items():
            self._listener.traded(symbol, trades)
