"""The token bucket: a second's worth at once, then one after the other."""

import pytest

from app.rate_limit import RateLimiter

START_NS = 1_700_000_000_000_000_000
SECOND_NS = 1_000_000_000


def test_nothing_is_limited_at_zero() -> None:
    limiter = RateLimiter(0)
    assert all(limiter.take(1, START_NS) is None for _ in range(10_000))


@pytest.mark.parametrize(
    ("orders_per_second", "wait_ms"), [(1, 1_000), (2, 500), (3, 334), (10, 100), (10_000, 1)]
)
def test_a_seconds_worth_passes_at_once_then_the_wait_is_told(
    orders_per_second: int, wait_ms: int
) -> None:
    limiter = RateLimiter(orders_per_second)
    passed = [limiter.take(1, START_NS) for _ in range(orders_per_second)]
    assert passed == [None] * orders_per_second
    assert limiter.take(1, START_NS) == wait_ms


def test_after_the_wait_that_was_told_one_passes() -> None:
    limiter = RateLimiter(3)
    for _ in range(3):
        limiter.take(1, START_NS)
    wait_ms = limiter.take(1, START_NS)
    assert wait_ms is not None
    later_ns = START_NS + wait_ms * 1_000_000
    assert limiter.take(1, later_ns) is None
    assert limiter.take(1, later_ns) is not None


def test_idle_time_is_not_saved_up_beyond_a_second() -> None:
    limiter = RateLimiter(2)
    limiter.take(1, START_NS)
    later_ns = START_NS + 3_600 * SECOND_NS
    assert [limiter.take(1, later_ns) for _ in range(3)] == [None, None, 500]


def test_the_long_run_rate_is_the_one_that_was_set() -> None:
    limiter, passed = RateLimiter(10), 0
    for millisecond in range(10_000):
        passed += limiter.take(1, START_NS + millisecond * 1_000_000) is None
    assert passed == 10 + 99


def test_accounts_do_not_share_a_bucket() -> None:
    limiter = RateLimiter(1)
    assert limiter.take(1, START_NS) is None
    assert limiter.take(2, START_NS) is None
    assert limiter.take(1, START_NS) is not None


def test_a_refused_order_takes_no_token_and_is_counted() -> None:
    limiter = RateLimiter(1)
    limiter.take(1, START_NS)
    refusals = [limiter.refusal(1, START_NS) for _ in range(5)]
    assert [(r.code, r.retry_after_ms) for r in refusals if r] == [("rate_limited", 1_000)] * 5
    assert limiter.refused == 5
    assert limiter.refusal(1, START_NS + SECOND_NS) is None
