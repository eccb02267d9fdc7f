"""Be the only door between the event loop and the engine thread.

    loop: submit ──► command ring ──► engine thread ──► event bus ──► pump: handlers, then `done`

Role: the one producer of commands (it numbers and stamps them) and the loop's reader of events.
Every command submitted ends in exactly one call of its `done`, on the loop thread, after all
handlers have folded its unit; when the engine dies that answer is "unknown". Loop thread, checked.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, Protocol

import msgspec

from app.errors import Refusal, refuse
from engine.bus import BusReader, CommandEncoder, CommandRing
from engine.commands import AmendOrder, Command, NewOrder
from engine.dispatcher import EventDispatcher
from engine.events import CommandCompleted, MatchingEngineEvent, OrderAdded, OrderCancelled
from engine.reasons import Reason
from engine.thread import Wake

PUMP_SLOTS_MAX: Final = 4_096
"""Slots read in one turn: bounds how long the loop does nothing else (some milliseconds)."""

_MAY_WAIT: Final = (NewOrder, AmendOrder)
"""Commands that stay out of the ring's last eighth, unless their sender says that they reduce."""


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """Tell how a command ended; `unknown` when the engine died before it said."""

    command_seq: int
    accepted: bool
    reason: Reason
    engine_ns: int
    order_id: int = 0
    cancelled_ids: tuple[int, ...] = ()
    unknown: bool = False


Done = Callable[[Outcome], None]


class Observer(Protocol):
    """Watch commands go by, for metrics."""

    def submitted(self, command: Command, refusal: Refusal | None) -> None:
        """Note that a command went in, or why not."""
        ...

    def completed(self, command_type: type[Command], outcome: Outcome, submitted_ns: int) -> None:
        """Note how one ended; `submitted_ns` is when it went in."""
        ...


class _Pending(msgspec.Struct, gc=False):
    done: Done
    command_type: type[Command]
    submitted_ns: int


class Bridge:
    """Send commands to the engine thread and its events to the handlers.

    `after_batch` is called when a batch is through (the feed flushes there), `engine_runs` says
    whether the engine thread lives.
    """

    def __init__(
        self,
        *,
        commands: CommandRing,
        reader: BusReader,
        wake: Wake,
        dispatcher: EventDispatcher,
        clock_ns: Callable[[], int],
        engine_runs: Callable[[], bool],
        after_batch: Callable[[], None],
        observer: Observer,
    ) -> None:
        """Take the two ring ends that belong to the loop thread."""
        self._commands = commands
        self._reader = reader
        self._wake = wake
        self._dispatcher = dispatcher
        self._clock_ns = clock_ns
        self._engine_runs = engine_runs
        self._after_batch = after_batch
        self._observer = observer
        self._encoder = CommandEncoder()
        self._pending: dict[int, _Pending] = {}
        self._command_seq = 0
        self._received_ns = 0
        self._closed = False
        self._wakes = False
        self._owner = threading.get_ident()
        self._woken = asyncio.Event()
        self._answered = asyncio.Event()

    @property
    def pending(self) -> int:
        """Return how many commands have no answer yet."""
        return len(self._pending)

    def close(self) -> None:
        """Take no more commands; those under way are still answered."""
        self._closed = True

    async def answered(self) -> None:
        """Wait until no command is without its answer; after `close` there will be none again."""
        while self._pending:
            self._answered.clear()
            await self._answered.wait()

    def submit(self, command: Command, done: Done, *, reduces: bool = False) -> Refusal | None:
        """Send a command, numbered and stamped; None when it is on its way, else why it is not.

        `received_ns` of the command is replaced by the clock, which never goes back. `reduces` says
        of an amendment that it takes quantity out: then it may use the ring's last eighth, as
        cancels, halts and the server's own commands do. O(1).
        """
        assert threading.get_ident() == self._owner, "commands come from the loop thread alone"
        urgent = reduces or not isinstance(command, _MAY_WAIT)
        refusal = self._send(command, done, urgent)
        self._observer.submitted(command, refusal)
        return refusal

    def _send(self, command: Command, done: Done, urgent: bool) -> Refusal | None:
        if self._closed or not self._engine_runs():
            return refuse("shutting_down", "the exchange takes no more commands")
        received_ns = max(self._received_ns, self._clock_ns())
        sequence = self._command_seq + 1
        if not self._commands.send(self._encoder, command, sequence, received_ns, urgent):
            return refuse("engine_busy", "the engine's queue is full; nothing was done")
        self._received_ns = received_ns
        self._command_seq = sequence
        self._pending[sequence] = _Pending(done, type(command), received_ns)
        if not self._wakes:
            # Once for all commands of this turn: the engine need not preempt the loop for each.
            self._wakes = True
            asyncio.get_running_loop().call_soon(self._wake_engine)
        return None

    def _wake_engine(self) -> None:
        self._wakes = False
        self._commands.wake()

    # ---- the way back ----

    async def pump(self, turn: Callable[[], Awaitable[None]]) -> None:
        """Hand events to the handlers until the engine has ended; `turn` lets others run."""
        loop = asyncio.get_running_loop()
        loop.add_reader(self._wake.reading_end, self._wake_up)
        try:
            while True:
                # Asked before reading: what a thread that has ended left is read this time.
                runs = self._engine_runs()
                events = self._reader.read(PUMP_SLOTS_MAX)
                if events:
                    await self.deliver(events)
                    await turn()
                elif not runs:
                    return
                elif self._reader.may_sleep():
                    await self._woken.wait()
                    self._woken.clear()
        finally:
            loop.remove_reader(self._wake.reading_end)
            self._end_unknown()

    async def deliver(self, events: Sequence[MatchingEngineEvent]) -> None:
        """Let the handlers fold whole units, then answer their commands, then flush."""
        await self._dispatcher.dispatch(events)
        self._answer(events)
        self._answered.set()
        self._after_batch()

    def _wake_up(self) -> None:
        self._wake.clear()
        self._woken.set()

    def _answer(self, events: Sequence[MatchingEngineEvent]) -> None:
        """Call `done` for every unit of a batch, in order."""
        order_id = 0
        cancelled: list[int] = []
        for event in events:
            if isinstance(event, OrderAdded):
                order_id = event.order_id
            elif isinstance(event, OrderCancelled):
                cancelled.append(event.order_id)
            elif isinstance(event, CommandCompleted):
                self._complete(event, order_id, tuple(cancelled))
                order_id = 0
                cancelled = []

    def _complete(
        self, event: CommandCompleted, order_id: int, cancelled_ids: tuple[int, ...]
    ) -> None:
        pending = self._pending.pop(event.command_seq)
        outcome = Outcome(
            event.command_seq,
            event.accepted,
            event.reason,
            event.engine_ns,
            order_id,
            cancelled_ids,
        )
        pending.done(outcome)
        self._observer.completed(pending.command_type, outcome, pending.submitted_ns)

    def _end_unknown(self) -> None:
        """Answer what the engine can no longer answer."""
        self._closed = True
        for sequence, pending in sorted(self._pending.items()):
            outcome = Outcome(sequence, False, Reason.NONE, self._received_ns, unknown=True)
            pending.done(outcome)
            self._observer.completed(pending.command_type, outcome, pending.submitted_ns)
        self._pending.clear()
        self._answered.set()
