"""Keep what everybody may see: instruments, market states, books, tapes, tickers.

Role: the read side of the market, folded from engine events by app/handlers/depth.py and
trades.py, read by the REST calls, the gateway and the feed. Sans-I/O: time is an argument. Owned
by the event loop's thread. Never imports asyncio, the web framework or the engine itself.
"""

from collections.abc import Sequence
from typing import Protocol

from app import wire
from app.depth_book import DepthBook
from app.trade_tape import DayStatistics, TradeTape
from engine.commands import MarketState, Side
from engine.instruments import Instrument, Step

__all__ = ["DayStatistics", "DepthBook", "Listing", "MarketData", "MarketListener", "TradeTape"]


class MarketListener(Protocol):
    """Be told what changed, after it did; what is told of is read from `MarketData`.

    Called once per batch of units and symbol. `changes` names levels, oldest change first; a
    level may be named more than once. `trades` are oldest first.
    """

    def depth_changed(self, symbol: str, changes: Sequence[tuple[Side, int]]) -> None:
        """Take note that levels `(side, price_ticks)` changed."""

    def traded(self, symbol: str, trades: Sequence[wire.Trade]) -> None:
        """Take note of new trades."""

    def instrument_changed(self, symbol: str) -> None:
        """Take note that a symbol was listed or is in another market state."""


class Listing:
    """Hold all that is public about one symbol; `tick` and `lot` are its steps, parsed once."""

    __slots__ = ("book", "instrument", "lot", "state", "symbol", "tape", "tick")

    def __init__(self, instrument: Instrument) -> None:
        self.symbol = instrument.symbol
        self.instrument = instrument
        self.tick: Step = instrument.tick
        self.lot: Step = instrument.lot
        self.state = MarketState.OPEN
        self.book = DepthBook()
        self.tape = TradeTape()

    def levels(self, side: Side, levels: int) -> list[wire.Level]:
        """Return the best `levels` of a side as decimal text, best first; 0 = all."""
        price, quantity = self.tick.text, self.lot.text
        return [(price(ticks), quantity(lots)) for ticks, lots in self.book.top(side, levels)]

    def info(self) -> wire.InstrumentInfo:
        """Return what the list of instruments says of this one."""
        instrument = self.instrument
        return wire.InstrumentInfo(
            symbol=self.symbol,
            tick_size=instrument.tick_size,
            lot_size=instrument.lot_size,
            min_quantity=self.lot.text(instrument.min_quantity_lots),
            max_quantity=_text(self.lot, instrument.max_quantity_lots),
            max_notional=instrument.max_notional,
            price_band_pct=instrument.price_band_pct,
            state=wire.MARKET_STATE_NAMES[self.state],
        )

    def ticker(self, now_us: int) -> wire.Ticker:
        """Return the best prices now and the 24 hours up to `now_us`."""
        book, tape, tick, lot = self.book, self.tape, self.tick, self.lot
        bid, ask, day = book.best_bid, book.best_ask, tape.day(now_us)
        return wire.Ticker(
            symbol=self.symbol,
            seq=book.seq,
            bid=_text(tick, bid),
            bid_quantity=None if bid is None else lot.text(book.quantity(Side.BUY, bid)),
            ask=_text(tick, ask),
            ask_quantity=None if ask is None else lot.text(book.quantity(Side.SELL, ask)),
            last=_text(tick, tape.last_price_ticks),
            last_quantity=_text(lot, tape.last_quantity_lots),
            open=_text(tick, day.open_ticks),
            high=_text(tick, day.high_ticks),
            low=_text(tick, day.low_ticks),
            volume=lot.text(day.volume_lots),
            engine_us=book.engine_us if book.seq else None,
        )


class MarketData:
    """Hold every listing of one market, and the epoch of what they show.

    All methods that take a symbol raise KeyError for one that is not listed; `listing` finds out.
    """

    def __init__(self) -> None:
        self.epoch = ""
        self.instruments: dict[str, Instrument] = {}
        self.listings: dict[str, Listing] = {}

    def add_instrument(self, instrument: Instrument) -> None:
        """List one more instrument, with an empty book."""
        assert instrument.symbol not in self.listings, instrument.symbol
        self.instruments[instrument.symbol] = instrument
        self.listings[instrument.symbol] = Listing(instrument)

    def update_instrument(self, instrument: Instrument) -> None:
        """Take an instrument's new limits; its steps are the listed ones."""
        self.instruments[instrument.symbol] = instrument
        self.listings[instrument.symbol].instrument = instrument

    def listing(self, symbol: str) -> Listing | None:
        """Return the listing of a symbol, None when there is none; O(1)."""
        return self.listings.get(symbol)

    def instrument_info(self, symbol: str) -> wire.InstrumentInfo:
        """Return a symbol's row in the list of instruments."""
        return self.listings[symbol].info()

    def state(self, symbol: str) -> MarketState:
        """Return what a symbol takes now."""
        return self.listings[symbol].state

    def book(self, symbol: str) -> DepthBook:
        """Return the visible book of a symbol."""
        return self.listings[symbol].book

    def tape(self, symbol: str) -> TradeTape:
        """Return the trades of a symbol."""
        return self.listings[symbol].tape

    def ticker(self, symbol: str, now_us: int) -> wire.Ticker:
        """Return the ticker of a symbol at `now_us`, microseconds since the epoch."""
        return self.listings[symbol].ticker(now_us)


def _text(step: Step, steps: int | None) -> str | None:
    return None if steps is None else step.text(steps)
