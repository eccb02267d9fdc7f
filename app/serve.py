"""Serve: bind, run the application on uvicorn and uvloop, print where it is.

Role: the process around `app.main`. Everything that can be wrong with the options was one line
before this; a port in use is one line here.
"""

import gc
import signal
import socket
import sys
import time
from typing import Final, cast

import uvicorn

from app import limits
from app.credentials import load_secret, load_verifier
from app.feed.protocol import CLOSING_S_MAX, FeedProtocol
from app.main import create_app
from app.observe.log import LogFormat, configure_logging
from app.options import SettingsError
from app.settings import Settings
from auth.tokens import issue

SWITCH_INTERVAL_S: Final = 50e-6
"""How soon a waiting Python thread gets the GIL: the default 5 ms starves it beside uvloop."""

GC_THRESHOLDS: Final = (10_000, 20, 100)
"""When Python looks for cycles. A market holds hundreds of thousands of orders that are in none:
with the default thresholds, looking through them takes a sixth of a busy loop's time."""

DEMO_ACCOUNT: Final = "demo"
DEMO_SCOPES: Final = ("market:read", "orders:read", "orders:write")
DEMO_TOKEN_TTL_S: Final = 24 * 3600

BACKLOG: Final = 2048
"""Connections that wait to be accepted: a storm of reconnects fits."""

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1


class _Server(uvicorn.Server):
    """Say where the server is once it is there."""

    announcement = ""
    engine_ended = False

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then print the announcement."""
        await super().startup(sockets=sockets)
        # What is there now stays: modules, routes, tables.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)
        if self.started:
            print(self.announcement, flush=True)

    def end(self) -> None:
        """Stop serving because the engine is gone."""
        self.engine_ended = True
        self.should_exit = True


def run(settings: Settings) -> int:
    """Serve until a signal or until the engine ends; returns the exit code.

    Raises SettingsError for keys that cannot be read and a port that cannot be bound.
    """
    verifier = load_verifier(settings)
    listener = _bind(settings)
    configure_logging(cast(LogFormat, settings.log_format))
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    server = _Server(_config(settings))
    server.announcement = _announcement(settings, listener)
    server.config.app = create_app(settings, verifier, on_end=server.end)
    # uvicorn raises the signal that stopped it again when it has ended: that is no failure.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    try:
        server.run(sockets=[listener])
    except KeyboardInterrupt:
        return EXIT_OK
    return EXIT_FAILED if server.engine_ended or not server.started else EXIT_OK


def _config(settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        "app.main:create_app",
        loop="uvloop",
        http="httptools",
        ws=FeedProtocol,
        ws_max_size=limits.LIBRARY_MESSAGE_BYTES_MAX,
        ws_per_message_deflate=False,
        ws_ping_interval=limits.PING_INTERVAL_MS / 1000,
        ws_ping_timeout=limits.PONG_MS_MAX / 1000,
        timeout_graceful_shutdown=limits.SHUTDOWN_MS_MAX // 1000 + int(CLOSING_S_MAX) + 1,
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        date_header=False,
        backlog=BACKLOG,
    )


def _bind(settings: Settings) -> socket.socket:
    """Return the listening socket; raises SettingsError when there is none to be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
        # Bound alone, the port could still be listened on by another server.
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise SettingsError(
            f"--port {settings.port}: {error.strerror or error} on {settings.host},"
            " expected a free port"
        ) from error
    return listener


def _announcement(settings: Settings, listener: socket.socket) -> str:
    """Return the page's address and, for a demo with our own key, a ready token."""
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{listener.getsockname()[1]}"
    if not settings.demo or settings.jwks is not None:
        return f"Depthcast is open at {address}/"
    token = issue(
        load_secret(settings),
        account=DEMO_ACCOUNT,
        scopes=DEMO_SCOPES,
        issuer=settings.jwt_issuer,
        audience=settings.jwt_audience,
        now_s=time.time(),
        ttl_s=DEMO_TOKEN_TTL_S,
    )
    return (
        f"Depthcast is open at {address}/\n"
        f"  trade at    {address}/#token={token}\n"
        f"  demo token  {token}"
    )
