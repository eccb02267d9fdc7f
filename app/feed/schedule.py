"""Decide when a group publishes: with the batch that changed it, or when its interval is over.

Role: shared by all groups of a hub. Sans-I/O; owned by the loop's thread.
"""

from collections.abc import Callable

from app.feed.timers import TimerQueue


class Schedule:
    """Hold what publishes with the next flush, what is due later, and what ends with a flush."""

    def __init__(self) -> None:
        self.timers = TimerQueue()
        self._ready: list[Callable[[int], None]] = []
        self._after: list[Callable[[], None]] = []

    def with_batch(self, publish: Callable[[int], None]) -> None:
        """Call `publish(now_us)` in the next flush."""
        self._ready.append(publish)

    def after_flush(self, forget: Callable[[], None]) -> None:
        """Call `forget()` at the end of the next flush."""
        self._after.append(forget)

    def flush(self, now_us: int) -> None:
        """Publish what is ready and what is due; O(changed groups)."""
        ready, self._ready = self._ready, []
        for publish in ready:
            publish(now_us)
        self.timers.run(now_us)
        after, self._after = self._after, []
        for forget in after:
            forget()
