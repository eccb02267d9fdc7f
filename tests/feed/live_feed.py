"""Serve real sessions on a real uvicorn, in a thread with a loop of its own."""

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Final, TypeVar

import uvicorn
import uvloop
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket
from websockets.client import ClientProtocol
from websockets.frames import Frame
from websockets.sync.client import ClientConnection, connect
from websockets.uri import parse_uri

from app.feed.connection import feed_endpoint
from app.feed.pacer import Pacer
from app.feed.protocol import FeedProtocol
from app.limits import LIBRARY_MESSAGE_BYTES_MAX
from tests.feed.feed_harness import TRADER, FeedHarness

LOOPS: Final[dict[str, Callable[[], asyncio.AbstractEventLoop]]] = {
    "asyncio": asyncio.new_event_loop,
    "uvloop": uvloop.new_event_loop,
}
DEADLINE_S: Final = 15.0
PLAIN: Final = "websockets-sansio"

T = TypeVar("T")


class RealTimeHarness(FeedHarness):
    """Be the harness on the wall clock; used on its server's loop only."""

    @property
    def clock_ns(self) -> int:
        return time.time_ns()

    @clock_ns.setter
    def clock_ns(self, value: int) -> None:
        """Take the harness's own idea of now, and leave it."""


class LiveFeed:
    """Be a running server; `run` does something on its loop."""

    def __init__(self, loop_name: str, ws: Any, config: dict[str, Any], settings: Any) -> None:
        self.harness = RealTimeHarness(**settings)
        self.loop = LOOPS[loop_name]()
        self.gate = asyncio.Event()
        self.gate.set()
        options = {
            "ws_max_size": LIBRARY_MESSAGE_BYTES_MAX,
            "ws_per_message_deflate": False,
            "timeout_graceful_shutdown": 8,
            **config,
        }
        self.server = uvicorn.Server(
            uvicorn.Config(self._app(), port=0, ws=ws, log_level="warning", **options)
        )
        self._thread = threading.Thread(target=self._serve)

    def start(self) -> None:
        self._thread.start()
        wait_until(lambda: self.server.started)

    def stop(self) -> None:
        self.server.should_exit = True
        self._thread.join(DEADLINE_S)
        assert not self._thread.is_alive()

    @property
    def url(self) -> str:
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"ws://127.0.0.1:{port}/v1/ws"

    def run(self, action: Callable[[], T]) -> T:
        """Call `action` on the server's loop."""

        async def call() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(DEADLINE_S)

    def token(self, account: str = "alice", ttl_s: int = 3_600) -> str:
        return self.harness.token(account, TRADER, ttl_s)

    def connect(self, account: str | None = "alice", **options: Any) -> ClientConnection:
        """Return a websockets client with its token in the header."""
        headers = {} if account is None else {"Authorization": f"Bearer {self.token(account)}"}
        return connect(self.url, additional_headers=headers, proxy=None, **options)

    def transports(self) -> int:
        """Return how many sockets the server holds."""
        return self.run(lambda: len(self.server.server_state.connections))

    def shrink_buffers(self) -> None:
        """Give the kernel little room to send from; on the server's loop."""
        for connection in self.server.server_state.connections:
            connected: socket.socket = connection.transport.get_extra_info("socket")
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)

    def sessions(self) -> int:
        return self.run(self.harness.feed.connection_count)

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self.server.serve())

    def _app(self) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncIterator[None]:
            harness = self.harness
            pacer = Pacer(harness.hub, lambda: harness.now_us, asyncio.get_running_loop())
            pacer.start()
            yield
            pacer.stop()

        serve = feed_endpoint(self.harness.feed)

        async def endpoint(websocket: WebSocket) -> None:
            await self.gate.wait()
            await serve(websocket)

        route = WebSocketRoute("/v1/ws", endpoint)
        return Starlette(routes=[route], lifespan=lifespan)


@contextmanager
def live_feed(
    loop_name: str = "asyncio",
    ws: Any = FeedProtocol,
    config: dict[str, Any] | None = None,
    **settings: Any,
) -> Iterator[LiveFeed]:
    """Run a server for the length of a test."""
    feed = LiveFeed(loop_name, ws, config or {}, settings)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()


class RawClient:
    """Be a WebSocket client that reads only when told to, and answers nothing by itself."""

    def __init__(self, feed: LiveFeed, account: str = "alice") -> None:
        self.frames: list[Frame] = []
        self._feed = feed
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        address = feed.server.servers[0].sockets[0].getsockname()
        self.socket.settimeout(DEADLINE_S)
        self.socket.connect(address)
        self.protocol = ClientProtocol(parse_uri(feed.url), max_size=None)
        request = self.protocol.connect()
        request.headers["Authorization"] = f"Bearer {feed.token(account)}"
        self.protocol.send_request(request)
        self.socket.sendall(b"".join(self.protocol.data_to_send()))

    def greeted(self) -> "RawClient":
        """Read the hello; keep the server's send buffer small, so that it is soon full."""
        while not self.frames:
            self.read()
        self._feed.run(self._feed.shrink_buffers)
        return self

    def send(self, text: str) -> None:
        self.protocol.send_text(text.encode())
        self.socket.sendall(b"".join(self.protocol.data_to_send()))

    def read(self) -> bool:
        """Read once; tell whether there was more. What would be answered is not sent."""
        data = self.socket.recv(65_536)
        if not data:
            return False
        self.protocol.receive_data(data)
        self.frames += [e for e in self.protocol.events_received() if isinstance(e, Frame)]
        return True

    def read_to_end(self) -> None:
        with suppress(ConnectionError):
            while self.protocol.close_rcvd is None and self.read():
                continue

    def __enter__(self) -> "RawClient":
        return self

    def __exit__(self, *_exception: object) -> None:
        self.socket.close()


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait for a condition, at most DEADLINE_S."""
    deadline = time.monotonic() + DEADLINE_S
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        pause.wait(0.005)
