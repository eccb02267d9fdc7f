"""Run a bridge with small rings, a real engine thread and a real loop, for the length of a test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from app.bridge import Bridge, Outcome
from app.errors import Refusal
from engine.bus import CommandEncoder, CommandRing, EventBus
from engine.commands import AddInstrument, Command, Configure, Expire, NewOrder, OrderType, Side
from engine.core.kernel import MatchingEngine
from engine.dispatcher import EventDispatcher, EventHandler
from engine.events import EVENT_CODES, MatchingEngineEvent
from engine.instruments import Instrument
from engine.thread import EngineThread, Wake
from tests.waiting import turns_until

ACME = Instrument("ACME-USD", "0.01", "0.0001")
OPENING: tuple[Command, ...] = (
    Configure(orders_capacity=100_000, levels_capacity=1_000),
    AddInstrument(instrument=ACME),
)


def limit(side: Side = Side.BUY, quantity_lots: int = 1, account: int = 1) -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=quantity_lots,
        price_ticks=5,
    )


class Door:
    """A bridge and all around it; `log` has what happened on the loop, in order."""

    def __init__(self, command_slots: int = 128, event_slots: int = 128) -> None:
        self.log: list[tuple[str, object]] = []
        self.outcomes: list[Outcome] = []
        self.times_ns = iter(range(1_000_000))
        self.is_started = False
        self.wake = Wake()
        self.commands, self.bus = CommandRing(command_slots), EventBus(event_slots)
        self.reader = self.bus.subscribe("loop", wake=self.wake.writing_end)
        self.engine = MatchingEngine.unconfigured()
        self.thread = EngineThread(self.engine, self.commands, self.bus, ended=self.wake)
        dispatcher = EventDispatcher(self._report)
        dispatcher.register(self, *EVENT_CODES)
        self.bridge = Bridge(
            commands=self.commands,
            reader=self.reader,
            wake=self.wake,
            dispatcher=dispatcher,
            clock_ns=lambda: next(self.times_ns),
            # A thread that has not been started yet takes commands as well.
            engine_runs=lambda: self.thread.running or not self.is_started,
            after_batch=lambda: self.log.append(("batch", len(self.outcomes))),
            observer=self,
        )
        self.pump: asyncio.Task[None] | None = None

    # ---- the handler and the observer ----

    @property
    def name(self) -> str:
        return "log"

    async def handle_event(self, event: MatchingEngineEvent) -> None:
        self.log.append(("event", event))

    def _report(self, _handler: EventHandler, error: Exception) -> None:
        raise AssertionError("a handler failed") from error

    def submitted(self, command: Command, refusal: Refusal | None) -> None:
        self.log.append(("submitted", None if refusal is None else refusal.code))

    def completed(self, command_type: type[Command], outcome: Outcome, _submitted_ns: int) -> None:
        self.log.append(("completed", (command_type, outcome.command_seq)))

    # ---- steps ----

    def done(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self.log.append(("done", outcome.command_seq))

    def submit(self, command: Command, *, reduces: bool = False) -> str | None:
        """Send a command; returns the code of its refusal."""
        refusal = self.bridge.submit(command, self.done, reduces=reduces)
        return None if refusal is None else refusal.code

    def start(self) -> None:
        self.is_started = True
        self.thread.start()
        self.pump = asyncio.create_task(self.bridge.pump(_turn))

    async def answered(self) -> Sequence[Outcome]:
        """Wait until nothing is under way; return all outcomes."""
        await turns_until(lambda: self.bridge.pending == 0)
        return self.outcomes

    def break_engine(self) -> None:
        """Send the engine a command that no bridge would send: it ends with an error."""
        assert self.commands.push(CommandEncoder().encode(Expire(), 999_999), urgent=True)
        self.commands.wake()

    def logged(self, *kinds: str) -> list[object]:
        return [what for kind, what in self.log if kind in kinds]


async def _turn() -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def open_door(**sizes: int) -> AsyncIterator[Door]:
    """Run an engine with ACME-USD listed behind a bridge."""
    door = Door(**sizes)
    door.start()
    try:
        for command in OPENING:
            assert door.submit(command) is None
        assert all(outcome.accepted for outcome in await door.answered())
        yield door
    finally:
        await close_door(door)


async def close_door(door: Door) -> None:
    """End the engine and the pump."""
    door.bridge.close()
    assert await asyncio.to_thread(door.thread.stop)
    door.wake.set()
    assert door.pump is not None
    async with asyncio.timeout(10):
        await asyncio.wait((door.pump,))
    door.wake.close()
