"""Define what clients may say: one struct for each op (docs/PROTOCOL.md, "Ops").

Role: the schema of client messages, without `op` and `id`, which every message has and which
`read_envelope` takes off. The order ops carry the fields of the REST bodies and are read by the
gateway. Sans-I/O; imports msgspec alone besides the codes.
"""

from typing import Any, Final, Literal, TypeVar

import msgspec

from app.errors import Refusal, refuse
from app.feed.codecs import Fields

MessageId = str | int | None

MESSAGE_ID_LENGTH_MAX: Final = 128
"""An id is echoed; longer ones would be a way to make the server talk much."""

DETAIL_LENGTH_MAX: Final = 200
"""What is wrong with a message may quote it."""

Policy = Literal["latest", "lossless"]


class ClientMessage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fields of one op; what is not listed is refused."""


class Auth(ClientMessage, frozen=True, kw_only=True):
    """Say who is there, or extend that with a fresh token of the same account."""

    token: str


class Ping(ClientMessage, frozen=True, kw_only=True):
    """Ask for a `pong`."""


class Resume(ClientMessage, frozen=True, kw_only=True):
    """Name the last message of an earlier subscription."""

    epoch: str
    seq: int


class Subscribe(ClientMessage, frozen=True, kw_only=True):
    """Ask for a channel; which fields it takes is in app/feed/session_options.py."""

    channel: str
    symbols: list[str] | None = None
    levels: int | None = None
    interval_ms: int | None = None
    interval: str | None = None
    policy: Policy | None = None
    resume: dict[str, Any] | None = None
    timings: bool | None = None


class Unsubscribe(ClientMessage, frozen=True, kw_only=True):
    """End subscriptions; what is not subscribed is not an error."""

    channel: str
    symbols: list[str] | None = None
    interval: str | None = None


class Verify(ClientMessage, frozen=True, kw_only=True):
    """Ask whether a book is what was published at `seq`."""

    symbol: str
    levels: int
    seq: int
    checksum: int


class OrderFields(ClientMessage, frozen=True, kw_only=True, forbid_unknown_fields=False):
    """The body of a REST call, as it came; the gateway reads it."""


OPS: Final[dict[str, type[ClientMessage]]] = {
    "auth": Auth,
    "ping": Ping,
    "subscribe": Subscribe,
    "unsubscribe": Unsubscribe,
    "verify": Verify,
    "order.new": OrderFields,
    "order.amend": OrderFields,
    "order.cancel": OrderFields,
    "order.cancel_all": OrderFields,
    "order.batch": OrderFields,
    "order.lookup": OrderFields,
}

OPS_NOT_OFFERED: Final = frozenset({"session.cancel_on_disconnect", "session.dead_man"})
"""Ops that the protocol has and this version has not."""

ClientMessageT = TypeVar("ClientMessageT", bound=ClientMessage)


class Envelope(msgspec.Struct, frozen=True):
    """What every message has; both null where the message does not say them rightly."""

    op: str | None
    id: MessageId


def read_envelope(fields: Fields | Refusal) -> tuple[Envelope, Refusal | None]:
    """Take `op` and `id` off `fields`; what is wrong with them, if anything.

    A refusal in place of fields is passed on.
    """
    if isinstance(fields, Refusal):
        return Envelope(None, None), fields
    op, message_id = fields.pop("op", None), fields.pop("id", None)
    known = isinstance(op, str) and (op in OPS or op in OPS_NOT_OFFERED)
    valid_id = _is_message_id(message_id)
    envelope = Envelope(op if known else None, message_id if valid_id else None)
    if not valid_id:
        return envelope, refuse("invalid_request", "id: a string or an integer expected")
    if not known:
        return envelope, refuse("invalid_request", "op: unknown or missing")
    return envelope, None


def read_message(kind: type[ClientMessageT], fields: Fields) -> ClientMessageT | Refusal:
    """Return `fields` as a message of this kind, or what is wrong with them."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        return refuse("invalid_request", str(error)[:DETAIL_LENGTH_MAX])


def read_resumes(resume: dict[str, Any] | None, symbols: list[str]) -> dict[str, Resume] | Refusal:
    """Return what is to be resumed by symbol ("" for a channel without symbols)."""
    if resume is None:
        return {}
    try:
        if "seq" in resume or "epoch" in resume:
            return dict.fromkeys(symbols, msgspec.convert(resume, Resume))
        return msgspec.convert(resume, dict[str, Resume])
    except msgspec.ValidationError as error:
        return refuse("invalid_request", f"resume: {error}"[:DETAIL_LENGTH_MAX])


def _is_message_id(value: object) -> bool:
    if value is None:
        return True
    if isinstance(value, str):
        return len(value) <= MESSAGE_ID_LENGTH_MAX
    return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**64
