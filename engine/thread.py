"""Run the engine on a thread of its own that never holds the GIL.

Role: start, pin, stop and watch the thread; what it does stands in engine/core/runloop.pyx. Imports
threading and os for that, nothing of the server.
"""

import os
import threading
from typing import Final, Literal

from engine.bus import CommandRing, EventBus
from engine.core.kernel import MatchingEngine
from engine.core.runloop import EngineLoop

WaitStrategy = Literal["park", "yield", "spin"]

STOP_TIMEOUT_S: Final = 5
"""How long a stop waits for the commands already in the ring; they take milliseconds."""

_WAKE: Final = (1).to_bytes(8, "little")


class Wake:
    """Wake a sleeping reader through a file descriptor: an eventfd on Linux, a pipe elsewhere.

    `reading_end` is polled, `writing_end` written. Neither blocks. Close it when both sides ended.
    """

    def __init__(self) -> None:
        """Open the descriptors; raises OSError when there are none left."""
        self.closed = False
        if hasattr(os, "eventfd"):
            self.reading_end = self.writing_end = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        else:
            self.reading_end, self.writing_end = os.pipe()
            os.set_blocking(self.reading_end, False)
            os.set_blocking(self.writing_end, False)

    def set(self) -> None:
        """Wake the reader. Any thread."""
        try:
            os.write(self.writing_end, _WAKE)
        except BlockingIOError:
            return  # it is full of wake-ups already

    def clear(self) -> None:
        """Take the wake-ups out. The reader's thread."""
        try:
            os.read(self.reading_end, 4096)
        except BlockingIOError:
            return  # there was none

    def close(self) -> None:
        """Give the descriptors back."""
        self.closed = True
        os.close(self.reading_end)
        if self.writing_end != self.reading_end:
            os.close(self.writing_end)


class EngineThread:
    """Own the engine's thread: from `start` to `stop` nobody else touches the engine.

    `cpu` pins the thread (None leaves it to the scheduler); `waits` is how it waits for commands.
    `ended` is set whenever the thread is over, whatever ended it, so that a reader asleep on it
    wakes up; `failure` then tells why, None after a plain stop.
    """

    def __init__(
        self,
        engine: MatchingEngine,
        commands: CommandRing,
        bus: EventBus,
        *,
        ended: Wake,
        waits: WaitStrategy = "park",
        cpu: int | None = None,
    ) -> None:
        """Connect the engine to its rings; nothing runs yet."""
        self._wake = Wake()
        commands.set_wake(self._wake.writing_end)
        self._loop = EngineLoop(engine, commands, bus, self._wake.reading_end, waits)
        self._ended = ended
        self._cpu = cpu
        self._commands = commands
        self._over = False
        self._thread = threading.Thread(target=self._run, name="depthcast-engine", daemon=True)
        self.failure: BaseException | None = None

    @property
    def running(self) -> bool:
        """Say whether the engine takes commands. Any thread."""
        return self._thread.is_alive() and not self._over

    def start(self) -> None:
        """Start the thread; once."""
        self._thread.start()

    def matched_ns(self, command_seq: int) -> int:
        """Return the wall-clock time at which a recent command had been matched. Any thread."""
        return self._loop.matched_ns(command_seq)

    def stop(self, timeout_s: int = STOP_TIMEOUT_S) -> bool:
        """Finish the commands in the ring and end the thread; False when it did not in time.

        A reader that no longer reads cannot hold it up: a writer that waits for room gives up.
        """
        self._loop.stop()
        if self._wake.closed:
            return True
        self._wake.set()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        if self._thread.is_alive():
            return False
        self._commands.set_wake(-1)
        self._wake.close()
        return True

    def _run(self) -> None:
        try:
            if self._cpu is not None and hasattr(os, "sched_setaffinity"):
                os.sched_setaffinity(0, {self._cpu})
            self._loop.run()
        except BaseException as error:  # noqa: BLE001 - kept for whoever looks at `failure`
            self.failure = error
        finally:
            # Before the wake-up: whoever it wakes asks whether the engine runs.
            self._over = True
            self._ended.set()
