"""Count what subscribers receive, and follow each one's chain.

Role: what a cheap receiver knows of a message: its numbers and times, not its levels. Sans-I/O;
the clock is an argument.
"""

from array import array

import msgspec

from loadtest.figures import Durations, durations


class DepthHead(msgspec.Struct, frozen=True):
    """The fields of a message that a cheap receiver reads; the others are passed over."""

    type: str
    channel: str | None = None
    seq: int = 0
    prev_seq: int | None = None
    engine_us: int | None = None
    code: str | None = None


class Window(msgspec.Struct, frozen=True):
    """The measured part of a run in the engine's time: from `first_us` on, before `last_us`."""

    first_us: int
    last_us: int


class Samples:
    """One row for each message of all subscribers: when matched, how long it took, its bytes."""

    def __init__(self) -> None:
        self._engine_us = array("q")
        self._latency_us = array("q")
        self._bytes = array("q")

    def add(self, engine_us: int, latency_us: int, size_bytes: int) -> None:
        """Add one message."""
        self._engine_us.append(engine_us)
        self._latency_us.append(latency_us)
        self._bytes.append(size_bytes)

    def within(self, window: Window) -> tuple[Durations | None, int]:
        """Return how long messages of the window took, and their bytes."""
        latencies_us, size_bytes = array("q"), 0
        rows = zip(self._engine_us, self._latency_us, self._bytes, strict=True)
        for engine_us, latency_us, size in rows:
            if window.first_us <= engine_us < window.last_us:
                latencies_us.append(latency_us)
                size_bytes += size
        return durations(latencies_us), size_bytes


class Chain:
    """One subscriber: its place in the chain, and whether it broke."""

    def __init__(self, samples: Samples) -> None:
        self.engine_us = 0
        """The engine's time of the newest message."""
        self.snapshots = 0
        self.faults: list[str] = []
        self._samples = samples
        self._seq: int | None = None
        self._decoder = msgspec.json.Decoder(DepthHead)

    def take(self, payload: bytes, now_us: int) -> None:
        """Take one message that came at `now_us`, on the engine's clock."""
        head = self._decoder.decode(payload)
        if head.channel != "depth" or head.type not in ("snapshot", "delta"):
            if head.type == "error":
                self.faults.append(f"error {head.code}")
            return
        if head.type == "snapshot":
            self.snapshots += 1
        elif head.prev_seq != self._seq or self._seq is None or head.seq <= self._seq:
            self.faults.append(f"gap: {head.prev_seq} follows {self._seq}")
        self._seq = head.seq
        if head.engine_us is not None:
            self.engine_us = head.engine_us
            self._samples.add(head.engine_us, now_us - head.engine_us, len(payload))
