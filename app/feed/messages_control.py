"""Define what the server says about a connection: hello, answers, notices (docs/PROTOCOL.md).

Role: the schema of control messages; data messages are in messages_data.py. Absent values are
null, never missing. Sans-I/O; imports msgspec and `app.wire`.
"""

from typing import Literal

import msgspec

from app import wire
from app.errors import FieldError
from app.feed.messages import MessageId

Verdict = Literal["match", "mismatch", "expired"]


class Control(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    """A message that is about the connection itself."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What this connection may do; 0 is unlimited."""

    message_bytes: int
    outbox_bytes: int
    subscriptions: int
    messages_per_s: int
    orders_per_s: int
    batch_orders: int
    open_orders: int


class Hello(Control, frozen=True, kw_only=True, tag="hello"):
    """The first message of all."""

    server_us: int
    epoch: str
    connection_id: str
    limits: Limits
    heartbeat_ms: int


class Ack(Control, frozen=True, kw_only=True, tag="ack"):
    """An op was done."""

    id: MessageId
    op: str


class AuthAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """The token is accepted."""

    account: str
    scopes: tuple[str, ...]
    expires_us: int


class SubscriptionError(msgspec.Struct, frozen=True):
    """Why one symbol of a subscribe was refused."""

    code: str
    message: str


class SubscriptionOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one symbol of a subscribe; `first_available_seq` null where none applies."""

    symbol: str | None
    recovered: bool = False
    error: SubscriptionError | None = None
    first_available_seq: int | None = None


class SubscribeAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """At least one symbol is subscribed."""

    channel: str
    subscriptions: tuple[SubscriptionOutcome, ...]


class UnsubscribeAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """What was named is not subscribed any more; `symbols` are those that were."""

    channel: str
    symbols: tuple[str, ...]


class VerifyAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """Whether a book is what was published."""

    result: Verdict


class OrderAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """An order as it is after the op; `replayed` for a repeated `client_order_id`."""

    order: wire.Order
    replayed: bool


class CancelAllAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """How many orders were cancelled, and the ids of the first 1,000."""

    count: int
    seq: int
    cancelled: tuple[str, ...]


class BatchAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """One outcome for each order, in order."""

    outcomes: tuple[wire.BatchOutcome, ...]


class ValidatedAck(Ack, frozen=True, kw_only=True, tag="ack"):
    """An order with `validate` was checked and not sent."""

    validated: bool


class Pong(Control, frozen=True, kw_only=True, tag="pong"):
    """The answer to `ping`."""

    id: MessageId
    op: Literal["ping"] = "ping"
    server_us: int


class ErrorMessage(Control, frozen=True, kw_only=True, tag="error"):
    """An op was refused, or (id and op null) why the connection is about to close."""

    id: MessageId
    op: str | None
    code: str
    message: str
    temporary: bool
    retry_after_ms: int | None
    errors: tuple[FieldError, ...] = ()
    replayed: bool = False


class Seqs(msgspec.Struct, frozen=True):
    """The last seq sent on a subscription (null before the first), and where the market stands."""

    sent: int | None
    as_of: int


class Heartbeat(Control, frozen=True, kw_only=True, tag="heartbeat"):
    """Where every subscription stands, by "channel:symbol"."""

    server_us: int
    seqs: dict[str, Seqs]


class TokenExpiring(Control, frozen=True, kw_only=True, tag="token_expiring"):
    """The token ends soon: `auth` with a fresh one, or be closed then."""

    expires_us: int


class Lagging(Control, frozen=True, kw_only=True, tag="lagging"):
    """A lossless subscription is read too slowly; past `outbox_bytes` the connection ends."""

    channel: str
    symbol: str | None
    queued_bytes: int


class CaughtUp(Control, frozen=True, kw_only=True, tag="caught_up"):
    """A lagging subscription is read fast enough again."""

    channel: str
    symbol: str | None
    queued_bytes: int


class Shutdown(Control, frozen=True, kw_only=True, tag="shutdown"):
    """The server stops by `deadline_us`; come back after `reconnect_after_ms`."""

    deadline_us: int
    reconnect_after_ms: int
