"""Limit how many orders an account may send.

Role: a token bucket per account that holds one second's worth. New orders and amends take a token
each; cancels, cancel-alls and amends that only reduce the quantity take none: a trader in trouble
can always get out. Sans-I/O: time is an argument.
"""

from typing import Final

from app.errors import Refusal

_NS_PER_S: Final = 1_000_000_000
_NS_PER_MS: Final = 1_000_000


class RateLimiter:
    """Decide order by order; O(1) in time, one integer of memory per account that ever sent."""

    def __init__(self, orders_per_second: int) -> None:
        """Allow `orders_per_second` on average and at once; 0 = unlimited."""
        assert 0 <= orders_per_second <= _NS_PER_S
        self._interval_ns = 0 if orders_per_second == 0 else _NS_PER_S // orders_per_second
        self._burst_ns = self._interval_ns * max(orders_per_second - 1, 0)
        self._full_at_ns: dict[int, int] = {}
        self.refused = 0
        """How many orders were refused since the start."""

    def take(self, account: int, now_ns: int) -> int | None:
        """Take a token; None = taken, else the milliseconds until there is one again.

        A bucket is one time: when it will be full again. It lies at most a second ahead of now.
        """
        if self._interval_ns == 0:
            return None
        full_at_ns = max(self._full_at_ns.get(account, 0), now_ns)
        early_ns = full_at_ns - now_ns - self._burst_ns
        if early_ns > 0:
            return -(-early_ns // _NS_PER_MS)
        self._full_at_ns[account] = full_at_ns + self._interval_ns
        return None

    def refusal(self, account: int, now_ns: int) -> Refusal | None:
        """Take a token, or return the refusal that says when to come back."""
        wait_ms = self.take(account, now_ns)
        if wait_ms is None:
            return None
        self.refused += 1
        return Refusal("rate_limited", "the account sends orders too fast", wait_ms)
