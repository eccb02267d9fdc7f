"""The event bus between two real threads: order, room, overtaking, a stop."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from engine.bus import LAG, EventBus
from engine.commands import Expire, Side
from engine.core.kernel import MatchingEngine
from tests.engine.bus_model import SLOT_BYTES, make_units
from tests.engine.threaded import ACME, limit
from tests.waiting import DEADLINE_S, wait_until

BLOCKS, BLOCK_UNITS = 52, 10_000
UNIT_BYTES = 2 * SLOT_BYTES
SEQ = slice(8, 16)


def swept(fills: int) -> MatchingEngine:
    """Return an engine whose last command filled so many orders."""
    engine = MatchingEngine([ACME])
    for _ in range(fills):
        engine.process(limit(1, Side.BUY, 1))
    engine.process(limit(2, Side.SELL, fills))
    return engine


@contextmanager
def publishing(bus: EventBus, *blocks: bytes) -> Iterator[threading.Thread]:
    """Publish in another thread; it is over when the block ends."""

    def publish() -> None:
        for block in blocks:
            bus.publish(block)

    thread = threading.Thread(target=publish)
    thread.start()
    try:
        yield thread
    finally:
        bus.stop()
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def numbered_blocks(blocks: int, units: int) -> Iterator[bytes]:
    """Yield blocks of units of two slots and one event each, numbered 1, 2, 3 and so on."""
    first = make_units((2,))[0].records
    command, completed = bytearray(first[:SLOT_BYTES]), bytearray(first[SLOT_BYTES:])
    for begin in range(1, blocks * units + 1, units):
        block = bytearray()
        for number in range(begin, begin + units):
            command[SEQ] = completed[SEQ] = number.to_bytes(8, "little")
            block += command + completed
        yield bytes(block)


def test_a_million_records_come_in_order_through_a_small_ring() -> None:
    blocks = list(numbered_blocks(BLOCKS, BLOCK_UNITS))
    bus = EventBus(2_048)
    readers = [bus.subscribe("journal"), bus.subscribe("loop", after="journal")]
    debug = bus.subscribe("debug", LAG)
    come = [bytearray(), bytearray()]
    seen = 0
    with publishing(bus, *blocks[:-1]) as thread:
        while len(come[1]) < sum(map(len, blocks[:-1])):
            for place, reader in enumerate(readers):
                come[place] += reader.read_records()
            seen += len(debug.read_records()) // UNIT_BYTES
        thread.join(DEADLINE_S)
        bus.publish(blocks[-1][:UNIT_BYTES])
        seen += len(debug.read_records()) // UNIT_BYTES
        assert bus.used_slots == 2
    expected = b"".join(blocks[:-1])
    assert come[0] == expected
    assert come[1] == expected
    assert debug.missed_events + seen == (BLOCKS - 1) * BLOCK_UNITS + 1


@pytest.mark.parametrize("capacity", [64, 128])
@pytest.mark.parametrize("most", [1, 3, 4_096])
def test_a_unit_larger_than_the_ring_passes_through_whole(capacity: int, most: int) -> None:
    unit = swept(500).records()
    assert len(unit) > 7 * capacity * SLOT_BYTES
    bus = EventBus(capacity)
    journal, loop = bus.subscribe("journal"), bus.subscribe("loop", after="journal")
    come = b""
    with publishing(bus, unit):
        wait_until(lambda: bus.used_slots > capacity // 2)
        assert journal.read_records(most) == b"", "it is not whole"
        while not come:
            journal.read_records(most)
            come = loop.read_records(most)
    assert come == unit


def test_a_gate_reader_that_stands_still_stops_the_writer_until_it_goes_on() -> None:
    units = make_units((2,) * 40)
    bus = EventBus(16)
    reader = bus.subscribe("loop")
    with publishing(bus, *(unit.records for unit in units)) as thread:
        wait_until(lambda: bus.used_slots == bus.capacity)
        thread.join(0.05)
        assert thread.is_alive()
        assert bus.used_slots == bus.capacity, "nothing was written over"
        come = bytearray()
        while len(come) < 80 * SLOT_BYTES:
            come += reader.read_records()
        assert bytes(come) == b"".join(unit.records for unit in units)
        thread.join(DEADLINE_S)
        assert not thread.is_alive()


def test_a_writer_that_waits_for_a_dead_reader_gives_up_at_a_stop() -> None:
    bus = EventBus(4)
    bus.subscribe("dead")
    unit = make_units((2,))[0].records
    failures: list[BaseException] = []

    def publish() -> None:
        try:
            while True:
                bus.publish(unit)
        except InterruptedError as error:
            failures.append(error)

    thread = threading.Thread(target=publish)
    thread.start()
    wait_until(lambda: bus.used_slots == bus.capacity)
    bus.stop()
    thread.join(DEADLINE_S)
    assert [str(error) for error in failures] == ["the event bus was stopped while it was full"]


@pytest.mark.parametrize("most", [1, 2, 5, 4_096])
def test_a_reader_overtaken_inside_a_long_unit_goes_on_with_a_whole_one(most: int) -> None:
    """It looks for the next unit through records that its reads may cut in two."""
    engine = swept(60)
    long_unit = engine.records()
    last = engine.process(Expire())[-1]
    short_unit = engine.records()
    bus = EventBus(16)
    gate, debug = bus.subscribe("loop"), bus.subscribe("debug", LAG)
    with publishing(bus, long_unit) as thread:

        def room_is_used() -> bool:
            return bus.used_slots >= bus.capacity - 1 or not thread.is_alive()

        while thread.is_alive():
            wait_until(room_is_used)
            gate.read_records(6)
            wait_until(room_is_used)
            assert debug.read_records(most) == b""
        while gate.behind_slots or debug.behind_slots:
            gate.read_records()
            assert debug.read_records(most) == b""
        bus.publish(short_unit)
        come = b""
        while debug.behind_slots:
            come += debug.read_records(most)
    assert come == short_unit
    assert debug.missed_events == last.seq - 1
