"""The one reader of the machine's clock."""

import time

from app.clock import SystemClock


def test_the_clock_is_the_machines_in_nanoseconds_and_in_microseconds() -> None:
    clock = SystemClock()
    before_ns = time.time_ns()
    now_ns, now_us = clock.now_ns(), clock.now_us()
    after_ns = time.time_ns()
    assert before_ns <= now_ns <= after_ns
    assert before_ns // 1_000 <= now_us <= after_ns // 1_000
