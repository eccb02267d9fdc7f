"""Follow the book as a careful client does, beside the many cheap receivers.

Role: whole clients (app.client), which compare every checksum and sequence number; any fault of
their books, however fast it heals, is kept.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from app.client import Client, ClientError, Feed, LocalBook
from app.client.replica import Fault

FAULTS: Final = frozenset(Fault)
LEVELS: Final = 25
"""The default of the channel, which the cheap receivers have too."""


class Checker:
    """One whole client; loop thread."""

    def __init__(self, client: Client, feed: Feed[LocalBook]) -> None:
        self.messages = 0
        self.faults: list[str] = []
        self._client = client
        self._feed = feed
        feed.listen(self._count)

    async def watch(self) -> None:
        """Keep what makes the book stale, until cancelled or the feed has ended."""
        try:
            # A fault takes a round trip to heal, so that it is always seen here.
            async for book in self._feed.changes():
                if book.stale_reason in FAULTS:
                    self.faults.append(f"a checked book: {book.stale_reason}")
        except ClientError as error:
            self.faults.append(f"a checked book: {error}")

    async def wait_for(self, seq: int) -> None:
        """Wait until the book is live at `seq` or later."""
        book = self._feed.replica
        await self._feed.wait_until(lambda: book.live and book.seq is not None and book.seq >= seq)

    async def verify(self) -> None:
        """Let the server compare its own book with this one."""
        book = self._feed.replica
        if not book.live:
            self.faults.append(f"a checked book was stale in the end: {book.stale_reason}")
            return
        fields = {
            "symbol": book.symbol,
            "levels": LEVELS,
            "seq": book.seq,
            "checksum": book.checksum,
        }
        answer = await self._client.request("verify", fields)
        if answer.get("result") != "match":
            self.faults.append(f"verify: {answer.get('result')}")

    def _count(self, message: dict[str, Any]) -> None:
        self.messages += 1


@asynccontextmanager
async def checker(url: str, token: str, symbol: str) -> AsyncIterator[Checker]:
    """Run one checker; entering waits until its book is live."""
    async with Client(url, token=token, reconnect=False) as client:
        feed = client.depth(symbol, levels=LEVELS, interval_ms=0)
        checking = Checker(client, feed)
        watching = asyncio.create_task(checking.watch())
        try:
            await feed.live()
            yield checking
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
