"""Read every message that PROTOCOL.md shows with the server's own types: no field more or less."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from app import order_requests, wire
from app.feed import messages, messages_control, messages_data
from tests.docs.examples import blocks, page

ACKS = {
    "auth": messages_control.AuthAck,
    "subscribe": messages_control.SubscribeAck,
    "unsubscribe": messages_control.UnsubscribeAck,
    "verify": messages_control.VerifyAck,
    "order.new": messages_control.OrderAck,
    "order.cancel_all": messages_control.CancelAllAck,
    "order.batch": messages_control.BatchAck,
}
CONTROL = {
    "hello": messages_control.Hello,
    "pong": messages_control.Pong,
    "error": messages_control.ErrorMessage,
    "heartbeat": messages_control.Heartbeat,
    "token_expiring": messages_control.TokenExpiring,
    "lagging": messages_control.Lagging,
    "caught_up": messages_control.CaughtUp,
    "shutdown": messages_control.Shutdown,
}
DATA = {
    ("depth", "snapshot"): wire.DepthSnapshot,
    ("depth", "delta"): messages_data.DepthDelta,
    ("trades", "snapshot"): messages_data.TradesSnapshot,
    ("trades", "update"): messages_data.TradesUpdate,
    ("ticker", "update"): messages_data.TickerUpdate,
    ("orders", "snapshot"): messages_data.OrdersSnapshot,
    ("orders", "update"): messages_data.OrdersUpdate,
    ("instruments", "update"): messages_data.InstrumentsUpdate,
}
REQUESTS = {
    "order.new": order_requests.NewOrderRequest,
    "order.amend": order_requests.AmendRequest,
    "order.cancel_all": order_requests.CancelAllRequest,
    "order.batch": order_requests.BatchRequest,
}


def shown() -> Iterator[dict[str, Any]]:
    """Yield the messages of the page, one a line."""
    for block in blocks(page("PROTOCOL.md"), "json"):
        for line in block.splitlines():
            yield json.loads(line)


def shape(message: dict[str, Any]) -> Any:
    """Return the type that a server message has, by what a client tells it by."""
    if "type" not in message or "side" in message:
        fill = "trade_id" in message
        return wire.Fill if fill else wire.Order
    if "title" in message:
        return wire.Problem
    kind = message["type"]
    if kind == "ack":
        return ACKS[message["op"]]
    return CONTROL[kind] if kind in CONTROL else DATA[message["channel"], kind]


SHOWN = list(shown())
FROM_THE_SERVER = [
    message for message in SHOWN if "op" not in message or message.get("type") in ("ack", *CONTROL)
]
FROM_CLIENTS = [message for message in SHOWN if message not in FROM_THE_SERVER]


@pytest.mark.parametrize("message", FROM_THE_SERVER, ids=lambda message: str(message)[:60])
def test_what_the_server_says_on_the_page_is_what_it_can_say(message: dict[str, Any]) -> None:
    read = msgspec.convert(message, shape(message))
    assert json.loads(msgspec.json.encode(read)) == message


@pytest.mark.parametrize("message", FROM_CLIENTS, ids=lambda message: str(message)[:60])
def test_what_clients_say_on_the_page_is_understood(message: dict[str, Any]) -> None:
    envelope, refusal = messages.read_envelope(dict(message))
    assert refusal is None
    assert envelope.op is not None
    fields = {name: value for name, value in message.items() if name not in ("op", "id")}
    msgspec.convert(fields, REQUESTS.get(envelope.op, messages.OPS[envelope.op]))


def test_the_page_shows_every_kind_of_message() -> None:
    kinds = {shape(message) for message in FROM_THE_SERVER}
    told = {*CONTROL.values(), *DATA.values(), *ACKS.values(), wire.Order, wire.Fill, wire.Problem}
    assert kinds == told
