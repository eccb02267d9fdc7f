"""Wait for the answer of something that calls back.

Role: between the gateway's callbacks and `await`. Loop thread.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from app.errors import Refusal, refuse

Result = TypeVar("Result")


async def answer_of(
    start: Callable[[Callable[[Result], None]], None], timeout_s: float
) -> Result | Refusal:
    """Call `start` and return what it calls back with, at once or within `timeout_s`.

    Without an answer by then nobody knows what became of it: `outcome_unknown`. One timer and one
    future; asyncio's own timeouts cost an order some microseconds more.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[Result | Refusal] = loop.create_future()
    resolve = partial(_resolve, future)
    start(resolve)
    if future.done():
        return future.result()
    unknown = refuse("outcome_unknown", "no answer in time: look the order up")
    timer = loop.call_later(timeout_s, resolve, unknown)
    try:
        return await future
    finally:
        timer.cancel()


def _resolve(future: "asyncio.Future[Any]", result: object) -> None:
    """Take the first answer; a later one has nobody waiting."""
    if not future.done():
        future.set_result(result)
