"""Count what a connection may do: messages per second, and how often something may go wrong.

Role: sans-I/O limits of one connection; time is an argument. Imports the standard library alone.
"""

from collections import deque
from typing import Final

_US_PER_S: Final = 1_000_000
_US_PER_MS: Final = 1_000


class TokenBucket:
    """Allow `per_s` messages a second, a second's worth at once; 0 allows everything."""

    __slots__ = ("_credit_us", "_last_us", "_per_s")

    def __init__(self, per_s: int, now_us: int) -> None:
        self._per_s = per_s
        self._credit_us = per_s * _US_PER_S
        self._last_us = now_us

    def take(self, now_us: int) -> int:
        """Take one message; return 0, or after how many milliseconds there is one to take."""
        per_s = self._per_s
        if per_s == 0:
            return 0
        gained = max(0, now_us - self._last_us) * per_s
        self._credit_us = min(per_s * _US_PER_S, self._credit_us + gained)
        self._last_us = max(self._last_us, now_us)
        if self._credit_us >= _US_PER_S:
            self._credit_us -= _US_PER_S
            return 0
        missing_us = -(-(_US_PER_S - self._credit_us) // per_s)
        return -(-missing_us // _US_PER_MS)


class Strikes:
    """Tell when something has happened `count_max` times within `window_ms`."""

    __slots__ = ("_at_us", "_window_us")

    def __init__(self, count_max: int, window_ms: int) -> None:
        self._at_us: deque[int] = deque(maxlen=count_max)
        self._window_us = window_ms * _US_PER_MS

    def strike(self, now_us: int) -> bool:
        """Count one; true when that was one too many."""
        self._at_us.append(now_us)
        is_full = len(self._at_us) == self._at_us.maxlen
        return is_full and now_us - self._at_us[0] < self._window_us
