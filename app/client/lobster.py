"""Turn a recorded LOBSTER market into the steps that replay it on an order book.

Role: pure logic for the importer and the tests: lines in, steps out. Knows no engine, no wire and
no file. LOBSTER gives two files: messages, and after each of them the best levels. What rests
deeper than these is unknown, so the replay keeps exactly that window: a level that falls out is
forgotten, one that comes in is revealed as a single anonymous order. Prices are in ticks of 0.01
dollar, quantities in shares.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from app.client.lobster_rows import (
    DELETION,
    EXECUTION,
    HIDDEN_EXECUTION,
    NEW,
    REDUCTION,
    Compare,
    Levels,
    Message,
    Side,
    rows,
)

OPPOSITE: Final[dict[Side, Side]] = {"buy": "sell", "sell": "buy"}


@dataclass(frozen=True, slots=True)
class Add:
    """Rest a gtc limit order under `key`; it crosses nobody."""

    key: str
    side: Side
    price_ticks: int
    quantity_lots: int


@dataclass(frozen=True, slots=True)
class Reduce:
    """Amend an order to `total_lots` (filled + remaining); it keeps its place."""

    key: str
    total_lots: int


@dataclass(frozen=True, slots=True)
class Delete:
    """Cancel an order."""

    key: str


@dataclass(frozen=True, slots=True)
class Fill:
    """What one maker is recorded to have given, in the order of the fills."""

    maker_key: str
    price_ticks: int
    quantity_lots: int


@dataclass(frozen=True, slots=True)
class Aggress:
    """Send an ioc limit order; its fills must be these, adjacent ones of one maker merged."""

    side: Side
    price_ticks: int
    quantity_lots: int
    fills: tuple[Fill, ...]


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A message names an order that is neither known nor anonymous; it was passed over."""

    row: int
    text: str


Step = Add | Reduce | Delete | Aggress | Compare | Unplaced


@dataclass(slots=True)
class Resting:
    """One order of the replay's own small book."""

    key: str
    side: Side
    price_ticks: int
    total_lots: int
    remaining_lots: int


@dataclass(slots=True)
class Replay:
    """Follow the recorded market in a small book of its own, and tell each step."""

    orders: dict[str, Resting] = field(default_factory=dict)
    queues: dict[tuple[Side, int], dict[str, Resting]] = field(default_factory=dict)
    anonymous: dict[tuple[Side, int], str] = field(default_factory=dict)
    anonymous_count: int = 0

    def steps(self, messages: Iterable[str], orderbook: Iterable[str]) -> Iterator[Step]:
        """Yield the steps of a whole recording; both iterables give lines, row by row.

        Raises LobsterFormatError for a line that is no row, and when one file ends too early.
        """
        recording = rows(messages, orderbook)
        first = next(recording, None)
        if first is None:
            return
        yield from self._move_window(first[1])
        yield first[1]
        for group, book in _groups(recording):
            before = {side: self._prices(side) for side in OPPOSITE}
            yield from self._apply(group)
            lacking = {side: len(before[side] - self._prices(side)) for side in OPPOSITE}
            yield Compare(
                book.row,
                book.bids,
                book.asks,
                book.depth,
                bids_may_lack=max(1, lacking["buy"]),
                asks_may_lack=max(1, lacking["sell"]),
            )
            yield from self._move_window(book)

    def _apply(self, group: list[Message]) -> Iterator[Step]:
        message = group[0]
        if message.kind == NEW:
            yield self._add(message.order_id, message.side, message.price_ticks, message)
        elif message.kind in (REDUCTION, DELETION):
            yield self._take_off(message)
        elif message.kind == EXECUTION:
            yield self._aggress(group)

    def _add(self, key: str, side: Side, price_ticks: int, size: Message | int) -> Add:
        lots = size if isinstance(size, int) else size.quantity_lots
        order = Resting(key, side, price_ticks, lots, lots)
        self.orders[key] = order
        self.queues.setdefault((side, price_ticks), {})[key] = order
        return Add(key, side, price_ticks, lots)

    def _take_off(self, message: Message) -> Step:
        order = self.orders.get(self._key(message))
        if order is None:
            return Unplaced(message.row, f"row {message.row}: nobody rests as {message.order_id}")
        known = order.key == message.order_id
        whole = message.kind == DELETION and known
        if whole or order.remaining_lots <= message.quantity_lots:
            self._forget(order)
            return Delete(order.key)
        order.total_lots -= message.quantity_lots
        order.remaining_lots -= message.quantity_lots
        return Reduce(order.key, order.total_lots)

    def _aggress(self, group: list[Message]) -> Aggress:
        executions = [message for message in group if message.kind == EXECUTION]
        fills = [Fill(self._key(m), m.price_ticks, m.quantity_lots) for m in executions]
        maker_side = executions[0].side
        prices = [message.price_ticks for message in executions]
        worst = min(prices) if maker_side == "buy" else max(prices)
        lots = sum(message.quantity_lots for message in executions)
        self._match(maker_side, worst, lots)
        return Aggress(OPPOSITE[maker_side], worst, lots, merged(fills))

    def _match(self, maker_side: Side, worst_ticks: int, lots: int) -> None:
        """Fill the small book as a price-time engine would."""
        for price_ticks in sorted(self._prices(maker_side), reverse=maker_side == "buy"):
            if lots == 0 or _worse(maker_side, price_ticks, worst_ticks):
                return
            for order in list(self.queues[maker_side, price_ticks].values()):
                filled = min(lots, order.remaining_lots)
                lots -= filled
                order.remaining_lots -= filled
                if order.remaining_lots == 0:
                    self._forget(order)

    def _key(self, message: Message) -> str:
        """Return the order that a message means: the known one, else the anonymous one there."""
        if message.order_id in self.orders:
            return message.order_id
        return self.anonymous.get((message.side, message.price_ticks), message.order_id)

    def _forget(self, order: Resting) -> None:
        place = (order.side, order.price_ticks)
        del self.orders[order.key]
        del self.queues[place][order.key]
        if not self.queues[place]:
            del self.queues[place]
        if self.anonymous.get(place) == order.key:
            del self.anonymous[place]

    def _move_window(self, book: Compare) -> Iterator[Step]:
        """Cancel what is worse than the deepest recorded level, add what came into sight."""
        recorded: tuple[tuple[Side, Levels], ...] = (("buy", book.bids), ("sell", book.asks))
        for side, levels in recorded:
            if len(levels) == book.depth:
                yield from self._forget_beyond(side, levels[-1][0])
            for price_ticks, quantity_lots in levels:
                if (side, price_ticks) not in self.queues:
                    self.anonymous_count += 1
                    key = f"anonymous-{self.anonymous_count}"
                    self.anonymous[side, price_ticks] = key
                    yield self._add(key, side, price_ticks, quantity_lots)

    def _forget_beyond(self, side: Side, deepest_ticks: int) -> Iterator[Step]:
        for price_ticks in self._prices(side):
            if _worse(side, price_ticks, deepest_ticks):
                for order in list(self.queues[side, price_ticks].values()):
                    self._forget(order)
                    yield Delete(order.key)

    def _prices(self, side: Side) -> set[int]:
        return {price_ticks for place, price_ticks in self.queues if place == side}


def merged(fills: Iterable[Fill]) -> tuple[Fill, ...]:
    """Return fills with adjacent ones of the same maker added up."""
    result: list[Fill] = []
    for fill in fills:
        last = result[-1] if result else None
        if last is not None and last.maker_key == fill.maker_key:
            result[-1] = Fill(
                last.maker_key, last.price_ticks, last.quantity_lots + fill.quantity_lots
            )
        else:
            result.append(fill)
    return tuple(result)


def difference(side: Side, book: Levels, recorded: Levels, depth: int, may_lack: int) -> str | None:
    """Return how `book` contradicts the recorded levels of one side, None where it does not.

    `book` has the levels of the book best first, at least `depth` of them where it has so many.
    """
    seen = book
    if len(recorded) == depth:
        deepest = recorded[-1][0]
        seen = tuple(level for level in book if not _worse(side, level[0], deepest))
    if seen == recorded[: len(seen)] and len(recorded) - len(seen) <= may_lack:
        return None
    for number, level in enumerate(recorded[: len(seen)]):
        if seen[number] != level:
            return f"{side} rank {number + 1}: recorded {level}, here {seen[number]}"
    if len(seen) > len(recorded):
        return f"{side}: the recorded book lacks {seen[len(recorded)]}"
    return f"{side}: {len(recorded) - len(seen)} recorded levels are missing"


def _worse(side: Side, price_ticks: int, than_ticks: int) -> bool:
    return price_ticks < than_ticks if side == "buy" else price_ticks > than_ticks


def _groups(
    recording: Iterator[tuple[Message, Compare]],
) -> Iterator[tuple[list[Message], Compare]]:
    """Join the executions of one aggressor; every other message stands alone.

    Executions at one time against one side are one aggressor, hidden ones between them aside.
    """
    group: list[Message] = []
    waiting: list[tuple[Message, Compare]] = []
    book: Compare | None = None
    for message, after in recording:
        if group and message.kind == HIDDEN_EXECUTION:
            waiting.append((message, after))
            continue
        joins = message.kind == EXECUTION and group and _same_aggressor(group[0], message)
        if not joins and book is not None:
            yield group, book
            yield from (([hidden], seen) for hidden, seen in waiting)
            group, book = [], None
        waiting.clear()
        if message.kind == EXECUTION:
            group.append(message)
            book = after
        else:
            yield [message], after
    if book is not None:
        yield group, book
        yield from (([hidden], seen) for hidden, seen in waiting)


def _same_aggressor(first: Message, other: Message) -> bool:
    return (first.time, first.side) == (other.time, other.side)
