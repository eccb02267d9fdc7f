"""Be all the subscribers, in a process of their own: `python -m loadtest.receivers`.

Role: started by receiving.py. A Job comes in, "ready" goes out; a Window comes in at the end, what
was received goes out. Where its input ends early, it ends too.
"""

import asyncio
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from typing import Final

import msgspec
import uvloop

from loadtest.checkers import Checker, checker
from loadtest.connection import Connection, connect
from loadtest.figures import Received
from loadtest.tally import Chain, Samples, Window

CONNECTING_MAX: Final = 50
"""Connections under way at a time, so that their upgrades do not time out each other."""

READY_TIMEOUT_S: Final = 60.0
DRAIN_TIMEOUT_S: Final = 15.0
FAULTS_TOLD_MAX: Final = 20


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to subscribe to, and how often; the process gives up after `seconds_max`."""

    host: str
    port: int
    token: str
    symbol: str
    subscribers: int
    checkers: int
    seconds_max: float


class Audience:
    """The cheap subscribers; loop thread."""

    def __init__(self) -> None:
        self.samples = Samples()
        self.chains: list[Chain] = []
        self._connections: list[Connection] = []
        self._news = asyncio.Event()

    async def join(self, job: Job, gate: asyncio.Semaphore) -> None:
        """Add one subscriber, and wait for its snapshot."""
        chain = Chain(self.samples)
        async with gate:
            connection = await connect(
                job.host,
                job.port,
                job.token,
                lambda payload: self._take(chain, payload),
                lambda _: self._news.set(),
            )
            self.chains.append(chain)
            self._connections.append(connection)
            subscribe = {"channel": "depth", "symbols": [job.symbol], "interval_ms": 0}
            connection.send_nowait({"op": "subscribe", "id": 1, **subscribe})
            await self.wait_until(lambda: chain.snapshots > 0 or connection.ended is not None)

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition`, looked at whenever a message has come."""
        while not condition():
            self._news.clear()
            await self._news.wait()

    def is_complete(self, window: Window) -> bool:
        """Whether everybody who can has the last change."""
        return all(
            chain.engine_us >= window.last_us or connection.ended is not None
            for chain, connection in zip(self.chains, self._connections, strict=True)
        )

    def faults(self) -> list[str]:
        """Return what must never be."""
        lost = [f"lost: {each.ended}" for each in self._connections if each.ended is not None]
        return lost + [fault for chain in self.chains for fault in chain.faults]

    def close(self) -> None:
        """Close all connections."""
        for connection in self._connections:
            connection.close()

    def _take(self, chain: Chain, payload: bytes) -> None:
        chain.take(payload, time.time_ns() // 1000)
        self._news.set()


async def serve(job: Job, reader: asyncio.StreamReader) -> Received:
    """Be the audience of one run and return what it received."""
    audience = Audience()
    async with AsyncExitStack() as stack:
        url = f"ws://{job.host}:{job.port}/v1/ws"
        checkers = [
            await stack.enter_async_context(checker(url, job.token, job.symbol))
            for _ in range(job.checkers)
        ]
        stack.callback(audience.close)
        gate = asyncio.Semaphore(CONNECTING_MAX)
        async with asyncio.timeout(READY_TIMEOUT_S), asyncio.TaskGroup() as tasks:
            for _ in range(job.subscribers):
                tasks.create_task(audience.join(job, gate))
        print("ready", flush=True)
        window = msgspec.json.decode(await reader.readline(), type=Window)
        await _drain(audience, window)
        for checking in checkers:
            await checking.verify()
        return _received(audience, window, checkers)


async def _drain(audience: Audience, window: Window) -> None:
    """Wait for the last change, no longer than there is hope; who lacks it is counted."""
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_TIMEOUT_S):
            await audience.wait_until(lambda: audience.is_complete(window))


def _received(audience: Audience, window: Window, checkers: list[Checker]) -> Received:
    latencies, size_bytes = audience.samples.within(window)
    faults = audience.faults() + [fault for each in checkers for fault in each.faults]
    chains = audience.chains
    return Received(
        subscribers=len(chains),
        messages=0 if latencies is None else latencies.count,
        snapshots=sum(chain.snapshots for chain in chains),
        bytes=size_bytes,
        matched_to_received=latencies,
        complete=sum(chain.engine_us >= window.last_us for chain in chains),
        checked_messages=sum(each.messages for each in checkers),
        faults=tuple(faults[:FAULTS_TOLD_MAX]),
    )


async def main() -> None:
    """Read the job, do it, print what was received as one line of JSON."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    job = msgspec.json.decode(await reader.readline(), type=Job)
    async with asyncio.timeout(job.seconds_max):
        received = await serve(job, reader)
    print(msgspec.json.encode(received).decode(), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
