"""Read the rows of a LOBSTER recording: the message file and the order book file.

Role: pure parsing for `app.client.lobster`; imports the standard library alone. Prices come out in
ticks of 0.01 dollar, quantities in shares.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

Side = Literal["buy", "sell"]
Levels = tuple[tuple[int, int], ...]
"""(price_ticks, quantity_lots), best first."""

PRICE_UNITS_PER_TICK: Final = 100
"""LOBSTER writes dollars x 10,000; the market ticks in cents."""

NEW, REDUCTION, DELETION, EXECUTION, HIDDEN_EXECUTION, CROSS, HALT = range(1, 8)


class LobsterFormatError(ValueError):
    """A line is not a LOBSTER row; the text names the row."""


@dataclass(frozen=True, slots=True)
class Message:
    """One row of the message file; `side` is the resting order's."""

    row: int
    time: str
    kind: int
    order_id: str
    quantity_lots: int
    price_ticks: int
    side: Side


@dataclass(frozen=True, slots=True)
class Compare:
    """Hold the book against the recorded one after message `row` (see `difference`).

    The deepest `bids_may_lack` and `asks_may_lack` recorded levels may be unknown as yet.
    """

    row: int
    bids: Levels
    asks: Levels
    depth: int
    bids_may_lack: int = 1
    asks_may_lack: int = 1


def parse_message(line: str, row: int) -> Message:
    """Read one row of the message file; raises LobsterFormatError."""
    fields = line.strip().split(",")
    try:
        time, kind, order_id, size, price, direction = fields
        number, ticks, side = int(kind), int(price), int(direction)
        if number not in range(NEW, HALT + 1) or side not in (1, -1):
            raise ValueError
        shares = int(size)
    except ValueError:
        raise LobsterFormatError(f"row {row}: not a LOBSTER message: {line.strip()!r}") from None
    price_ticks = _ticks(ticks, row) if number in (NEW, REDUCTION, DELETION, EXECUTION) else 0
    resting: Side = "buy" if side == 1 else "sell"
    return Message(row, time, number, order_id, shares, price_ticks, resting)


def parse_orderbook(line: str, row: int) -> Compare:
    """Read one row of the order book file; raises LobsterFormatError."""
    try:
        numbers = [int(text) for text in line.strip().split(",")]
    except ValueError:
        raise LobsterFormatError(f"row {row}: not a LOBSTER book: {line.strip()!r}") from None
    if len(numbers) % 4 != 0:
        raise LobsterFormatError(f"row {row}: {len(numbers)} numbers are not whole levels")
    # A level without orders has size 0 and a made-up price.
    asks = _levels(numbers[0::4], numbers[1::4], row)
    bids = _levels(numbers[2::4], numbers[3::4], row)
    return Compare(row, bids, asks, len(numbers) // 4)


def _levels(prices: list[int], sizes: list[int], row: int) -> Levels:
    pairs = zip(prices, sizes, strict=True)
    return tuple((_ticks(price, row), size) for price, size in pairs if size > 0)


def _ticks(price: int, row: int) -> int:
    ticks, surplus = divmod(price, PRICE_UNITS_PER_TICK)
    if surplus or ticks < 1:
        raise LobsterFormatError(f"row {row}: price {price} is off the tick")
    return ticks


def rows(messages: Iterable[str], orderbook: Iterable[str]) -> Iterator[tuple[Message, Compare]]:
    """Pair the lines of both files; raises LobsterFormatError, naming the row."""
    try:
        for row, (message, book) in enumerate(zip(messages, orderbook, strict=True)):
            yield parse_message(message, row), parse_orderbook(book, row)
    except LobsterFormatError:
        raise
    except ValueError:
        raise LobsterFormatError("the two files do not have the same number of rows") from None
