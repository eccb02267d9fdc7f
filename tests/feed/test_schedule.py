"""When groups publish: with the batch, at their time, and in this order."""

from app.feed.schedule import Schedule


def test_a_flush_publishes_what_is_ready_then_what_is_due_then_forgets() -> None:
    schedule, called = Schedule(), []
    schedule.after_flush(lambda: called.append("forget"))
    schedule.timers.at(10, lambda now_us: called.append(f"due {now_us}"))
    schedule.with_batch(lambda now_us: called.append(f"ready {now_us}"))
    schedule.flush(5)
    assert called == ["ready 5", "forget"]
    schedule.flush(12)
    assert called == ["ready 5", "forget", "due 12"]


def test_what_becomes_ready_within_a_flush_waits_for_the_next() -> None:
    schedule, called = Schedule(), []
    schedule.with_batch(lambda _: schedule.with_batch(called.append))
    schedule.flush(1)
    assert called == []
    schedule.flush(2)
    assert called == [2]
