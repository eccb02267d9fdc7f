"""Tell what changed in a view of a book since it was last sent.

Role: the levels that a depth group last published, and the difference to the book as it is. One
view for the best N levels, one for all of them. Pure state; imports the vocabulary alone.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from engine.commands import Side

StepLevels = list[tuple[int, int]]
"""`(price_ticks, quantity_lots)`; a quantity of 0 means that the level is gone."""

Changes = Sequence[tuple[Side, int]]
"""Levels `(side, price_ticks)` that may differ from before."""

_RANK_SIGN: Final = {Side.BUY: -1, Side.SELL: 1}
"""Turns a price into a rank: the better, the smaller."""


class Book(Protocol):
    """The visible book that a view looks at."""

    def top(self, side: Side, levels: int) -> StepLevels:
        """Return the best levels, best first; 0 = all."""

    def quantity(self, side: Side, price_ticks: int) -> int:
        """Return the lots shown at a price, 0 where there is no level."""


class DepthView(Protocol):
    """What a depth group last sent."""

    def note(self, changes: Changes) -> bool:
        """Take note of changed levels; tell whether the view may have changed."""

    def refresh(self) -> dict[Side, StepLevels]:
        """Become the book as it is; return the changed levels, gone ones with quantity 0."""

    def levels(self, side: Side, count: int = 0) -> StepLevels:
        """Return the best `count` levels of the view (0 = all), best first."""


def make_view(book: Book, levels: int) -> DepthView:
    """Return a view of the best `levels` of each side, or (0) of all."""
    return TopView(book, levels) if levels else FullView(book)


class TopView:
    """The best N levels of each side; a refresh costs O(N), whatever lies behind them."""

    def __init__(self, book: Book, levels: int) -> None:
        self._book = book
        self._count = levels
        self._levels = {side: book.top(side, levels) for side in Side}
        self._dirty: set[Side] = set()

    def note(self, changes: Changes) -> bool:
        """Take note of changes within the range; those behind a full range show nothing."""
        for side, price_ticks in changes:
            if side not in self._dirty and self._reaches(side, price_ticks):
                self._dirty.add(side)
        return bool(self._dirty)

    def refresh(self) -> dict[Side, StepLevels]:
        """Compare the ranges before and now: falling out is gone, coming in is new."""
        changed: dict[Side, StepLevels] = {side: [] for side in Side}
        for side in self._dirty:
            levels = self._book.top(side, self._count)
            changed[side] = _difference(self._levels[side], levels)
            self._levels[side] = levels
        self._dirty.clear()
        return changed

    def levels(self, side: Side, count: int = 0) -> StepLevels:
        """Return the best levels of the range."""
        levels = self._levels[side]
        return levels[:count] if count else levels

    def _reaches(self, side: Side, price_ticks: int) -> bool:
        levels, sign = self._levels[side], _RANK_SIGN[side]
        return len(levels) < self._count or price_ticks * sign <= levels[-1][0] * sign


class FullView:
    """Every level of both sides; a refresh costs O(changed levels)."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._quantities = {side: dict(book.top(side, 0)) for side in Side}
        self._noted: dict[Side, set[int]] = {side: set() for side in Side}

    def note(self, changes: Changes) -> bool:
        """Take note of changes; each one shows."""
        for side, price_ticks in changes:
            self._noted[side].add(price_ticks)
        return bool(changes)

    def refresh(self) -> dict[Side, StepLevels]:
        """Compare the noted levels with what was sent of them."""
        return {side: self._refreshed(side) for side in Side}

    def levels(self, side: Side, count: int = 0) -> StepLevels:
        """Return the best levels of the book, which the view equals after a refresh."""
        return self._book.top(side, count)

    def _refreshed(self, side: Side) -> StepLevels:
        sent = self._quantities[side]
        noted, self._noted[side] = self._noted[side], set()
        changed = []
        for price_ticks in _best_first(side, noted):
            quantity_lots = self._book.quantity(side, price_ticks)
            if quantity_lots == sent.get(price_ticks, 0):
                continue
            changed.append((price_ticks, quantity_lots))
            if quantity_lots:
                sent[price_ticks] = quantity_lots
            else:
                del sent[price_ticks]
        return changed


def _difference(before: StepLevels, after: StepLevels) -> StepLevels:
    """Return what turns `before` into `after`: what is gone, then what is new or other."""
    quantities = dict(before)
    changed = [level for level in after if quantities.pop(level[0], 0) != level[1]]
    return [(price_ticks, 0) for price_ticks in quantities] + changed


def _best_first(side: Side, prices: Iterable[int]) -> list[int]:
    return sorted(prices, key=lambda price_ticks: price_ticks * _RANK_SIGN[side])
