"""Check how long a client waits before it tries again."""

from random import Random

import pytest

from app.client.backoff import BACKOFF_BASE_MS, BACKOFF_MAX_MS, backoff_ms


@pytest.mark.parametrize(
    ("attempt", "uniform", "expected_ms"),
    [
        (1, 0.0, 125),
        (1, 1.0, 250),
        (2, 0.0, 250),
        (3, 0.5, 750),
        (8, 0.0, 15_000),
        (1_000_000, 1.0, 30_000),
    ],
)
def test_the_wait_doubles_up_to_its_bound(attempt: int, uniform: float, expected_ms: int) -> None:
    assert backoff_ms(attempt, lambda: uniform) == expected_ms


def test_waits_spread_over_the_upper_half_of_their_range() -> None:
    random = Random(7)
    for attempt in range(1, 30):
        ceiling_ms = min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (attempt - 1))
        waits_ms = {backoff_ms(attempt, random.random) for _ in range(200)}
        assert ceiling_ms // 2 <= min(waits_ms) and max(waits_ms) <= ceiling_ms
        assert len(waits_ms) > 50
