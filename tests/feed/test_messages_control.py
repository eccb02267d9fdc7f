"""Control messages: their type, and that absent values are null, never missing."""

import inspect
from typing import Any

import msgspec
import pytest

from app.feed import messages_control
from app.feed.messages_control import Ack, CaughtUp, Control, ErrorMessage, Lagging, Pong, Shutdown

KINDS = [
    kind
    for _, kind in inspect.getmembers(messages_control, inspect.isclass)
    if issubclass(kind, Control) and kind is not Control
]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_has_a_type_and_every_ack_is_an_ack(kind: type[Control]) -> None:
    assert kind.__struct_config__.tag_field == "type"
    assert kind.__struct_config__.frozen
    if issubclass(kind, Ack):
        assert kind.__struct_config__.tag == "ack"


@pytest.mark.parametrize(
    ("message", "decoded"),
    [
        (Ack(id=None, op="x"), {"type": "ack", "id": None, "op": "x"}),
        (Pong(id=1, server_us=5), {"type": "pong", "id": 1, "op": "ping", "server_us": 5}),
        (
            Lagging(channel="orders", symbol=None, queued_bytes=9),
            {"type": "lagging", "channel": "orders", "symbol": None, "queued_bytes": 9},
        ),
        (
            CaughtUp(channel="trades", symbol="X", queued_bytes=0),
            {"type": "caught_up", "channel": "trades", "symbol": "X", "queued_bytes": 0},
        ),
        (
            Shutdown(deadline_us=7, reconnect_after_ms=8),
            {"type": "shutdown", "deadline_us": 7, "reconnect_after_ms": 8},
        ),
        (
            ErrorMessage(
                id=None, op=None, code="c", message="m", temporary=True, retry_after_ms=None
            ),
            {
                "type": "error",
                "id": None,
                "op": None,
                "code": "c",
                "message": "m",
                "temporary": True,
                "retry_after_ms": None,
                "errors": [],
                "replayed": False,
            },
        ),
    ],
)
def test_messages_look_as_the_protocol_says(
    message: msgspec.Struct, decoded: dict[str, Any]
) -> None:
    assert msgspec.json.decode(msgspec.json.encode(message)) == decoded
