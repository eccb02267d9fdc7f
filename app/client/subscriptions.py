"""Keep what is wanted across connections, and bring each feed its messages.

Role: Subscriptions, the ConnectionListener of Client: subscribes anew on every connection, asks
again for what broke (spaced out, so that a server and a client that disagree for good do not keep
each other busy). Never a socket.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final

from app.client.backoff import backoff_ms
from app.client.connection import refusal
from app.client.errors import ClientError, ConnectionLost
from app.client.feeds import Feed, ReplicaT
from app.client.session import Event, Received, Session, Spoiled, SubscriptionRefused

RETRY_DEFAULT_MS: Final = 1_000
"""How long a subscription that was refused for now waits, where the server does not say."""


class Subscriptions:
    """The feeds of one client by key; loop thread."""

    def __init__(self, uniform: Callable[[], float]) -> None:
        self._uniform = uniform
        self._feeds: dict[str, Feed[Any]] = {}
        self._session: Session | None = None
        self._epoch: str | None = None
        self._lost: ConnectionLost | None = None

    def add(self, feed: Feed[ReplicaT]) -> Feed[ReplicaT]:
        """Want a feed from now on; it takes the place of one of the same key."""
        key = feed.wanted.key
        before = self._feeds.get(key)
        if before is not None:
            before.fail(ClientError("replaced by another subscription"))
        self._feeds[key] = feed
        if self._session is not None:
            self._session.subscribe(feed.wanted, feed.replica)
        elif self._lost is not None:
            feed.fail(self._lost)
        return feed

    def remove(self, feed: Feed[ReplicaT]) -> None:
        """Want a feed no longer; one that is not wanted is passed over."""
        if self._feeds.get(feed.wanted.key) is not feed:
            return
        del self._feeds[feed.wanted.key]
        feed.fail(ClientError("unsubscribed"))
        if self._session is not None:
            self._session.unsubscribe(feed.wanted)

    def opened(self, session: Session) -> None:
        """Subscribe to everything on a new connection; another epoch starts from nothing."""
        is_new_epoch = self._epoch is not None and self._epoch != session.epoch
        self._session = session
        self._epoch = session.epoch
        for feed in self._feeds.values():
            if is_new_epoch:
                feed.replica.reset()
            session.subscribe(feed.wanted, feed.replica)
            feed.wake()

    def received(self, event: Event) -> None:
        """Bring an event to the feed that it concerns."""
        if isinstance(event, Received):
            feed = self._feeds.get(event.key)
            if feed is not None:
                feed.deliver(event.message)
        elif isinstance(event, Spoiled):
            self._heal(event)
        elif isinstance(event, SubscriptionRefused):
            self._refused(event)

    def ended(self, lost: ConnectionLost, *, for_good: bool) -> None:
        """Let every reader see that its feed went stale, or ended."""
        self._session = None
        self._lost = lost if for_good else None
        for feed in self._feeds.values():
            if for_good:
                feed.fail(lost)
            else:
                feed.wake()

    def _heal(self, spoiled: Spoiled) -> None:
        """Ask again: at once the first time, later and later after that."""
        self._feeds[spoiled.key].wake()
        wait_ms = 0 if spoiled.attempt <= 1 else backoff_ms(spoiled.attempt - 1, self._uniform)
        self._ask_after(wait_ms, spoiled.key)

    def _refused(self, event: SubscriptionRefused) -> None:
        if event.error.temporary:
            self._ask_after(event.error.retry_after_ms or RETRY_DEFAULT_MS, event.key)
            self._feeds[event.key].wake()
        else:
            self._feeds.pop(event.key).fail(refusal(event.error))

    def _ask_after(self, wait_ms: int, key: str) -> None:
        session = self._session
        if session is None:
            return
        if wait_ms == 0:
            session.heal(key)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(wait_ms / 1000, self._ask_if_still, session, key)

    def _ask_if_still(self, session: Session, key: str) -> None:
        if session is self._session:
            session.heal(key)
