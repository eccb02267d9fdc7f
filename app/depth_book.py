"""Keep the visible levels of one symbol, folded from `DepthUpdated` events.

Role: the market as the outside sees it, for REST, the feed and the ticker. Sans-I/O; owned by the
event loop's thread. Imports the vocabulary of `engine` alone.
"""

from bisect import bisect_left, insort

from engine.commands import Side


class _Levels:
    """Hold one side: prices as keys of which the largest is the best, so that it stands last.

    The book changes mostly near its best, at the cheap end of the list.
    """

    __slots__ = ("_keys", "_quantities", "_sign")

    def __init__(self, side: Side) -> None:
        self._sign = 1 if side is Side.BUY else -1
        self._keys: list[int] = []
        self._quantities: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def apply(self, price_ticks: int, quantity_lots: int) -> None:
        """Set a level to its new absolute quantity; 0 takes it away."""
        key = price_ticks * self._sign
        if quantity_lots == 0:
            if self._quantities.pop(key, None) is not None:
                del self._keys[bisect_left(self._keys, key)]
            return
        if key not in self._quantities:
            insort(self._keys, key)
        self._quantities[key] = quantity_lots

    def best_ticks(self) -> int | None:
        """Return the best price, None when the side is empty."""
        return self._keys[-1] * self._sign if self._keys else None

    def quantity_lots(self, price_ticks: int) -> int:
        """Return what is shown at a price, 0 where there is no level."""
        return self._quantities.get(price_ticks * self._sign, 0)

    def top(self, levels: int) -> list[tuple[int, int]]:
        """Return `(price_ticks, quantity_lots)` of the best levels, best first; 0 = all."""
        keys = self._keys[-levels:] if levels else self._keys
        sign, quantities = self._sign, self._quantities
        return [(key * sign, quantities[key]) for key in reversed(keys)]


class DepthBook:
    """Hold the visible book of one symbol: both sides, its sequence number, its time.

    `seq` counts the units that changed the visible book order by order (an order's price, place
    or visible quantity) or printed a trade: 0 before the first (docs/PROTOCOL.md, "depth").
    `engine_us` is the engine's time of the unit that `seq` counted last, 0 before.
    """

    __slots__ = ("_sides", "engine_us", "seq")

    def __init__(self) -> None:
        self.seq = 0
        self.engine_us = 0
        self._sides = {side: _Levels(side) for side in Side}

    def apply(self, side: Side, price_ticks: int, quantity_lots: int) -> None:
        """Set a level to its new absolute quantity; O(log levels), and a short move."""
        self._sides[side].apply(price_ticks, quantity_lots)

    def advance(self, engine_us: int) -> None:
        """Count one unit that changed this book."""
        self.seq += 1
        self.engine_us = engine_us

    @property
    def best_bid(self) -> int | None:
        """Return the highest bid in ticks."""
        return self._sides[Side.BUY].best_ticks()

    @property
    def best_ask(self) -> int | None:
        """Return the lowest ask in ticks."""
        return self._sides[Side.SELL].best_ticks()

    def top(self, side: Side, levels: int) -> list[tuple[int, int]]:
        """Return `(price_ticks, quantity_lots)` of the best `levels`, best first; 0 = all."""
        return self._sides[side].top(levels)

    def quantity(self, side: Side, price_ticks: int) -> int:
        """Return the lots shown at a price, 0 where there is no level; O(1)."""
        return self._sides[side].quantity_lots(price_ticks)

    def level_count(self, side: Side) -> int:
        """Return how many levels a side has."""
        return len(self._sides[side])

    def crossed(self) -> bool:
        """Tell whether the best bid meets the best ask: a book that must never be published."""
        bid, ask = self.best_bid, self.best_ask
        return bid is not None and ask is not None and bid >= ask
