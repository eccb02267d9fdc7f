"""Call the hub when something is due: the event loop's side of the timers.

Role: turns `next_deadline_us` into one loop timer. Belongs to the event loop's thread; the clock is
an argument.
"""

import asyncio
from collections.abc import Callable
from typing import Final

from app.feed.hub import Hub

_US_PER_S: Final = 1_000_000

WAIT_S_MAX: Final = 1.0
"""Longest sleep: a wall clock that is set back delays nothing for longer."""


class Pacer:
    """Flush a hub after batches and at its deadlines."""

    def __init__(
        self, hub: Hub, clock_us: Callable[[], int], loop: asyncio.AbstractEventLoop
    ) -> None:
        self._hub = hub
        self._clock_us = clock_us
        self._loop = loop
        self._handle: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Wake at deadlines from here on."""
        self._hub.timers.on_earlier = self._arm
        self._arm()

    def flush(self) -> None:
        """Publish what is ready and due; call after every dispatched batch."""
        self._hub.flush(self._clock_us())

    def stop(self) -> None:
        """Wake no more."""
        self._hub.timers.on_earlier = None
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def _arm(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        deadline_us = self._hub.next_deadline_us()
        wait_s = WAIT_S_MAX
        if deadline_us is not None:
            wait_s = min(wait_s, max(0, deadline_us - self._clock_us()) / _US_PER_S)
        self._handle = self._loop.call_later(wait_s, self._wake)

    def _wake(self) -> None:
        self._hub.flush(self._clock_us())
        self._arm()
