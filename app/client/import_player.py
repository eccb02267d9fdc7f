"""Enter a recorded market over a server's order entry, in order and many commands at a time.

Role: Player: entries in, orders out; sends again in order what the server was too busy for. The
resting flow goes under one account, aggressors under another. What may be in flight together is
decided in pipeline.py.
"""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Final

from app.client.amounts import Amounts
from app.client.client import Client
from app.client.codec import Message
from app.client.errors import ClientError, RequestRefused
from app.client.lobster import Add, Aggress, Delete
from app.client.messages import Limits, Order
from app.client.orders import order_of
from app.client.pipeline import Command, Kind, Pipeline, Side
from app.client.recording import Entry

NOT_DONE_CODES: Final = frozenset({"engine_busy", "rate_limited"})
"""Refusals that say: nothing was done, send it again."""

RETRY_DEFAULT_MS: Final = 100
_PACE_MARGIN: Final = 1.1
"""How much slower than the server's limits we send, since clocks and windows differ."""


class ImportFailed(ClientError):
    """The recorded market cannot be entered."""


class Player:
    """One import under way; loop thread."""

    def __init__(self, makers: Client, aggressors: Client, symbol: str, amounts: Amounts) -> None:
        self.entered = 0
        self.changes = 0
        """Commands that changed the visible book, which is how far the depth seq went on."""
        self.keys: dict[str, str] = {}
        """The recorded key of each order id of the server."""
        self.last_filled = 0
        """What the last aggressor traded, in shares."""
        self._makers = makers
        self._aggressors = aggressors
        self._symbol = symbol
        self._amounts = amounts
        self._pipeline = Pipeline()
        self._resting: dict[str, tuple[Side, int]] = {}
        self._order_ids: dict[str, str] = {}
        self._requests: dict[int, tuple[Client, str, Message]] = {}
        self._failure: ClientError | None = None
        self._retry_after_ms = RETRY_DEFAULT_MS
        self._answered_one = asyncio.Event()
        self._interval_s = interval_s(
            client.greeting.limits for client in (makers, aggressors) if client.greeting is not None
        )
        self._next_s = 0.0

    async def enter(self, entry: Entry) -> None:
        """Send an entry as soon as its order allows; raises ClientError when one was refused."""
        self.entered += 1
        command = self._command(entry)
        while not self._pipeline.may_send(command):
            await self._progress()
        if self._interval_s > 0:
            await self._keep_pace()
        # The order's id is known by now: its entry does not share the pipeline with this one.
        self._requests[command.number] = self._request(entry)
        self._send(command)

    async def settle(self) -> None:
        """Wait until everything entered is done; raises ClientError when one was refused."""
        while not self._pipeline.idle:
            await self._progress()
        if self._failure is not None:
            raise self._failure

    async def _progress(self) -> None:
        """Wait for the next answer, or send again what comes next."""
        if self._failure is not None:
            raise self._failure
        command = self._pipeline.next_retry
        if command is not None:
            await asyncio.sleep(self._retry_after_ms / 1000)
            self._send(command)
        self._answered_one.clear()
        await self._answered_one.wait()

    async def _keep_pace(self) -> None:
        loop = asyncio.get_running_loop()
        self._next_s = max(loop.time(), self._next_s + self._interval_s)
        await asyncio.sleep(self._next_s - loop.time())

    def _command(self, entry: Entry) -> Command:
        if isinstance(entry, Aggress):
            return Command(self.entered, "aggress", "", entry.side, entry.price_ticks)
        kind: Kind = "remove"
        if isinstance(entry, Add):
            kind = "add"
            self._resting[entry.key] = (entry.side, entry.price_ticks)
        return Command(self.entered, kind, entry.key, *self._resting[entry.key])

    def _request(self, entry: Entry) -> tuple[Client, str, Message]:
        if isinstance(entry, Add | Aggress):
            client = self._makers if isinstance(entry, Add) else self._aggressors
            return client, "order.new", self._new_order(entry)
        reference = {"order_id": self._order_ids[entry.key]}
        if isinstance(entry, Delete):
            return self._makers, "order.cancel", reference
        quantity = self._amounts.quantity_text(entry.total_lots)
        return self._makers, "order.amend", {**reference, "quantity": quantity}

    def _new_order(self, entry: Add | Aggress) -> Message:
        return {
            "symbol": self._symbol,
            "side": entry.side,
            "type": "limit",
            "time_in_force": "gtc" if isinstance(entry, Add) else "ioc",
            "price": self._amounts.price_text(entry.price_ticks),
            "quantity": self._amounts.quantity_text(entry.quantity_lots),
            "self_trade_prevention": "none",
        }

    def _send(self, command: Command) -> None:
        client, op, fields = self._requests[command.number]
        self._pipeline.sent(command)
        client.request(op, fields).add_done_callback(partial(self._answered, command))

    def _answered(self, command: Command, answer: asyncio.Future[Message]) -> None:
        self._answered_one.set()
        error = None if answer.cancelled() else answer.exception()
        if isinstance(error, RequestRefused) and error.code in NOT_DONE_CODES:
            self._pipeline.refused(command)
            self._retry_after_ms = error.retry_after_ms or RETRY_DEFAULT_MS
            return
        self._pipeline.done(command)
        _, op, fields = self._requests.pop(command.number)
        if error is None and not answer.cancelled():
            self._take_order(command, order_of(answer.result()))
        elif self._failure is None:
            # The first failure counts: the later ones follow from it.
            self._failure = ImportFailed(f"{op} {_told(fields)}: {error}")

    def _take_order(self, command: Command, order: Order) -> None:
        if command.kind == "add":
            self._order_ids[command.key] = order.order_id
            self.keys[order.order_id] = command.key
        elif command.kind == "aggress":
            self.last_filled = self._amounts.shares(order.filled_quantity)
        if command.kind != "aggress" or self.last_filled > 0:
            self.changes += 1


def interval_s(limits: Iterable[Limits]) -> float:
    """Return how long to wait between commands to keep within the limits; 0 without any."""
    rates = [rate for limit in limits for rate in (limit.messages_per_s, limit.orders_per_s)]
    return _PACE_MARGIN / min(filter(None, rates)) if any(rates) else 0


def _told(fields: Message) -> str:
    return " ".join(str(fields[name]) for name in ("side", "quantity", "price") if name in fields)
