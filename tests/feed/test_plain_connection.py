"""The plain shell by an ASGI server that is a test: sends that take long, fail or never end."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.websockets import WebSocket

from app.errors import CloseCode
from app.feed.connection import serve_connection
from tests.feed.feed_harness import FeedHarness
from tests.feed.live_feed import DEADLINE_S

ACME = "ACME-USD"


class FakeServer:
    """Be an ASGI server with one WebSocket: `incoming` goes in, `sent` came out."""

    def __init__(self, harness: FeedHarness) -> None:
        self.harness = harness
        self.incoming: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self.sent: list[dict[str, Any]] = []
        self.gate = asyncio.Event()
        self.moved = asyncio.Event()
        self.gate.set()
        self.incoming.put_nowait({"type": "websocket.connect"})
        token = harness.token()
        self.scope: dict[str, Any] = {
            "type": "websocket",
            "path": "/v1/ws",
            "headers": [(b"authorization", f"Bearer {token}".encode()), (b"host", b"x")],
            "subprotocols": [],
        }

    async def send(self, event: Any) -> None:
        await self.gate.wait()
        self.sent.append(event)
        self.moved.set()

    async def receive(self) -> dict[str, Any]:
        event = await self.incoming.get()
        self.moved.set()
        return event

    def websocket(self) -> WebSocket:
        return WebSocket(self.scope, self.receive, self.send)

    def say(self, **message: Any) -> None:
        self.incoming.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def messages(self) -> list[Any]:
        return [json.loads(e["text"]) for e in self.sent if e["type"] == "websocket.send"]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for a condition that something sent or received makes true."""
        async with asyncio.timeout(DEADLINE_S):
            while not condition():
                self.moved.clear()
                await self.moved.wait()


def serve(scenario: Callable[[FakeServer], Awaitable[None]]) -> FakeServer:
    """Run a scenario beside a connection, which must have ended with it."""

    async def both() -> FakeServer:
        server = FakeServer(FeedHarness())
        async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as group:
            group.create_task(serve_connection(server.harness.feed, server.websocket()))
            await scenario(server)
        assert server.harness.feed.connection_count() == 0
        return server

    return asyncio.run(both())


def test_messages_go_both_ways_until_the_peer_goes() -> None:
    async def scenario(server: FakeServer) -> None:
        server.say(op="ping", id=1)
        await server.until(lambda: len(server.messages()) == 2)
        server.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    hello, pong = serve(scenario).messages()
    assert (hello["type"], pong["id"]) == ("hello", 1)


def test_a_slow_send_conflates_and_then_goes_on_with_the_newest() -> None:
    async def scenario(server: FakeServer) -> None:
        server.say(op="subscribe", channel="depth", symbols=[ACME], interval_ms=0)
        await server.until(lambda: len(server.messages()) == 3)
        server.gate.clear()
        for price in range(1, 50):
            server.harness.order("maker", price=f"{price}.00")
        server.gate.set()
        newest = server.harness.market.book(ACME).seq
        await server.until(lambda: server.messages()[-1].get("seq") == newest)
        server.incoming.put_nowait({"type": "websocket.disconnect", "code": 1000})

    messages = serve(scenario).messages()
    assert [m["type"] for m in messages] == ["hello", "ack", "snapshot", "delta", "snapshot"]


def test_a_close_comes_behind_its_error() -> None:
    async def scenario(server: FakeServer) -> None:
        await server.until(lambda: len(server.messages()) == 1)
        server.harness.feed.close_connections("alice", CloseCode.REPLACED)

    server = serve(scenario)
    assert [m["type"] for m in server.messages()] == ["hello", "error"]
    assert server.sent[-1]["type"] == "websocket.close"
    assert server.sent[-1]["code"] == 4409


def test_a_send_that_never_ends_is_given_up() -> None:
    async def scenario(server: FakeServer) -> None:
        await server.until(lambda: len(server.messages()) == 1)
        server.gate.clear()
        server.say(op="ping")
        await server.until(server.incoming.empty)
        server.harness.feed.close_connections("alice", CloseCode.REPLACED)

    assert len(serve(scenario).messages()) == 1
