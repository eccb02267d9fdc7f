"""A WebSocket peer that plays a script: what a healthy server never sends must be played to it."""

import json
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, WebSocketRoute

from tests.browser.depth_messages import IndependentBook

Message = dict[str, Any]

DEADLINE_MS = 15_000
TURN_MS = 20


class ScriptedServer:
    """Answers hello, acks and first snapshots; all else is said by the test."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page = page
        self._origin = origin
        self.epoch = "e1"
        self.heartbeat_ms = 60_000
        self.received: list[Message] = []
        self.connections: list[WebSocketRoute] = []
        self.refusals: dict[str, Message] = {}
        self.silent_ops: set[str] = set()
        self.spoiled = False
        self.book = IndependentBook()
        page.clock.install()
        page.route_web_socket(lambda url: url.endswith("/v1/ws"), self._connected)

    def open(self, fragment: str = "") -> None:
        self.page.goto(f"{self._origin}/{fragment}")

    def send(self, message: Message) -> None:
        """Say something on the latest connection."""
        self.connections[-1].send(json.dumps(message))

    def close(self, code: int, reason: str = "") -> None:
        self.connections[-1].close(code=code, reason=reason)

    def asked(self, op: str, **fields: Any) -> list[Message]:
        """What the page has sent with this op and these fields."""
        wanted = {"op": op, **fields}.items()
        return [message for message in self.received if wanted <= message.items()]

    def wait(self, condition: Callable[[], object]) -> None:
        """Let the page run until the condition holds."""
        waited_ms = 0
        while not condition():
            assert waited_ms < DEADLINE_MS, "the page did not do it before the deadline"
            self.page.wait_for_timeout(TURN_MS)
            waited_ms += TURN_MS

    def snapshot(self, seq: int = 10) -> Message:
        """A whole book; with a wrong checksum while `spoiled`."""
        bids = [["100.10", "1.0000"], ["100.00", "2.0000"]]
        asks = [["100.20", "1.5000"], ["100.30", "2.5000"]]
        message = self.book.message("snapshot", seq, bids, asks) | {"epoch": self.epoch}
        return message | {"checksum": 1} if self.spoiled else message

    def delta(self, seq: int, bids: list[list[str]]) -> Message:
        return self.book.message("delta", seq, bids, []) | {"epoch": self.epoch}

    def _connected(self, connection: WebSocketRoute) -> None:
        self.connections.append(connection)
        connection.on_message(lambda text: self._answer(json.loads(text)))
        hello = {"type": "hello", "server_us": 1, "epoch": self.epoch, "connection_id": "c"}
        self.send({**hello, "limits": {}, "heartbeat_ms": self.heartbeat_ms})

    def _answer(self, message: Message) -> None:
        self.received.append(message)
        op, identity = message["op"], message["id"]
        if op in self.silent_ops:
            return
        if op in self.refusals:
            self.send({"type": "error", "id": identity, "op": op, **self.refusals[op]})
            return
        self.send({"type": "pong" if op == "ping" else "ack", "id": identity, "op": op})
        if op == "subscribe":
            self._first(message)

    def _first(self, message: Message) -> None:
        channel = message["channel"]
        if channel == "depth":
            self.send(self.snapshot())
        elif channel != "ticker":
            first = {"channel": channel, "type": "snapshot", "epoch": self.epoch, "seq": 0}
            symbol = {"symbol": "ACME-USD"} if channel == "trades" else {}
            self.send({**first, **symbol, channel: []})
