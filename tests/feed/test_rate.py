"""Limits of one connection by a clock that is moved by hand."""

import pytest

from app.feed.rate import Strikes, TokenBucket

S = 1_000_000


def test_a_second_s_worth_may_come_at_once_and_then_at_the_rate() -> None:
    bucket = TokenBucket(10, 0)
    assert [bucket.take(0) for _ in range(10)] == [0] * 10
    assert bucket.take(0) == 100
    assert bucket.take(99_999) == 1
    assert bucket.take(100_000) == 0
    assert bucket.take(100_000) == 100


def test_credit_does_not_grow_beyond_a_second() -> None:
    bucket = TokenBucket(3, 0)
    taken = [bucket.take(100 * S) for _ in range(4)]
    assert taken[:3] == [0, 0, 0]
    assert taken[3] > 0


def test_zero_is_unlimited() -> None:
    bucket = TokenBucket(0, 0)
    assert all(bucket.take(0) == 0 for _ in range(10_000))


def test_a_clock_that_is_set_back_gives_and_takes_nothing() -> None:
    bucket = TokenBucket(1, 10 * S)
    assert bucket.take(10 * S) == 0
    assert bucket.take(5 * S) == 1_000
    assert bucket.take(11 * S) == 0


@pytest.mark.parametrize(
    ("times_ms", "outcomes"),
    [
        ([0, 1, 2], [False, False, True]),
        ([0, 500, 999], [False, False, True]),
        ([0, 500, 1_000], [False, False, False]),
        ([0, 600, 1_200, 1_599], [False, False, False, True]),
    ],
)
def test_strikes_count_within_the_window(times_ms: list[int], outcomes: list[bool]) -> None:
    strikes = Strikes(3, 1_000)
    assert [strikes.strike(time_ms * 1_000) for time_ms in times_ms] == outcomes
