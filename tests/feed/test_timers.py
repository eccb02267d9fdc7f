"""Timers by a clock that is moved by hand."""

import random

from app.feed.timers import Timer, TimerQueue


def test_timers_are_called_in_order_of_time_and_then_of_request() -> None:
    queue, called = TimerQueue(), []
    for name, due_us in (("late", 30), ("first", 10), ("second", 10)):
        queue.at(due_us, lambda now_us, name=name: called.append((name, now_us)))
    queue.run(9)
    assert called == []
    queue.run(25)
    queue.run(31)
    assert called == [("first", 25), ("second", 25), ("late", 31)]
    assert queue.next_deadline_us() is None


def test_a_cancelled_timer_is_never_called() -> None:
    queue, called = TimerQueue(), []
    timer = queue.at(10, called.append)
    queue.at(20, called.append)
    timer.cancel()
    timer.cancel()
    assert queue.next_deadline_us() == 20
    queue.run(50)
    assert called == [50]


def test_an_action_may_set_a_timer_that_is_due_at_once() -> None:
    queue, called = TimerQueue(), []
    queue.at(10, lambda now_us: queue.at(now_us, called.append))
    queue.run(10)
    assert called == [10]


def test_only_an_earlier_deadline_is_told() -> None:
    queue, told = TimerQueue(), []
    queue.on_earlier = lambda: told.append(queue.next_deadline_us())
    queue.at(50, lambda _: None)
    queue.at(60, lambda _: None)
    queue.at(40, lambda _: None)
    assert told == [50, 40]


def test_cancelled_timers_do_not_pile_up() -> None:
    queue = TimerQueue()
    for _ in range(10_000):
        queue.at(10**9, lambda _: None).cancel()
    assert queue.size() <= 200


def test_any_order_of_requests_and_cancels_calls_each_living_timer_once() -> None:
    seed = 7
    chance = random.Random(seed)
    queue, called, living = TimerQueue(), [], {}
    for number in range(2_000):
        due_us = chance.randrange(10_000)

        def action(_now_us: int, number: int = number) -> None:
            called.append(number)

        timer: Timer = queue.at(due_us, action)
        living[number] = due_us
        if chance.random() < 0.6:
            timer.cancel()
            del living[number]
    queue.run(10_000)
    expected = sorted(living, key=lambda number: (living[number], number))
    assert called == expected, f"seed {seed}"
