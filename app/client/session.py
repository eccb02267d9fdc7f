"""Speak the WebSocket protocol (docs/PROTOCOL.md) as one connection sees it.

Role: decoded messages in, events out, messages to send in `take_outgoing`. Sans-I/O: never a
socket, a clock or asyncio.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from app.client.codec import Message
from app.client.messages import ErrorMessage, Heartbeat, Hello, read_as
from app.client.replica import Fault, Replica
from app.client.subscription import Subscription, Wanted

NOTICES: Final = frozenset({"shutdown", "token_expiring", "lagging", "caught_up", "market_state"})


class Greeted(msgspec.Struct, frozen=True):
    """The server spoke first: from now on requests may be sent."""

    hello: Hello


class Answered(msgspec.Struct, frozen=True):
    """A request was done; `message` is its ack or pong."""

    request_id: int
    message: Message


class Refused(msgspec.Struct, frozen=True):
    """A request was refused; without an id the error announces a close."""

    request_id: int | None
    error: ErrorMessage


class SubscriptionRefused(msgspec.Struct, frozen=True):
    """The server will not give this subscription."""

    key: str
    error: ErrorMessage


class Spoiled(msgspec.Struct, frozen=True):
    """A subscription broke and is to be asked for again; `attempt` counts from 1."""

    key: str
    fault: Fault
    attempt: int


class Received(msgspec.Struct, frozen=True):
    """A data message of an unbroken subscription; its replica has taken it."""

    key: str
    message: Message


class Noticed(msgspec.Struct, frozen=True):
    """The server tells something about this connection or the market."""

    message: Message


Event = Greeted | Answered | Refused | SubscriptionRefused | Spoiled | Received | Noticed


class Session:
    """The protocol state of one connection; `wake` is called when something is to be sent."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self.epoch: str | None = None
        self.subscriptions: dict[str, Subscription] = {}
        self._pending: dict[int, str | None] = {}
        self._wake = wake
        self._outgoing: list[Message] = []
        self._next_id = 1

    @property
    def in_flight(self) -> int:
        """Requests without an answer so far."""
        return len(self._pending)

    def take_outgoing(self) -> list[Message]:
        """Return the messages to be sent, in order, and forget them."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def request(self, op: str, fields: Message) -> int:
        """Send an op; return the id under which its answer will come."""
        request_id = self._take_id(None)
        self._send({"op": op, "id": request_id, **fields})
        return request_id

    def subscribe(self, wanted: Wanted, replica: Replica) -> None:
        """Ask for a subscription, or for another one in its place."""
        subscription = Subscription(wanted, replica)
        self.subscriptions[wanted.key] = subscription
        self._ask(subscription)

    def heal(self, key: str) -> None:
        """Ask again for a fresh snapshot, if the subscription is still wanted."""
        subscription = self.subscriptions.get(key)
        if subscription is not None:
            self._ask(subscription)

    def unsubscribe(self, wanted: Wanted) -> None:
        """End a subscription; what still comes of it is passed over."""
        if self.subscriptions.pop(wanted.key, None) is None:
            return
        symbols = {} if wanted.symbol is None else {"symbols": [wanted.symbol]}
        self.request("unsubscribe", {"channel": wanted.channel, **symbols})

    def close(self, reason: str) -> list[int]:
        """End: every replica is stale now; return the ids that will get no answer."""
        for subscription in self.subscriptions.values():
            subscription.replica.mark_stale(reason)
        lost = [request_id for request_id, key in self._pending.items() if key is None]
        self._pending.clear()
        return lost

    def receive(self, message: Message) -> list[Event]:
        """Take one server message; raises ProtocolError where a known type is malformed."""
        kind = message["type"]
        if "channel" in message and kind in ("snapshot", "delta", "update"):
            return self._data(message)
        if kind in ("ack", "pong"):
            return self._answer(message)
        if kind == "error":
            return self._refusal(read_as(ErrorMessage, message))
        if kind == "heartbeat":
            return self._heartbeat(read_as(Heartbeat, message))
        if kind == "hello":
            return self._hello(read_as(Hello, message))
        return [Noticed(message)] if kind in NOTICES else []

    def _send(self, message: Message) -> None:
        self._outgoing.append(message)
        self._wake()

    def _take_id(self, key: str | None) -> int:
        request_id = self._next_id
        self._next_id += 1
        self._pending[request_id] = key
        return request_id

    def _ask(self, subscription: Subscription) -> None:
        request_id = self._take_id(subscription.wanted.key)
        self._send(subscription.request(request_id))

    def _hello(self, hello: Hello) -> list[Event]:
        self.epoch = hello.epoch
        return [Greeted(hello)]

    def _data(self, message: Message) -> list[Event]:
        if message.get("epoch") != self.epoch:
            return self._start_afresh(message)
        symbol = message.get("symbol")
        key = message["channel"] if symbol is None else f"{message['channel']}:{symbol}"
        subscription = self.subscriptions.get(key)
        if subscription is None:
            return []
        was_broken = not subscription.expects_data
        fault = subscription.receive(message)
        if fault is not None:
            return [Spoiled(key, fault, subscription.faults)]
        return [] if was_broken else [Received(key, message)]

    def _start_afresh(self, message: Message) -> list[Event]:
        """Everything known belongs to another past: forget it and ask anew."""
        self.epoch = message.get("epoch")
        for subscription in self.subscriptions.values():
            subscription.replica.reset()
            self._ask(subscription)
        return []

    def _heartbeat(self, heartbeat: Heartbeat) -> list[Event]:
        events: list[Event] = []
        for key, subscription in self.subscriptions.items():
            seq = heartbeat.seqs.get(key)
            fault = subscription.heartbeat(None if seq is None else seq.sent)
            if fault is not None:
                events.append(Spoiled(key, fault, subscription.faults))
        return events

    def _answer(self, message: Message) -> list[Event]:
        request_id = message.get("id")
        if not isinstance(request_id, int) or request_id not in self._pending:
            return []
        key = self._pending.pop(request_id)
        if key is None:
            return [Answered(request_id, message)]
        subscription = self.subscriptions.get(key)
        if subscription is not None:
            subscription.acknowledged(request_id)
        return []

    def _refusal(self, error: ErrorMessage) -> list[Event]:
        request_id = error.id if isinstance(error.id, int) else None
        if request_id is None or request_id not in self._pending:
            return [Refused(None, error)]
        key = self._pending.pop(request_id)
        if key is None:
            return [Refused(request_id, error)]
        subscription = self.subscriptions.get(key)
        if subscription is None or not subscription.refused(request_id, error.code):
            return []
        return [SubscriptionRefused(key, error)]
