"""The engine's thread: waiting, pinning, failing, stopping; and the wake-up it sleeps on."""

import os
import select
import threading

import pytest

from engine.commands import Expire, Side
from engine.core.encoding import CommandEncoder
from engine.thread import Wake
from tests.engine.threaded import ACME, limit, make, opening, running
from tests.waiting import DEADLINE_S, wait_until


def is_set(wake: Wake) -> bool:
    return bool(select.select([wake.reading_end], [], [], 0)[0])


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="threads cannot be pinned here")
def test_a_pinned_thread_runs_where_it_is_told_to_and_leaves_the_others_alone() -> None:
    allowed = os.sched_getaffinity(0)
    with running(cpu=max(allowed)) as threaded:
        threaded.read_all()
        [thread] = (t for t in threading.enumerate() if t.name == "depthcast-engine")
        assert thread.native_id is not None
        assert os.sched_getaffinity(thread.native_id) == {max(allowed)}
        assert os.sched_getaffinity(0) == allowed


def test_a_processor_that_is_not_there_is_a_failure() -> None:
    threaded = make(cpu=10_000)
    threaded.thread.start()
    wait_until(lambda: not threaded.thread.running)
    assert isinstance(threaded.thread.failure, OSError)
    assert threaded.thread.stop()
    threaded.ended.close()


def test_commands_already_sent_are_done_before_the_thread_ends() -> None:
    threaded = make()
    for command in [*opening(ACME), *(limit(1, Side.BUY, 1) for _ in range(100))]:
        assert threaded.send(command)
    threaded.thread.start()
    assert threaded.thread.stop()
    threaded.read()
    assert threaded.answers() == list(range(1, 103))
    assert threaded.thread.failure is None
    threaded.ended.close()


def test_a_reader_that_is_dead_does_not_stop_the_end() -> None:
    threaded = make(event_slots=64, command_slots=256)
    threaded.thread.start()
    threaded.send_all(opening(ACME))
    while threaded.send(Expire()):
        continue
    assert threaded.thread.running
    assert threaded.thread.stop()
    assert isinstance(threaded.thread.failure, InterruptedError)
    assert is_set(threaded.ended)
    threaded.ended.close()


def test_what_ends_the_thread_is_kept_and_told_at_once() -> None:
    threaded = make()
    threaded.thread.start()
    threaded.send_all(opening(ACME))
    threaded.read_all()
    assert not is_set(threaded.ended)
    wrongly_numbered = CommandEncoder().encode(Expire(), 99)
    assert threaded.commands.push(wrongly_numbered)
    threaded.commands.wake()
    select.select([threaded.ended.reading_end], [], [], DEADLINE_S)
    # Whoever is woken must find it ended, or would go to sleep again for ever.
    assert not threaded.thread.running
    assert isinstance(threaded.thread.failure, AssertionError)
    assert threaded.thread.stop()
    threaded.ended.close()


def test_an_engine_that_runs_is_nobody_elses() -> None:
    with running() as threaded:
        threaded.read_all()
        engine = threaded.engine
        for call in (
            lambda: engine.process(Expire()),
            lambda: engine.execute(Expire()),
            lambda: engine.best("ACME-USD"),
            lambda: engine.depth("ACME-USD"),
            lambda: engine.orders("ACME-USD"),
            engine.records,
            engine.book_hash,
            engine.state_hash,
            lambda: list(engine.book_chunks()),
            engine.check_invariants,
        ):
            with pytest.raises(RuntimeError, match="runs on its own thread"):
                call()
    engine.check_invariants()


def test_a_thread_is_started_once() -> None:
    with running() as threaded, pytest.raises(RuntimeError):
        threaded.thread.start()
    with pytest.raises(RuntimeError):
        threaded.thread.start()


def test_a_thread_that_was_never_started_can_be_stopped() -> None:
    threaded = make()
    assert threaded.thread.stop()
    assert not threaded.thread.running
    threaded.ended.close()


def test_stopping_twice_touches_nothing_that_was_closed() -> None:
    threaded = make()
    threaded.thread.start()
    assert threaded.thread.stop()
    # The number of the closed descriptor now belongs to somebody else.
    other = Wake()
    assert threaded.thread.stop()
    assert threaded.commands.push(CommandEncoder().encode(Expire(), 1))
    threaded.commands.wake()
    assert not is_set(other)
    other.close()
    threaded.ended.close()


@pytest.mark.parametrize("kind", ["eventfd", "pipe"])
def test_a_wake_up_is_seen_once_and_never_blocks(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "pipe":
        monkeypatch.delattr(os, "eventfd", raising=False)
    wake = Wake()
    assert (wake.reading_end == wake.writing_end) == (kind == "eventfd")
    wake.clear()
    assert not is_set(wake)
    for _ in range(10_000):  # more than a pipe holds
        wake.set()
    assert is_set(wake)
    while is_set(wake):
        wake.clear()
    wake.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(wake.writing_end)


def test_a_thread_that_parks_on_a_pipe_works_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "eventfd", raising=False)
    with running() as threaded:
        for _ in range(200):
            assert threaded.send(Expire())
            threaded.read_all()
    assert threaded.thread.failure is None
