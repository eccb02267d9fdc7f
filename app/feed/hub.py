"""Bring what the market tells to those who asked for it: find groups, mark them, flush them.

Role: the one listener of the event handlers and the one door of the sessions to the groups.
Sans-I/O: time is an argument. Owned by the loop's thread. Never imports asyncio, sockets or the
web framework.

    handlers ──depth_changed, traded──► groups marked ──flush──► encode once ──► outboxes
             ──order_changed──────────► at once ────────────────────────────────► outboxes
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

from app import wire
from app.feed.depth_group import DepthGroup, book_checksum
from app.feed.depth_view import Changes
from app.feed.group import Group
from app.feed.instruments_group import InstrumentsGroup
from app.feed.messages_control import Verdict
from app.feed.orders_group import OrdersGroup, OrderSource
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.feed.subscription import Subscription
from app.feed.ticker_group import TickerGroup
from app.feed.timers import TimerQueue
from app.feed.trade_group import TradeGroup
from app.market import Listing, MarketData

_US_PER_MS: Final = 1_000

KeyT = TypeVar("KeyT", bound=Hashable)
GroupT = TypeVar("GroupT", bound=Group)


class Hub:
    """Hold every group that somebody is subscribed to; implements MarketListener, OrderListener."""

    def __init__(self, market: MarketData, orders: OrderSource) -> None:
        self.market = market
        self.statistics = FeedStatistics()
        self._orders = orders
        self._schedule = Schedule()
        self._instruments = InstrumentsGroup(market, self._schedule, self.statistics)
        self._depth: dict[str, dict[tuple[int, int], DepthGroup]] = {}
        self._tickers: dict[str, dict[int, TickerGroup]] = {}
        self._trades: dict[str, TradeGroup] = {}
        self._accounts: dict[str, OrdersGroup] = {}
        self._homes: dict[Group, Callable[[], object]] = {}
        self._watchers: dict[Callable[[str], None], None] = {}
        self._listed = set(market.listings)

    # --- what the market tells ----------------------------------------------------------------

    def depth_changed(self, symbol: str, changes: Changes) -> None:
        """Mark the groups that show one of the levels `(side, price_ticks)`; O(groups)."""
        for group in self._depth.get(symbol, {}).values():
            group.note(changes)
        for ticker in self._tickers.get(symbol, {}).values():
            ticker.mark_dirty()

    def traded(self, symbol: str, trades: Sequence[wire.Trade]) -> None:
        """Take new trades of a symbol, oldest first; they go out with the next flush."""
        group = self._trades.get(symbol)
        if group is not None:
            group.note(trades)
        for ticker in self._tickers.get(symbol, {}).values():
            ticker.mark_dirty()

    def instrument_changed(self, symbol: str) -> None:
        """Tell that a symbol was listed or that its state changed; `market` shows it already."""
        self._instruments.changed(symbol)
        if symbol not in self._listed:
            self._listed.add(symbol)
            for listed in list(self._watchers):
                listed(symbol)

    def wants(self, account: str) -> bool:
        """Tell whether anybody is subscribed to an account's orders."""
        return account in self._accounts

    def order_changed(
        self,
        account: str,
        seq: int,
        event: wire.OrderEventName,
        order: wire.Order,
        fill: wire.FillNote | None,
    ) -> None:
        """Publish at once what happened to an order, before the ack of the op that caused it."""
        group = self._accounts.get(account)
        if group is not None:
            group.update(seq, event, order, fill)

    # --- time ---------------------------------------------------------------------------------

    @property
    def timers(self) -> TimerQueue:
        """Return the queue in which sessions keep their own deadlines."""
        return self._schedule.timers

    def flush(self, now_us: int) -> None:
        """Publish what is ready and what is due; call after every batch and at each deadline."""
        self._schedule.flush(now_us)

    def next_deadline_us(self) -> int | None:
        """Return when `flush` must be called at the latest, None when nothing is due."""
        return self._schedule.timers.next_deadline_us()

    # --- groups -------------------------------------------------------------------------------

    def depth_group(self, listing: Listing, levels: int, interval_ms: int) -> DepthGroup:
        """Return the group of a symbol's depth, made if nobody else is in it."""
        interval_us = interval_ms * _US_PER_MS
        return self._found(
            self._depth.setdefault(listing.symbol, {}),
            (levels, interval_us),
            lambda: DepthGroup(
                self.market, listing, levels, interval_us, self._schedule, self.statistics
            ),
        )

    def ticker_group(self, listing: Listing, interval_ms: int) -> TickerGroup:
        """Return the group of a symbol's ticker, made if nobody else is in it."""
        interval_us = interval_ms * _US_PER_MS
        return self._found(
            self._tickers.setdefault(listing.symbol, {}),
            interval_us,
            lambda: TickerGroup(self.market, listing, interval_us, self._schedule, self.statistics),
        )

    def trade_group(self, listing: Listing) -> TradeGroup:
        """Return the group of a symbol's trades, made if nobody else is in it."""
        return self._found(
            self._trades,
            listing.symbol,
            lambda: TradeGroup(self.market, listing, self._schedule, self.statistics),
        )

    def orders_group(self, account: str) -> OrdersGroup:
        """Return the group of an account's orders, made if nobody else is in it."""
        return self._found(
            self._accounts,
            account,
            lambda: OrdersGroup(
                self.market, self._orders, account, self._schedule, self.statistics
            ),
        )

    def instruments_group(self) -> InstrumentsGroup:
        """Return the group of everything that is listed."""
        return self._instruments

    def leave(self, group: Group, subscription: Subscription) -> None:
        """End a subscription; a group that nobody is in goes with it."""
        group.leave(subscription)
        self.drop_if_empty(group)

    def drop_if_empty(self, group: Group) -> None:
        """Forget a group that nobody is in."""
        if group.is_empty and group in self._homes:
            self._homes.pop(group)()

    def group_count(self) -> int:
        """Return how many groups somebody is in, the one of instruments left out."""
        return len(self._homes)

    def watch_listings(self, listed: Callable[[str], None]) -> None:
        """Call `listed(symbol)` whenever an instrument was listed."""
        self._watchers[listed] = None

    def unwatch_listings(self, listed: Callable[[str], None]) -> None:
        """Stop that; what does not watch is not an error."""
        self._watchers.pop(listed, None)

    def verify(self, listing: Listing, levels: int, seq: int, checksum: int) -> Verdict:
        """Return match, mismatch, or expired where what was published at `seq` is not known."""
        if seq == listing.book.seq:
            return _verdict(checksum == book_checksum(listing, levels))
        for (group_levels, _), group in self._depth.get(listing.symbol, {}).items():
            verdict = group.verify(seq, checksum) if group_levels == levels else None
            if verdict is not None:
                return _verdict(verdict)
        return "mismatch" if seq > listing.book.seq else "expired"

    def _found(self, home: dict[KeyT, GroupT], key: KeyT, make: Callable[[], GroupT]) -> GroupT:
        group = home.get(key)
        if group is None:
            group = home[key] = make()
            self._homes[group] = lambda: home.pop(key)
        return group


def _verdict(is_equal: bool) -> Verdict:
    return "match" if is_equal else "mismatch"
