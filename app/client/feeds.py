"""Hand a subscription's state and messages to whoever reads them.

Role: Feed, the consumer's side of a subscription: wait until it is live, follow its changes
(conflated) or every message (bounded), or be called back. Never a socket.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Callable
from typing import Final, Generic, TypeVar

from app.client.codec import Message
from app.client.errors import ClientError, FeedOverflow
from app.client.replica import Replica
from app.client.subscription import Wanted

MESSAGES_WAITING_MAX: Final = 65_536
"""Messages that a consumer may leave unread before its feed fails: seconds of a busy market."""

ReplicaT = TypeVar("ReplicaT", bound=Replica)


class Feed(Generic[ReplicaT]):
    """One subscription as its consumer sees it, across reconnects; loop thread."""

    def __init__(self, wanted: Wanted, replica: ReplicaT) -> None:
        self.wanted = wanted
        self.replica = replica
        self.failure: ClientError | None = None
        """Why nothing will come any more; None while something may."""
        self._listeners: list[Callable[[Message], None]] = []
        self._waiters: list[asyncio.Future[None]] = []

    def listen(self, callback: Callable[[Message], None]) -> None:
        """Call back with every data message, right after the replica has taken it."""
        self._listeners.append(callback)

    async def live(self) -> ReplicaT:
        """Wait until the replica is live and return it; raises what ended the feed."""
        await self.wait_until(lambda: self.replica.live)
        return self.replica

    async def wait_until(self, condition: Callable[[], bool]) -> None:
        """Wait until `condition`, looked at after each change; raises what ended the feed."""
        while not condition():
            if self.failure is not None:
                raise self.failure
            waiter = asyncio.get_running_loop().create_future()
            self._waiters.append(waiter)
            await waiter

    async def changes(self) -> AsyncGenerator[ReplicaT, None]:
        """Yield the replica after changes, going stale among them; several may be one."""
        seen = -1
        while True:
            await self.wait_until(lambda: self.replica.version != seen)  # noqa: B023 (awaited here)
            seen = self.replica.version
            yield self.replica

    async def messages(self) -> AsyncGenerator[Message, None]:
        """Yield every data message; raises FeedOverflow when too many are left waiting.

        A snapshot that follows another message starts a new chain: something may be missing.
        """
        waiting: deque[Message] = deque()
        overflown = False

        def take(message: Message) -> None:
            nonlocal overflown
            if len(waiting) < MESSAGES_WAITING_MAX:
                waiting.append(message)
            else:
                overflown = True

        self._listeners.append(take)
        try:
            while True:
                await self.wait_until(lambda: bool(waiting) or overflown)
                while waiting:
                    yield waiting.popleft()
                if overflown:
                    raise FeedOverflow(f"{self.replica.name}: {MESSAGES_WAITING_MAX} unread")
        finally:
            self._listeners.remove(take)

    def deliver(self, message: Message) -> None:
        """Tell everybody of a data message that the replica has taken."""
        for listener in self._listeners:
            listener(message)
        self.wake()

    def wake(self) -> None:
        """Let whoever waits look again."""
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)

    def fail(self, failure: ClientError) -> None:
        """End the feed: its replica is stale for good, its readers get `failure`."""
        self.failure = failure
        self.replica.mark_stale(str(failure))
        self.wake()
