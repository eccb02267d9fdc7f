"""Compute the depth checksum (docs/PROTOCOL.md, "Checksum").

Role: CRC32 over price and quantity strings as they came over the wire. Imports zlib alone.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Final
from zlib import crc32

CHECKSUM_LEVELS: Final = 10

Level = tuple[str, str]
"""Price and quantity, with the instrument's full number of decimals."""


def digits(text: str) -> str:
    """Return a decimal without its point and leading zeros."""
    return text.replace(".", "", 1).lstrip("0")


def book_checksum(asks: Iterable[Level], bids: Iterable[Level]) -> int:
    """Return the CRC32 of the best ten asks, then the best ten bids, both given best first."""
    text = "".join(
        digits(price) + digits(quantity)
        for side in (asks, bids)
        for price, quantity in islice(side, CHECKSUM_LEVELS)
    )
    return crc32(text.encode())
