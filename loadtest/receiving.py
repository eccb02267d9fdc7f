"""Start the process of the receivers and speak with it.

Role: the parent's side of receivers.py; ends the process by its handle, whatever happens.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import msgspec

from loadtest.figures import Received
from loadtest.receivers import DRAIN_TIMEOUT_S, READY_TIMEOUT_S, Job
from loadtest.tally import Window

LINE_BYTES_MAX: Final = 1_048_576
COUNT_TIMEOUT_S: Final = 30.0
"""For sorting all that was received, after the drain."""

ROOT: Final = Path(__file__).resolve().parent.parent


class Receivers:
    """The running process of the receivers; loop thread."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.pid = process.pid
        self._process = process

    async def finish(self, window: Window) -> Received:
        """End the run and return what was received; raises ConnectionError, TimeoutError."""
        self._write(window)
        async with asyncio.timeout(DRAIN_TIMEOUT_S + COUNT_TIMEOUT_S):
            return msgspec.json.decode(await self._line(), type=Received)

    async def start(self, job: Job) -> None:
        """Hand over the job and wait until everybody has a snapshot."""
        self._write(job)
        async with asyncio.timeout(READY_TIMEOUT_S + COUNT_TIMEOUT_S):
            await self._line()

    def _write(self, message: msgspec.Struct) -> None:
        assert self._process.stdin is not None, "it was asked for"
        self._process.stdin.write(msgspec.json.encode(message) + b"\n")

    async def _line(self) -> bytes:
        assert self._process.stdout is not None, "it was asked for"
        line = await self._process.stdout.readline()
        if not line:
            raise ConnectionError("the receivers have ended; see what they said above")
        return line


@asynccontextmanager
async def receivers(job: Job) -> AsyncIterator[Receivers]:
    """Run the receivers; entering waits until all are subscribed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "loadtest.receivers",
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=LINE_BYTES_MAX,
    )
    try:
        running = Receivers(process)
        await running.start(job)
        yield running
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
