"""Depth messages and a book made without the page's code, to compare the page with."""

import zlib
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

Pairs = list[list[str]]


def checksum(bids: Iterable[Iterable[str]], asks: Iterable[Iterable[str]]) -> int:
    """Return the checksum of docs/PROTOCOL.md over pairs that stand best first."""
    levels = [*list(asks)[:10], *list(bids)[:10]]
    text = "".join(value.replace(".", "").lstrip("0") for pair in levels for value in pair)
    return zlib.crc32(text.encode())


class IndependentBook:
    """Two plain dictionaries and the rules of the depth channel."""

    def __init__(self) -> None:
        self.seq: int | None = None
        self._bids: dict[str, str] = {}
        self._asks: dict[str, str] = {}

    @property
    def bids(self) -> Pairs:
        return [[price, self._bids[price]] for price in sorted(self._bids, key=Decimal)][::-1]

    @property
    def asks(self) -> Pairs:
        return [[price, self._asks[price]] for price in sorted(self._asks, key=Decimal)]

    def apply(self, message: Mapping[str, Any]) -> None:
        """Apply a snapshot or delta and hold it to its chain and its checksum."""
        if message["type"] == "snapshot":
            self._bids, self._asks = {}, {}
        else:
            assert message["prev_seq"] == self.seq
        self.change(message["bids"], message["asks"])
        self.seq = message["seq"]
        assert checksum(self.bids, self.asks) == message["checksum"]

    def change(self, bids: Pairs, asks: Pairs) -> None:
        for levels, changes in ((self._bids, bids), (self._asks, asks)):
            for price, quantity in changes:
                if quantity == "0":
                    levels.pop(price, None)
                else:
                    levels[price] = quantity

    def message(self, kind: str, seq: int, bids: Pairs, asks: Pairs) -> dict[str, Any]:
        """Change the book and return the message that tells so."""
        if kind == "snapshot":
            self._bids, self._asks = {}, {}
        previous = {} if kind == "snapshot" else {"prev_seq": self.seq}
        self.change(bids, asks)
        self.seq = seq
        return {
            "channel": "depth",
            "type": kind,
            "symbol": "ACME-USD",
            "epoch": "e1",
            "seq": seq,
            **previous,
            "bids": bids,
            "asks": asks,
            "checksum": checksum(self.bids, self.asks),
            "engine_us": 1_700_000_000_000_000,
        }
