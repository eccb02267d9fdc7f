"""Follow one (channel, symbol) of one connection, from request to live, and how it breaks.

Role: the state machine of a subscription. Sans-I/O; its replica judges the messages.

    requested ──ack──► awaiting ──complete snapshot──► live
        ▲                  └────────────┬────────────────┘
        │                       a fault, or a heartbeat
        └──asked again── broken ◄──── that tells another seq
"""

from enum import Enum, auto, unique
from typing import Any

import msgspec

from app.client.codec import Message
from app.client.replica import Fault, Replica


class Wanted(msgspec.Struct, frozen=True):
    """What to subscribe to; outlives connections. `options` are the channel's own fields."""

    channel: str
    symbol: str | None
    options: dict[str, Any]

    @property
    def key(self) -> str:
        """The name that heartbeats give it."""
        return self.channel if self.symbol is None else f"{self.channel}:{self.symbol}"


@unique
class Phase(Enum):
    """Where a subscription stands."""

    BROKEN = auto()
    REQUESTED = auto()
    AWAITING = auto()
    LIVE = auto()


class Subscription:
    """One subscription of one connection; loop thread."""

    def __init__(self, wanted: Wanted, replica: Replica) -> None:
        self.wanted = wanted
        self.replica = replica
        self.phase = Phase.BROKEN
        self.faults = 0
        """Faults since a heartbeat last confirmed the chain."""
        self._seq: int | None = None
        self._request_id: int | None = None

    @property
    def expects_data(self) -> bool:
        """Whether data messages belong to the chain that is followed."""
        return self.phase in (Phase.AWAITING, Phase.LIVE)

    def request(self, request_id: int) -> Message:
        """Return the message that asks for a fresh snapshot and a new chain."""
        self.phase = Phase.REQUESTED
        self._request_id = request_id
        if self.replica.live:
            self.replica.mark_stale("subscribing anew")
        wanted = self.wanted
        symbols = {} if wanted.symbol is None else {"symbols": [wanted.symbol]}
        message = {"op": "subscribe", "id": request_id, "channel": wanted.channel}
        return {**message, **symbols, **wanted.options}

    def acknowledged(self, request_id: int) -> None:
        """Take the ack of a request; only the latest one counts."""
        if self.phase is Phase.REQUESTED and request_id == self._request_id:
            self.phase = Phase.AWAITING

    def refused(self, request_id: int, code: str) -> bool:
        """Take a refusal; whether it was of the latest request."""
        if request_id != self._request_id:
            return False
        self.phase = Phase.BROKEN
        self.replica.mark_stale(code)
        return True

    def receive(self, message: Message) -> Fault | None:
        """Take one data message; return what broke the chain.

        Messages of a chain that was already given up are passed over.
        """
        if not self.expects_data:
            return None
        fault = self.replica.apply(message)
        if fault is not None:
            return self._break(fault)
        self._seq = self.replica.seq
        self.phase = Phase.LIVE if self.replica.live else Phase.AWAITING
        return None

    def heartbeat(self, sent: int | None) -> Fault | None:
        """Compare with the seq that the server says it sent last; a GAP where that differs."""
        if self.phase is not Phase.LIVE or sent is None:
            return None
        if sent != self._seq:
            return self._break(Fault.GAP)
        self.faults = 0
        return None

    def _break(self, fault: Fault) -> Fault:
        self.phase = Phase.BROKEN
        self.faults += 1
        self.replica.mark_stale(fault)
        return fault
