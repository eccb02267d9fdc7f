"""Rebuild a depth subscription as a client would, trusting nothing."""

from typing import Any

from app.feed.checksum import checksum_of_text

Message = dict[str, Any]
Levels = list[tuple[str, str]]


class BookFold:
    """Fold snapshots and deltas; every message must continue the chain and meet its checksum."""

    def __init__(self, levels: int) -> None:
        self.levels = levels
        self.seq: int | None = None
        self.sides: dict[str, dict[str, str]] = {"bids": {}, "asks": {}}
        self.snapshots = 0
        self.deltas = 0
        self._part = 0

    def best(self, name: str) -> Levels:
        """Return a side best first, ordered as numbers without floats."""
        side = self.sides[name]
        return sorted(
            side.items(),
            key=lambda level: int(level[0].replace(".", "")),
            reverse=name == "bids",
        )

    def take(self, message: Message) -> bool:
        """Fold one message; tell whether the book is whole after it."""
        assert message["channel"] == "depth"
        whole = self._snapshot(message) if message["type"] == "snapshot" else self._delta(message)
        if whole:
            bids, asks = self.best("bids"), self.best("asks")
            assert message["checksum"] == checksum_of_text(asks[:10], bids[:10])
            if self.levels:
                assert max(len(bids), len(asks)) <= self.levels, "levels out of range are deleted"
        return whole

    def _snapshot(self, message: Message) -> bool:
        if message["part"] == 1:
            self.sides = {"bids": {}, "asks": {}}
            self.seq = message["seq"]
            self._part = 0
        assert (message["part"], message["seq"]) == (self._part + 1, self.seq)
        self._part += 1
        for name, side in self.sides.items():
            for price, quantity in message[name]:
                assert price not in side
                side[price] = quantity
        assert message["last"] or message["checksum"] is None
        self.snapshots += message["last"]
        return message["last"]

    def _delta(self, message: Message) -> bool:
        assert message["prev_seq"] == self.seq, "a gap"
        assert message["seq"] > message["prev_seq"]
        assert message["bids"] or message["asks"], "an empty delta"
        self.seq = message["seq"]
        self.deltas += 1
        for name, side in self.sides.items():
            for price, quantity in message[name]:
                assert side.get(price) != quantity, "a level that did not change"
                if quantity == "0":
                    del side[price]
                else:
                    side[price] = quantity
        return True
