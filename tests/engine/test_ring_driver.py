"""Hold the driven rings to the called engine: the same commands, the same state and records."""

from itertools import count

import pytest

from engine import MatchingEngine
from engine.bus import GATE, BusReader, CommandRing, EventBus
from engine.core.ring_driver import RingDriver
from engine.thread import EngineThread, Wake
from tests.engine.test_driver import ACME, encoded, flow_commands, processed

COMMAND_SLOTS = 64
BUS_SLOTS = 128


class Threaded:
    """Run an engine on its thread between two small rings."""

    def __init__(self) -> None:
        self.engine = MatchingEngine([ACME])
        self.ended = Wake()
        self.commands = CommandRing(COMMAND_SLOTS)
        self.bus = EventBus(BUS_SLOTS)
        self.reader: BusReader = self.bus.subscribe("test", GATE)
        self.thread = EngineThread(
            self.engine, self.commands, self.bus, ended=self.ended, waits="yield"
        )

    def driver(self, records: bytes) -> RingDriver:
        return RingDriver(self.commands, self.bus, self.reader, records)

    def __enter__(self) -> "Threaded":
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self.thread.stop()
        self.ended.close()
        assert self.thread.failure is None


def test_a_stream_through_small_rings_loses_nothing() -> None:
    commands = flow_commands()
    engine = MatchingEngine([ACME])
    slots = sum(engine.execute(command) for command in commands)
    assert slots > BUS_SLOTS
    with Threaded() as threaded:
        driver = threaded.driver(encoded(commands))
        assert driver.stream(slots) == len(commands)
        assert driver.read_slots == slots
    assert threaded.engine.state_hash() == processed(commands).state_hash()


def test_round_trips_are_timed_by_the_clock_that_is_given() -> None:
    commands, ticks = flow_commands(50), count(0, 10)
    with Threaded() as threaded:
        driver = threaded.driver(encoded(commands))
        assert driver.round_trips(lambda: next(ticks), 20) == [10] * 20
        assert len(driver.round_trips(lambda: next(ticks), 1_000_000)) == len(commands) - 20
    assert threaded.engine.state_hash() == processed(commands).state_hash()


def test_the_next_event_goes_on_where_the_engine_is() -> None:
    commands = flow_commands(50)
    with Threaded() as threaded:
        driver = threaded.driver(encoded(commands))
        driver.round_trips(lambda: 0, len(commands))
        assert driver.next_seq == processed(commands).process(commands[-1])[0].seq


@pytest.mark.parametrize("times", [1, 100])
def test_published_records_reach_the_reader(times: int) -> None:
    engine = processed(flow_commands(1))
    record = engine.records()[-64:]
    bus = EventBus(BUS_SLOTS)
    reader = bus.subscribe("test", GATE)
    RingDriver(CommandRing(COMMAND_SLOTS), bus, reader, record).publish(times)
    assert reader.read_records() == record * times
