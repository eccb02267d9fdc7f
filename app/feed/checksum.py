"""Compute the checksum of a depth view (docs/PROTOCOL.md, "Checksum"; Kraken's published recipe).

Role: two doors to one recipe: decimal text, as clients have it, and ticks and lots, as the groups
have them. Pure.
"""

from collections.abc import Iterable
from typing import Final
from zlib import crc32

from engine.instruments import Step

CHECKSUM_LEVELS: Final = 10
"""Levels of each side that count, best first."""

StepLevels = Iterable[tuple[int, int]]
"""`(price_ticks, quantity_lots)`, best first."""


def checksum_of_text(asks: Iterable[tuple[str, str]], bids: Iterable[tuple[str, str]]) -> int:
    """Return CRC32 over the best levels given as decimal text; at most ten of each side."""
    digits = (
        text.replace(".", "").lstrip("0")
        for side in (asks, bids)
        for level in side
        for text in level
    )
    return crc32("".join(digits).encode("ascii"))


def checksum_of_steps(tick: Step, lot: Step, asks: StepLevels, bids: StepLevels) -> int:
    """Return the same over ticks and lots: a decimal's digits are its count times its step's."""
    price, quantity = tick.digits, lot.digits
    text = "".join(
        f"{ticks * price}{lots * quantity}" for side in (asks, bids) for ticks, lots in side
    )
    return crc32(text.encode("ascii"))
