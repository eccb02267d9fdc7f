"""The engine thread's loop: however it waits, whatever the room, the same events as by calls."""

import pytest

from engine.bus import CommandRing, EventBus
from engine.commands import CancelAll, Command, Expire, Side
from engine.core.kernel import MatchingEngine
from engine.core.runloop import EngineLoop
from engine.events import CommandCompleted, TradeExecuted
from engine.thread import WaitStrategy
from tests.engine.threaded import ACME, SMALL, limit, running
from tests.waiting import wait_until

SWEEP_FILLS = 5_000
WAITS: tuple[WaitStrategy, ...] = ("park", "yield", "spin")


def some_commands() -> list[Command]:
    makers = [limit(1, Side.BUY, 3) for _ in range(200)]
    takers = [limit(2, Side.SELL, 7) for _ in range(60)]
    return [*makers, *takers, CancelAll(account=1)]


@pytest.mark.parametrize("waits", WAITS)
def test_the_thread_does_what_a_call_does_however_it_waits(waits: WaitStrategy) -> None:
    commands = some_commands()
    called = MatchingEngine([ACME], configure=SMALL)
    expected = [*called.opening_events, *(e for c in commands for e in called.process(c))]
    with running(waits) as threaded:
        # One at a time at first: the thread goes to sleep in between and is woken.
        for command in commands[:20]:
            assert threaded.send(command)
            threaded.read_all()
        threaded.send_all(commands[20:])
        assert threaded.read_all() == expected
        assert threaded.thread.running
    assert not threaded.thread.running
    assert threaded.thread.failure is None
    assert threaded.engine.state_hash() == called.state_hash()
    threaded.engine.check_invariants()


def test_a_full_event_bus_stops_the_intake_and_then_it_goes_on_without_loss() -> None:
    with running(event_slots=64, command_slots=64) as threaded:
        threaded.read_all()
        while threaded.send(Expire()) or threaded.bus.used_slots < 64 - 40:
            continue
        wait_until(lambda: not threaded.send(Expire(), urgent=True))
        assert threaded.commands.used_slots == threaded.commands.capacity
        count = threaded.sent
        threaded.read_all()
    assert threaded.answers() == list(range(1, count + 1))


def test_a_sweep_of_thousands_of_fills_passes_a_bus_of_64_slots_whole() -> None:
    commands = [limit(1, Side.BUY, 1) for _ in range(SWEEP_FILLS)]
    commands.append(limit(2, Side.SELL, SWEEP_FILLS))
    called = MatchingEngine([ACME], configure=SMALL)
    expected = [e for command in commands for e in called.process(command)]
    with running(event_slots=64) as threaded:
        threaded.read_all()
        threaded.events.clear()
        threaded.send_all(commands)
        threaded.read_all()
    assert sum(isinstance(event, TradeExecuted) for event in threaded.events) == SWEEP_FILLS
    assert threaded.events == expected


def test_a_bus_too_small_for_a_command_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 40 slots"):
        EngineLoop(MatchingEngine(), CommandRing(64), EventBus(32), -1, "spin")


def test_the_time_of_matching_is_kept_for_recent_commands() -> None:
    with running() as threaded:
        threaded.read_all()
        first = threaded.thread.matched_ns(1)
        threaded.send(Expire())
        threaded.read_all()
        assert 0 < first <= threaded.thread.matched_ns(threaded.sent)
        assert isinstance(threaded.events[-1], CommandCompleted)
