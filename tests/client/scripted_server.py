"""Serve scripted faults that a right server never shows, over real sockets on loopback."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

import msgspec
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from app.client.checksum import Level
from tests.client.server_messages import Message, depth_snapshot, hello

ASKS: list[Level] = [("100.30", "3.0000")]


class Peer:
    """The server's end of one connection."""

    def __init__(self, socket: ServerConnection) -> None:
        self._socket = socket
        request = socket.request
        assert request is not None
        self.authorization = request.headers.get("Authorization")

    async def send(self, *messages: Message) -> None:
        for message in messages:
            await self._socket.send(msgspec.json.encode(message), text=True)

    async def send_frame(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self, op: str) -> Message:
        """Return the next request, which must be `op`."""
        message: Message = msgspec.json.decode(await self._socket.recv())
        assert message["op"] == op, message
        return message

    async def greet(self, **changed: object) -> None:
        """Say hello and answer the first ping."""
        await self.send(hello(**changed))
        await self.acknowledge(await self.receive("ping"))

    async def acknowledge(self, request: Message, **fields: object) -> None:
        kind = "pong" if request["op"] == "ping" else "ack"
        head = {"type": kind, "id": request["id"], "op": request["op"], "server_us": 1}
        await self.send({**head, **fields})

    async def give_depth(self, seq: int) -> None:
        """Take one subscription and send its snapshot."""
        await self.acknowledge(await self.receive("subscribe"))
        await self.send(depth_snapshot(seq, [], ASKS))

    async def close(self, code: int, reason: str = "") -> None:
        await self._socket.close(code, reason)

    def cut(self) -> None:
        """End the connection without a word."""
        self._socket.transport.abort()

    async def stay(self) -> None:
        """Say nothing until the other side goes away."""
        await self._socket.wait_closed()


Script = Callable[[Peer], Awaitable[None]]


async def accept(peer: Peer) -> None:
    """Greet, give one depth subscription at seq 9, and stay."""
    await peer.greet()
    await peer.give_depth(9)
    await peer.stay()


class ScriptedServer:
    """Play one script per connection, in order; `peers` are the connections so far."""

    def __init__(self, *scripts: Script, refusals: Mapping[int, Mapping[str, str]]) -> None:
        self.url = ""
        self.peers: list[Peer] = []
        self._scripts = list(scripts)
        self._refusals = list(refusals.items())

    async def handle(self, socket: ServerConnection) -> None:
        peer = Peer(socket)
        self.peers.append(peer)
        await self._scripts.pop(0)(peer)

    def admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if not self._refusals:
            return None
        status, headers = self._refusals.pop(0)
        response = connection.respond(HTTPStatus(status), "no\n")
        response.headers.update(headers)
        return response


@asynccontextmanager
async def scripted(
    *scripts: Script, refusals: Mapping[int, Mapping[str, str]] | None = None
) -> AsyncIterator[ScriptedServer]:
    """Serve the scripts on a free port; `refusals` answer the first upgrades by HTTP."""
    server = ScriptedServer(*scripts, refusals=refusals or {})
    async with asyncio.timeout(20):
        async with serve(
            server.handle,
            "127.0.0.1",
            0,
            process_request=server.admit,
            subprotocols=[Subprotocol("depthcast.v1.json")],
            compression=None,
            ping_interval=None,
        ) as listening:
            port = next(iter(listening.sockets)).getsockname()[1]
            server.url = f"ws://127.0.0.1:{port}/v1/ws"
            yield server
