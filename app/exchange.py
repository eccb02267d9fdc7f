"""Run the engine thread and the way to and from it: the part of a server that must not stop.

    start: thread ─► pump ─► Configure, AddInstrument …
    stop: no more commands ─► answers ─► thread ─► pump

Role: lifetimes. Loop thread. What the parts do stands in their own modules; what is wired to what,
in app/main.py.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from app import limits
from app.bridge import Bridge, Observer, Outcome
from engine import MatchingEngine
from engine.bus import GATE, CommandRing, EventBus
from engine.commands import AddInstrument, Command, Configure
from engine.dispatcher import EventDispatcher
from engine.instruments import Instrument
from engine.thread import EngineThread, WaitStrategy, Wake

DRAIN_TIMEOUT_S: Final = 2.0
"""How long a stop waits for answers under way; the engine needs milliseconds."""

_log = logging.getLogger(__name__)


class ExchangeFailed(Exception):
    """The engine refused to open, or ended while it was needed."""


class Exchange:
    """Own the rings, the engine thread and the bridge of one server."""

    def __init__(
        self,
        *,
        dispatcher: EventDispatcher,
        observer: Callable[["Exchange"], Observer],
        clock_ns: Callable[[], int],
        after_batch: Callable[[], None],
        waits: WaitStrategy,
        cpu: int | None,
    ) -> None:
        """Make the rings and the thread; nothing runs yet."""
        self.commands = CommandRing(limits.COMMAND_RING_SLOTS)
        self.bus = EventBus(limits.EVENT_RING_SLOTS)
        self._wake = Wake()
        reader = self.bus.subscribe("loop", GATE, wake=self._wake.writing_end)
        self.thread = EngineThread(
            MatchingEngine.unconfigured(),
            self.commands,
            self.bus,
            ended=self._wake,
            waits=waits,
            cpu=cpu,
        )
        self.bridge = Bridge(
            commands=self.commands,
            reader=reader,
            wake=self._wake,
            dispatcher=dispatcher,
            clock_ns=clock_ns,
            engine_runs=lambda: self.thread.running,
            after_batch=after_batch,
            observer=observer(self),
        )
        self._pump: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Say whether commands are executed and their events handed over."""
        return self.thread.running and self._pump is not None and not self._pump.done()

    @property
    def failure(self) -> BaseException | None:
        """Return what ended the engine thread, None while it runs and after a plain stop."""
        return self.thread.failure

    async def start(
        self, group: asyncio.TaskGroup, configure: Configure, instruments: Iterable[Instrument]
    ) -> None:
        """Start the thread and, in `group`, the pump; open the engine. Raises ExchangeFailed."""
        self.thread.start()
        self._pump = group.create_task(self._run(), name="event pump")
        await self._send(configure)
        for instrument in instruments:
            await self._send(AddInstrument(instrument=instrument))

    async def ended(self) -> None:
        """Wait until the engine has ended and its last events were handed over."""
        assert self._pump is not None, "it was started"
        await asyncio.wait((self._pump,))

    async def stop(self) -> None:
        """Answer what is under way, then end the thread and the pump."""
        self.bridge.close()
        try:
            async with asyncio.timeout(DRAIN_TIMEOUT_S):
                await self.bridge.answered()
        except TimeoutError:
            _log.error("%d commands have no answer", self.bridge.pending)
        if not await asyncio.to_thread(self.thread.stop):
            _log.error("the engine thread did not end in time")
        if self._pump is not None:
            self._wake.set()
            await self._pump
            self._wake.close()

    async def _run(self) -> None:
        try:
            await self.bridge.pump(_turn)
        except Exception:  # noqa: BLE001 - the market is seen to stand still, whatever broke
            _log.critical("events are no longer handed over", exc_info=True)
        if self.failure is not None:
            _log.critical("the engine thread failed", exc_info=self.failure)

    async def _send(self, command: Command) -> None:
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        refusal = self.bridge.submit(command, answer.set_result)
        if refusal is not None:
            raise ExchangeFailed(f"{type(command).__name__}: {refusal.detail}")
        outcome = await answer
        if not outcome.accepted:
            raise ExchangeFailed(f"{type(command).__name__}: {outcome.reason.name.lower()}")


async def _turn() -> None:
    await asyncio.sleep(0)
