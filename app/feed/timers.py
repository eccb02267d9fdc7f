"""Keep what is due later: the one queue behind conflation, heartbeats and deadlines.

Role: time without a clock; it comes in as an argument. Owned by the loop's thread. Imports the
standard library's heap alone.
"""

from collections.abc import Callable
from heapq import heapify, heappop, heappush
from typing import Final

_CANCELLED_MIN: Final = 64
"""Fewer cancelled timers than this are not worth a sweep."""


class Timer:
    """One call to come; `cancel` is O(1)."""

    __slots__ = ("_queue", "action", "due_us", "number")

    def __init__(
        self, queue: "TimerQueue", due_us: int, number: int, action: Callable[[int], None]
    ) -> None:
        self._queue = queue
        self.due_us = due_us
        self.number = number
        self.action: Callable[[int], None] | None = action

    def __lt__(self, other: "Timer") -> bool:
        return (self.due_us, self.number) < (other.due_us, other.number)

    def cancel(self) -> None:
        """Never call; does nothing for a timer that was called or cancelled."""
        if self.action is not None:
            self.action = None
            self._queue.forget_one()


class TimerQueue:
    """Call actions when their time has come, earliest first, in order of request at the same time.

    Memory: at most twice the living timers and a few.
    """

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._cancelled = 0
        self._next_number = 0
        self.on_earlier: Callable[[], None] | None = None
        """Is told when the earliest deadline moved forward, so that a shell can wake in time."""

    def at(self, due_us: int, action: Callable[[int], None]) -> Timer:
        """Call `action(now_us)` once `due_us` has come; O(log n)."""
        earliest = self.next_deadline_us()
        timer = Timer(self, due_us, self._next_number, action)
        self._next_number += 1
        heappush(self._heap, timer)
        if self.on_earlier is not None and (earliest is None or due_us < earliest):
            self.on_earlier()
        return timer

    def run(self, now_us: int) -> None:
        """Call everything that is due at `now_us`."""
        heap = self._heap
        while heap and heap[0].due_us <= now_us:
            timer = heappop(heap)
            action, timer.action = timer.action, None
            if action is None:
                self._cancelled -= 1
            else:
                action(now_us)

    def next_deadline_us(self) -> int | None:
        """Return when the next timer is due, None when there is none."""
        heap = self._heap
        while heap and heap[0].action is None:
            heappop(heap)
            self._cancelled -= 1
        return heap[0].due_us if heap else None

    def size(self) -> int:
        """Return how many timers are held, cancelled ones that were not swept yet included."""
        return len(self._heap)

    def forget_one(self) -> None:
        """Count a cancelled timer; sweep when they are the larger part."""
        self._cancelled += 1
        if self._cancelled > _CANCELLED_MIN and self._cancelled * 2 > len(self._heap):
            self._heap[:] = [timer for timer in self._heap if timer.action is not None]
            heapify(self._heap)
            self._cancelled = 0
