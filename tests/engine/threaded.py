"""Run an engine on its thread between two rings, as a server does, for the length of a test."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from engine.bus import BusReader, CommandRing, EventBus
from engine.commands import AddInstrument, Command, Configure, NewOrder, OrderType, Side
from engine.core.encoding import CommandEncoder
from engine.core.kernel import MatchingEngine
from engine.events import CommandCompleted, MatchingEngineEvent
from engine.instruments import Instrument
from engine.thread import EngineThread, WaitStrategy, Wake
from tests.waiting import wait_until

ACME = Instrument("ACME-USD", "0.01", "0.0001")
SMALL = Configure(orders_capacity=10_000, levels_capacity=1_000)


def limit(account: int, side: Side, quantity_lots: int) -> NewOrder:
    """Return an order at the one price that these tests need."""
    return NewOrder(
        symbol="ACME-USD",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=quantity_lots,
        price_ticks=5,
    )


@dataclass
class Threaded:
    """One engine, its thread and both ring ends; the test's thread owns those."""

    commands: CommandRing
    bus: EventBus
    reader: BusReader
    engine: MatchingEngine
    thread: EngineThread
    ended: Wake
    sent: int = 0
    events: list[MatchingEngineEvent] = field(default_factory=list)
    _encoder: CommandEncoder = field(default_factory=CommandEncoder)

    def send(self, command: Command, urgent: bool = False) -> bool:
        """Append one command and wake the engine; False when the ring is full."""
        if not self.commands.send(
            self._encoder, command, self.sent + 1, command.received_ns, urgent
        ):
            return False
        self.sent += 1
        self.commands.wake()
        return True

    def send_all(self, commands: Iterable[Command]) -> None:
        """Send commands, reading whenever the ring is full."""
        for command in commands:
            while not self.send(command):
                self.read()

    def read(self) -> None:
        self.events += self.reader.read()

    def answers(self) -> list[int]:
        return [e.command_seq for e in self.events if isinstance(e, CommandCompleted)]

    def read_all(self) -> list[MatchingEngineEvent]:
        """Read until every command sent has its answer; return all events so far."""

        def is_answered() -> bool:
            self.read()
            last = self.events[-1] if self.events else None
            return isinstance(last, CommandCompleted) and last.command_seq == self.sent

        wait_until(is_answered)
        return self.events


def make(
    waits: WaitStrategy = "park",
    *,
    command_slots: int = 256,
    event_slots: int = 1_024,
    cpu: int | None = None,
) -> Threaded:
    """Make all parts; nothing runs yet."""
    commands, bus, ended = CommandRing(command_slots), EventBus(event_slots), Wake()
    reader = bus.subscribe("test")
    engine = MatchingEngine.unconfigured()
    thread = EngineThread(engine, commands, bus, ended=ended, waits=waits, cpu=cpu)
    return Threaded(commands, bus, reader, engine, thread, ended)


def opening(*instruments: Instrument) -> list[Command]:
    """Return the first commands of an engine."""
    return [SMALL, *(AddInstrument(instrument=instrument) for instrument in instruments)]


@contextmanager
def running(waits: WaitStrategy = "park", **sizes: int | None) -> Iterator[Threaded]:
    """Run an engine with ACME-USD listed; it is stopped when the block ends."""
    threaded = make(waits, **sizes)  # type: ignore[arg-type]
    threaded.thread.start()
    try:
        threaded.send_all(opening(ACME))
        yield threaded
    finally:
        assert threaded.thread.stop()
        threaded.ended.close()
