"""Tell the time: the one place where the server reads the wall clock.

Role: everything below takes a clock, or a time, as an argument. Imports the standard library alone.
"""

import time
from collections.abc import Callable

ClockNs = Callable[[], int]


class SystemClock:
    """Read the machine's clock; any thread."""

    def now_ns(self) -> int:
        """Return nanoseconds since the epoch."""
        return time.time_ns()

    def now_us(self) -> int:
        """Return microseconds since the epoch."""
        return time.time_ns() // 1000
