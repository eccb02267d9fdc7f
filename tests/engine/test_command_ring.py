"""The command ring in one thread, step by step, against a plain model of it.

A stopped `EngineLoop` executes what is in the ring and returns: it is the consumer here.
"""

from collections.abc import Iterator
from itertools import product

import pytest

from engine.bus import CommandRing, EventBus
from engine.commands import (
    AddInstrument,
    CancelOrder,
    Command,
    Configure,
    Expire,
    NewOrder,
    OrderType,
    Side,
)
from engine.core.encoding import CommandEncoder
from engine.core.kernel import MatchingEngine
from engine.core.runloop import EngineLoop
from engine.events import CommandCompleted, InstrumentAdded
from engine.instruments import Instrument

RESERVE_SHARE = 8
SMALL = Configure(orders_capacity=1, levels_capacity=1)
ACME = Instrument("ACME-USD", "0.01", "0.0001")
OTHER = Instrument("OTHER", "1", "1")
BY_SLOTS: dict[int, Command] = {
    1: CancelOrder(symbol="NONE", account=1, order_id=1),
    2: NewOrder(
        symbol="NONE",
        account=0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity_lots=1,
        deadline_us=7,
    ),
}
Step = tuple[int, bool] | None
"""Send a command of so many slots, urgent or not; None lets the engine execute what is there."""
STEPS: list[Step] = [(1, False), (1, True), (2, False), (2, True), None]


class Consumer:
    """An engine that executes what is in a ring when it is told to."""

    def __init__(self, ring: CommandRing) -> None:
        self.engine = MatchingEngine(configure=SMALL)
        self.bus = EventBus(1_024)
        self.reader = self.bus.subscribe("test")
        self._loop = EngineLoop(self.engine, ring, self.bus, -1, "spin")
        self._loop.stop()

    def run(self) -> list[int]:
        """Execute all there is; return the numbers of the commands."""
        self._loop.run()
        return [
            event.command_seq for event in self.reader.read() if isinstance(event, CommandCompleted)
        ]


def paths(depth: int) -> Iterator[tuple[Step, ...]]:
    yield from product(STEPS, repeat=depth)


@pytest.mark.parametrize(("capacity", "depth"), [(2, 5), (4, 5), (8, 5)])
def test_every_interleaving_of_a_small_ring_is_as_in_the_model(capacity: int, depth: int) -> None:
    encoder = CommandEncoder()
    refused = 0
    for path in paths(depth):
        ring = CommandRing(capacity)
        consumer = Consumer(ring)
        sent = 1
        waiting: list[tuple[int, int]] = []
        for step in path:
            if step is None:
                assert consumer.run() == [number for number, _ in waiting]
                waiting = []
                continue
            slots, urgent = step
            used = sum(slots for _, slots in waiting)
            reserve = 0 if urgent else capacity // RESERVE_SHARE
            has_room = used + slots + reserve <= capacity
            assert ring.send(encoder, BY_SLOTS[slots], sent + 1, 0, urgent) == has_room
            if has_room:
                sent += 1
                waiting.append((sent, slots))
            refused += not has_room
            assert ring.used_slots == sum(slots for _, slots in waiting)
        assert consumer.run() == [number for number, _ in waiting]
    assert refused > 0


@pytest.mark.parametrize("capacity", [2, 4, 16])
def test_commands_that_go_round_the_end_of_the_ring_arrive_whole(capacity: int) -> None:
    encoder = CommandEncoder()
    ring = CommandRing(capacity)
    consumer = Consumer(ring)
    expected = MatchingEngine(configure=SMALL)
    for number in range(2, 60):
        command = BY_SLOTS[1 + number % 3 % 2]
        assert ring.send(encoder, command, number, 0, urgent=True)
        consumer._loop.run()
        expected.process(command)
        assert consumer.reader.read_records() == expected.records()


def test_the_last_eighth_is_for_urgent_commands() -> None:
    ring, encoder = CommandRing(16), CommandEncoder()
    records = encoder.encode(Expire(), 1)
    for _ in range(14):
        assert ring.push(records)
    assert not ring.push(records)
    assert ring.push(records, urgent=True)
    assert ring.push(records, urgent=True)
    assert not ring.push(records, urgent=True)
    assert ring.used_slots == ring.capacity == 16


def test_an_instrument_that_found_no_room_can_be_listed_later() -> None:
    """Were it numbered all the same, orders would go to another symbol's book."""
    ring, encoder = CommandRing(128), CommandEncoder()
    consumer = Consumer(ring)
    sent = 1
    while ring.send(encoder, Expire(), sent + 1, 0):
        sent += 1
    listed = AddInstrument(instrument=ACME)
    assert not ring.send(encoder, listed, sent + 1, 0)
    consumer.run()
    for instrument in (OTHER, ACME):
        sent += 1
        assert ring.send(encoder, AddInstrument(instrument=instrument), sent, 0)
    consumer._loop.run()
    events = consumer.reader.read()
    numbers = {e.symbol: e.number for e in events if isinstance(e, InstrumentAdded)}
    assert numbers == {"OTHER": 0, "ACME-USD": 1}


@pytest.mark.parametrize("capacity", [0, 1, 3, 12, 1_000])
def test_a_capacity_that_is_no_power_of_two_is_refused(capacity: int) -> None:
    for ring in (CommandRing, EventBus):
        with pytest.raises(ValueError, match=f"power of two above 1, not {capacity}"):
            ring(capacity)


def test_a_command_larger_than_the_ring_never_finds_room() -> None:
    ring = CommandRing(2)
    assert not ring.send(CommandEncoder(), AddInstrument(instrument=ACME), 1, 0, urgent=True)
    assert ring.used_slots == 0
