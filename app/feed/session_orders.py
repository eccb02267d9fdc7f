"""Carry order ops to the gateway and its answers back: `order.new` and the others.

Role: the order verbs of the session; they differ in the gateway's method alone. Sans-I/O.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from app import wire
from app.errors import CloseCode, Refusal, refuse
from app.feed.codecs import Fields
from app.feed.messages import Envelope
from app.feed.messages_control import BatchAck, CancelAllAck, OrderAck, ValidatedAck
from app.feed.services import Answer, OrderDoor
from app.feed.session_state import SessionState
from app.gateway import Caller, OrderResult

Method = Callable[[OrderDoor, Caller, Fields, Callable[[Any], None]], None]

_METHODS: Final[dict[str, Method]] = {
    "order.new": lambda gateway, *call: gateway.new_order(*call),
    "order.amend": lambda gateway, *call: gateway.amend(*call),
    "order.cancel": lambda gateway, *call: gateway.cancel(*call),
    "order.cancel_all": lambda gateway, *call: gateway.cancel_all(*call),
    "order.batch": lambda gateway, *call: gateway.batch(*call),
    "order.lookup": lambda gateway, *call: gateway.lookup(*call),
}

ORDER_OPS: Final = frozenset(_METHODS)


def handle_order(state: SessionState, envelope: Envelope, op: str, fields: Fields) -> None:
    """Hand an order op over; the answer comes back once, maybe at once."""
    assert state.identity is not None, "the policy lets nobody unknown near orders"
    if state.is_draining:
        state.refuse(envelope, refuse("shutting_down", "the server is about to stop"))
        return
    state.ops_under_way += 1
    caller = Caller(state.identity.account, state.connection_id)
    _METHODS[op](
        state.feed.gateway, caller, fields, lambda answer: _answer(state, envelope, op, answer)
    )


def end_if_drained(state: SessionState) -> None:
    """Close a draining session once nothing is under way."""
    if state.is_draining and state.ops_under_way == 0:
        refusal = refuse("shutting_down", "the server stops")
        reconnect = msgspec.structs.replace(refusal, retry_after_ms=state.reconnect_after_ms)
        state.end(CloseCode.SHUTTING_DOWN, reconnect)


def _answer(state: SessionState, envelope: Envelope, op: str, answer: Answer) -> None:
    state.ops_under_way -= 1
    if isinstance(answer, Refusal):
        state.refuse(envelope, answer)
    else:
        state.send(_ack(envelope, op, answer))
    end_if_drained(state)


def _ack(
    envelope: Envelope,
    op: str,
    answer: OrderResult | wire.CancelAllResult | wire.BatchOutcomes | wire.Validated,
) -> msgspec.Struct:
    if isinstance(answer, OrderResult):
        return OrderAck(id=envelope.id, op=op, order=answer.order, replayed=answer.replayed)
    if isinstance(answer, wire.CancelAllResult):
        count, seq, cancelled = answer.count, answer.seq, answer.cancelled
        return CancelAllAck(id=envelope.id, op=op, count=count, seq=seq, cancelled=cancelled)
    if isinstance(answer, wire.BatchOutcomes):
        return BatchAck(id=envelope.id, op=op, outcomes=answer.outcomes)
    return ValidatedAck(id=envelope.id, op=op, validated=answer.validated)
