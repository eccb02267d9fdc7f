"""Say how long to wait before trying again: exponential growth, jitter over its upper half.

Role: one function; randomness is an argument. Imports nothing but types.
"""

from collections.abc import Callable
from typing import Final

BACKOFF_BASE_MS: Final = 250
BACKOFF_MAX_MS: Final = 30_000
_DOUBLINGS_MAX: Final = 16
"""Beyond this the ceiling is long reached; it keeps the power small."""


def backoff_ms(attempt: int, uniform: Callable[[], float]) -> int:
    """Return milliseconds to wait before attempt 1, 2, 3 …; `uniform` is in [0, 1)."""
    assert attempt >= 1, attempt
    ceiling_ms = min(BACKOFF_MAX_MS, BACKOFF_BASE_MS << min(attempt - 1, _DOUBLINGS_MAX))
    half_ms = ceiling_ms // 2
    return half_ms + round(half_ms * uniform())
