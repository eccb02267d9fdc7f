"""Wait for what must come true, with a deadline."""

import asyncio
import threading
import time
from collections.abc import Callable

DEADLINE_S = 20.0
_PAUSE_S = 0.001


def wait_until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Wait until a condition holds; fails at the deadline."""
    end = time.monotonic() + deadline_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < end, "it never came true"
        pause.wait(_PAUSE_S)


async def turns_until(condition: Callable[[], object], deadline_s: float = DEADLINE_S) -> None:
    """Let the event loop turn until a condition holds; fails at the deadline."""
    end = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < end, "it never came true"
        await asyncio.sleep(_PAUSE_S)
