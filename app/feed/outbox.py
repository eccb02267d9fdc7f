"""Queue what one connection has not taken yet, bounded in bytes.

Role: between those who publish and one socket. A frame goes straight to the sink while the peer
takes more and nothing waits; else it waits here. Sans-I/O: the sink is given. Owned by the loop's
thread.

    send ──ready──────────────────────────► sink.write      pause  ◄── the socket's buffer fills
      └──else──► queue ──resume, in order──► sink.write      resume ◄── it is empty again
                   └── beyond bytes_max ──► on_overflow
"""

from collections import deque
from collections.abc import Callable, Iterator
from typing import Protocol

from app.feed.statistics import FeedStatistics


class Sink(Protocol):
    """Carry whole frames to one peer; calls `pause` on its outbox, maybe within `write`."""

    def write(self, frame: bytes) -> None:
        """Take a frame; only called between a resume and the next pause."""

    def closing(self) -> None:
        """Be told that the connection is about to end: see that it does, whatever the peer does."""

    def close(self, code: int, reason: str) -> None:
        """Send the close frame behind what was written."""


class Outbox:
    """Hold the frames of one connection that wait for its peer.

    `ready` is true when a frame would be sent at once; `queued_bytes` is what waits.
    """

    __slots__ = (
        "_bytes_max",
        "_close",
        "_queue",
        "_sink",
        "_statistics",
        "_writable",
        "closing",
        "on_overflow",
        "queued_bytes",
        "ready",
    )

    def __init__(self, sink: Sink, bytes_max: int, statistics: FeedStatistics) -> None:
        self._sink = sink
        self._bytes_max = bytes_max
        self._statistics = statistics
        self._queue: deque[tuple[bytes | Iterator[bytes], int]] = deque()
        self._writable = True
        self._close: tuple[int, str] | None = None
        self.ready = True
        self.closing = False
        self.queued_bytes = 0
        self.on_overflow: Callable[[], None] | None = None

    def send(self, frame: bytes) -> None:
        """Send `frame` behind all that was sent before; O(1)."""
        if self.ready:
            self.write(frame)
        elif not self.closing:
            self._queue.append((frame, len(frame)))
            self._grow(len(frame))

    def write(self, frame: bytes) -> None:
        """Send `frame` now; for callers that saw `ready`."""
        self._statistics.bytes_sent += len(frame)
        self._sink.write(frame)

    def send_first(self, frame: bytes) -> None:
        """Send a notice before all that waits: what waits is what it tells of."""
        if self.ready:
            self.write(frame)
        elif not self.closing:
            self._queue.appendleft((frame, len(frame)))
            self._grow(len(frame))

    def draw(self, frames: Iterator[bytes], cost_bytes: int) -> None:
        """Send what `frames` yields, asking for each when the peer takes it.

        `cost_bytes` is the memory that the iterator holds until it is drawn.
        """
        if self.closing:
            return
        self._queue.append((frames, cost_bytes))
        self.ready = False
        self._grow(cost_bytes)
        self._drain()

    def pause(self) -> None:
        """Take note that the peer takes no more for now."""
        self._writable = False
        self.ready = False

    def resume(self) -> None:
        """Take note that the peer takes more; send what waits."""
        self._writable = True
        self._drain()

    def discard(self) -> None:
        """Drop what waits and free its memory."""
        self._queue.clear()
        self.queued_bytes = 0

    def close(self, code: int, reason: str) -> None:
        """End the connection behind all that waits; nothing can be sent after it."""
        assert not self.closing, "an outbox is closed once"
        self.closing = True
        self.ready = False
        self._close = (code, reason)
        self._sink.closing()
        self._drain()

    def abandon(self) -> None:
        """Take note that the connection is gone."""
        self.closing = True
        self.ready = False
        self._close = None
        self.discard()

    def _grow(self, amount_bytes: int) -> None:
        self.queued_bytes += amount_bytes
        if self.queued_bytes > self._bytes_max and self.on_overflow is not None:
            overflow, self.on_overflow = self.on_overflow, None
            overflow()

    def _drain(self) -> None:
        while self._queue and self._writable:
            entry, cost_bytes = self._queue[0]
            frame = entry if isinstance(entry, bytes) else next(entry, None)
            if frame is None or frame is entry:
                self._queue.popleft()
                self.queued_bytes -= cost_bytes
            if frame is not None:
                self.write(frame)
        if self._queue or not self._writable:
            return
        if self._close is not None:
            (code, reason), self._close = self._close, None
            self._sink.close(code, reason)
        self.ready = not self.closing
