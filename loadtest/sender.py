"""Send orders over one connection: on a schedule, or as fast as they go out.

Role: the shell around Ledger. The schedule is open-loop: an order goes out when it is due, whether
or not those before it were answered, and its time counts from then.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from loadtest.connection import Connection, connect
from loadtest.flow import Fields, due_count, due_ns
from loadtest.ledger import Answer, Ledger
from loadtest.target import Target

ANSWERS_TIMEOUT_S: Final = 15.0
BURST_CHUNK: Final = 64
"""Orders between two looks at whether the socket takes more."""


class Sender:
    """One connection that sends orders; loop thread."""

    def __init__(self) -> None:
        self.connection: Connection | None = None
        self._ledger = Ledger()
        self._wanted: dict[str, asyncio.Future[Answer]] = {}
        self._decoder = msgspec.json.Decoder(Answer)
        self._progress = asyncio.Event()

    def take(self, payload: bytes) -> None:
        """Take one message of the server."""
        now_ns = time.monotonic_ns()
        answer = self._decoder.decode(payload)
        if isinstance(answer.id, int):
            self._ledger.answered(answer.id, answer, now_ns)
            if self._ledger.unanswered == 0:
                self._progress.set()
        elif answer.id is not None and (wanted := self._wanted.pop(answer.id, None)) is not None:
            wanted.set_result(answer)

    def lose(self, why: str) -> None:
        """Learn that the connection ended: nothing will be answered any more."""
        wanted, self._wanted = self._wanted, {}
        for answer in wanted.values():
            answer.set_exception(ConnectionError(why))
        self._progress.set()

    async def ask(self, fields: Fields) -> Answer:
        """Send one message and wait for its answer; raises ConnectionError where it is refused."""
        name = f"{fields['op']} {len(self._wanted)}"
        if (ended := self._live().ended) is not None:
            raise ConnectionError(ended)
        wanted: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._wanted[name] = wanted
        self._live().send_nowait(fields | {"id": name})
        async with asyncio.timeout(ANSWERS_TIMEOUT_S):
            answer = await wanted
        if answer.type != "ack":
            raise ConnectionError(f"{fields['op']} was refused: {answer.code}")
        return answer

    async def send_scheduled(self, orders: Iterable[Fields], total: int, per_second: int) -> Ledger:
        """Send `total` orders, each when it is due, and wait for the answers."""
        ledger = self._ledger = Ledger()
        start_ns = time.monotonic_ns()
        waiting = iter(orders)
        while len(ledger) < total and self._live().ended is None:
            now_ns = time.monotonic_ns()
            for number in range(len(ledger), due_count(start_ns, now_ns, per_second, total)):
                self._send(next(waiting), due_ns(start_ns, number, per_second))
            left_ns = due_ns(start_ns, len(ledger), per_second) - time.monotonic_ns()
            await asyncio.sleep(max(0, left_ns) / 1e9)
        await self._answers()
        return ledger

    async def send_burst(self, orders: Iterable[Fields]) -> Ledger:
        """Send all orders as fast as the socket takes them, and wait for the answers."""
        ledger = self._ledger = Ledger()
        start_ns = time.monotonic_ns()
        for number, fields in enumerate(orders, 1):
            self._send(fields, start_ns)
            if number % BURST_CHUNK == 0:
                await self._live().wait_writable()
        await self._answers()
        return ledger

    def _send(self, fields: Fields, when_due_ns: int) -> None:
        number = len(self._ledger)
        self._ledger.sent(when_due_ns, time.monotonic_ns())
        self._live().send_nowait(fields | {"id": number})

    async def _answers(self) -> None:
        """Wait for every answer, no longer than there is hope; the ledger tells which lack."""
        deadline_s = time.monotonic() + ANSWERS_TIMEOUT_S
        while self._ledger.unanswered and self._live().ended is None:
            self._progress.clear()
            try:
                await asyncio.wait_for(self._progress.wait(), deadline_s - time.monotonic())
            except TimeoutError:
                return

    def _live(self) -> Connection:
        assert self.connection is not None, "connected before"
        return self.connection


@asynccontextmanager
async def sender(target: Target) -> AsyncIterator[Sender]:
    """Connect a sender; on leaving, its orders are cancelled as far as that is still possible."""
    sending = Sender()
    sending.connection = await connect(
        target.host, target.port, target.order_token, sending.take, sending.lose
    )
    try:
        yield sending
        await sending.ask({"op": "order.cancel_all", "symbol": target.symbol})
    finally:
        sending.connection.close()
