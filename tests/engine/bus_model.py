"""Say in plain Python what the event bus does, for one thread.

Role: the model that `test_rings.py` holds the compiled bus against. Positions count slots from the
first ever. The bus under test is stopped, so that a publish which would have to wait raises
instead: the model says when.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from functools import cache

from engine.bus import GATE, LAG, BusReader, EventBus, Policy
from engine.commands import Configure, Expire, NewOrder, OrderType, Side
from engine.core.kernel import MatchingEngine

CLAIM_SHARE = 8
RECORDS = {2: (1, 1), 3: (2, 1)}  # slots of the command and of its completion
SLOT_BYTES = 64
REFUSED = NewOrder(
    symbol="NONE",
    account=0,
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity_lots=1,
    deadline_us=7,
)

Step = int | tuple[int, int]
"""Publish a unit of so many slots, or let a reader read (its number, at most so many slots)."""


@dataclass(frozen=True)
class Unit:
    """One unit as it is published."""

    records: bytes
    first_seq: int
    events: int

    @property
    def slots(self) -> int:
        return len(self.records) // SLOT_BYTES


class UnitMaker:
    """Make units of two or three slots, numbered as one engine numbers them."""

    def __init__(self) -> None:
        self._engine = MatchingEngine(configure=Configure(orders_capacity=1, levels_capacity=1))
        self._seq = len(self._engine.opening_events) + 1

    def next(self, slots: int) -> Unit:
        events = self._engine.process(Expire() if slots == 2 else REFUSED)
        unit = Unit(self._engine.records(), self._seq, len(events))
        assert unit.slots == slots
        self._seq += len(events)
        return unit


@cache
def make_units(sizes: tuple[int, ...]) -> list[Unit]:
    """Return units of these sizes, one after the other."""
    maker = UnitMaker()
    return [maker.next(slots) for slots in sizes]


@dataclass
class ReaderModel:
    """What one reader knows."""

    name: str
    policy: Policy
    after: str | None = None
    position: int = 0
    staged: int = 0
    expected_seq: int = 1
    missed: int = 0
    lost: bool = False


@dataclass
class BusModel:
    """What a bus and its readers know; `units[n]` begins at slot `starts[n]`."""

    capacity: int
    readers: list[ReaderModel]
    written: int = 0
    claimed: int = 0
    units: list[Unit] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)

    def room(self) -> int:
        """Return how many slots can be written before the slowest gate reader reads on."""
        gates = [reader.position for reader in self.readers if reader.policy == GATE]
        return min([self.written, *gates]) + self.capacity - self.written

    def publish(self, unit: Unit) -> bool:
        """Append a unit; False when that would have to wait for a gate reader."""
        limit = self.written + self.room()
        end = self.written + unit.slots
        if end > limit:
            return False
        slot = self.written
        for size in RECORDS[unit.slots]:
            if slot + size > self.claimed:
                self.claimed = min(limit, slot + size + self.capacity // CLAIM_SHARE)
            slot += size
        self.starts.append(self.written)
        self.units.append(unit)
        self.written = end
        return True

    def readable(self, reader: ReaderModel) -> int:
        if reader.after is None:
            return self.written
        return next(other.position for other in self.readers if other.name == reader.after)

    def overtakes(self, reader: ReaderModel) -> bool:
        """Say whether the writer may have come round a lag reader."""
        return reader.policy == LAG and self.claimed > reader.position + self.capacity

    def state(self) -> Hashable:
        """Return what the next steps depend on: two equal states go on in the same way."""
        readers = tuple(
            (reader.lost, "overtaken")
            if self.overtakes(reader)
            else (reader.lost, self.written - reader.position, reader.staged)
            for reader in self.readers
        )
        begin = min(reader.position - reader.staged for reader in self.readers)
        behind = tuple(self.written - start for start in self.starts if start > begin)
        # The first round is told apart, so that the walk is sure to go round.
        place = min(self.written, self.capacity + self.written % self.capacity)
        return place, self.claimed - self.written, readers, behind[-self.capacity :]

    def read(self, reader: ReaderModel, most: int) -> bytes:
        """Return the records of whole units that a read hands out."""
        if self.overtakes(reader):
            reader.position, reader.staged, reader.lost = self.written, 0, True
        count = min(self.readable(reader) - reader.position, most)
        begin = reader.position - reader.staged
        reader.position += count
        whole = b""
        for start, unit in zip(self.starts, self.units, strict=True):
            if start < begin or start >= reader.position:
                continue
            if reader.lost:
                reader.missed += unit.first_seq - reader.expected_seq
                reader.lost = False
            if start + unit.slots <= reader.position:
                whole += unit.records
                begin = start + unit.slots
                reader.expected_seq = unit.first_seq + unit.events
        reader.staged = reader.position - begin
        return whole


class Twins:
    """A bus and its model, which must tell the same after every step."""

    def __init__(self, capacity: int, readers: list[ReaderModel]) -> None:
        """Open both; the first event that will be published has the first expected number."""
        self.model = BusModel(capacity, readers)
        self.bus = EventBus(capacity)
        self.readers: list[BusReader] = [
            self.bus.subscribe(reader.name, reader.policy, reader.after) for reader in readers
        ]
        self.bus.stop()

    def play(self, path: Sequence[Step]) -> bool:
        """Take steps and compare the outcome; False when the last one found no room."""
        units = iter(make_units(tuple(step for step in path if isinstance(step, int))))
        for step in path:
            if not isinstance(step, int):
                self.read(*step)
            elif not self.publish(next(units)):
                return False
        self.compare()
        return True

    def publish(self, unit: Unit) -> bool:
        """Publish on both; False when the bus would wait (it is of no more use then)."""
        expected = self.model.publish(unit)
        try:
            self.bus.publish(unit.records)
        except InterruptedError:
            assert not expected, "the model had room"
            return False
        assert expected, "the model was full"
        return True

    def read(self, number: int, most: int) -> None:
        reader, model = self.readers[number], self.model.readers[number]
        assert reader.read_records(most) == self.model.read(model, most)
        assert reader.missed_events == model.missed

    def compare(self) -> None:
        """Hold what can be asked of the bus against the model."""
        model = self.model
        assert self.bus.used_slots == model.capacity - model.room()
        for reader, known in zip(self.readers, model.readers, strict=True):
            assert reader.behind_slots == model.readable(known) - known.position
