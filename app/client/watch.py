"""Show a live book and tape in the terminal: `depthcast watch SYMBOL`.

Role: the command: arguments, the loop that draws, exit codes (0 done, 1 failed, 2 wrong use). On a
terminal it draws a screen that follows the market; into a pipe it prints a line for each change.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable
from typing import Final

from rich.console import Console
from rich.live import Live

from app.client.book import LocalBook
from app.client.client import Client
from app.client.codec import Message
from app.client.connection import State
from app.client.errors import ClientError
from app.client.feeds import Feed
from app.client.messages import TradesMessage, read_as
from app.client.rest import is_socket_url
from app.client.tape import TradeTape
from app.client.watch_screen import Scene, best_text, book_line, screen, trade_line

URL_DEFAULT: Final = "ws://127.0.0.1:8080/v1/ws"
LEVELS_DEFAULT: Final = 10
LEVELS_MAX: Final = 1_000
FRAME_S: Final = 0.1
"""A person reads no faster."""

PIPE_COLUMNS: Final = 120
SNAPSHOT_TIMEOUT_S: Final = 10

EXIT_FAILED: Final = 1
EXIT_WRONG_USE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("symbol", metavar="SYMBOL", help="what to watch")
    parser.add_argument("--url", default=URL_DEFAULT, help=f"[default {URL_DEFAULT}]")
    parser.add_argument(
        "--token", metavar="TOKEN", help="with market:read [DEPTHCAST_TOKEN; public: not needed]"
    )
    parser.add_argument(
        "--levels", default=str(LEVELS_DEFAULT), metavar="N", help=f"[default {LEVELS_DEFAULT}]"
    )
    parser.add_argument("--once", action="store_true", help="print one screen and end")


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    levels = _levels(arguments.levels)
    if levels is None:
        wrong = f"--levels {arguments.levels}: expected a number from 1 to {LEVELS_MAX}"
        return _complain(wrong, EXIT_WRONG_USE)
    if not is_socket_url(arguments.url):
        wrong = f"--url {arguments.url}: expected an address such as {URL_DEFAULT}"
        return _complain(wrong, EXIT_WRONG_USE)
    token = arguments.token or os.environ.get("DEPTHCAST_TOKEN") or None
    try:
        asyncio.run(_watch(arguments.url, token, arguments.symbol, levels, once=arguments.once))
    except ClientError as error:
        return _complain(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return 0
    except BrokenPipeError:
        # Whoever read our lines has seen enough; the interpreter must not try to flush them.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _levels(text: str) -> int | None:
    levels = int(text) if text.isascii() and text.isdigit() else 0
    return levels if 1 <= levels <= LEVELS_MAX else None


def _complain(error: Exception | str, code: int) -> int:
    print(f"depthcast watch: {' '.join(str(error).split())}", file=sys.stderr)
    return code


async def _watch(url: str, token: str | None, symbol: str, levels: int, *, once: bool) -> None:
    async with Client(url, token=token) as client:
        show = Show(client, symbol, levels)
        await show.start()
        is_terminal = sys.stdout.isatty()
        console = Console(width=None if is_terminal else PIPE_COLUMNS)
        if once:
            console.print(screen(show.scene(), levels, console.width))
        elif is_terminal:
            await show.draw(console)
        else:
            await show.print_lines(lambda line: print(line, flush=True))


class Show:
    """One symbol on show; loop thread."""

    def __init__(self, client: Client, symbol: str, levels: int) -> None:
        self._client = client
        self._symbol = symbol
        self._levels = levels
        self._book: Feed[LocalBook] = client.depth(symbol, levels=levels)
        self._tape: Feed[TradeTape] = client.trades(symbol)

    async def start(self) -> None:
        """Wait for the first snapshots; raises what the server has against it."""
        try:
            async with asyncio.timeout(SNAPSHOT_TIMEOUT_S):
                await self._book.live()
                await self._tape.live()
        except TimeoutError:
            raise ClientError(f"no snapshot came within {SNAPSHOT_TIMEOUT_S} s") from None

    def scene(self) -> Scene:
        """Return what there is to see now, stale or not, and which of it it is."""
        is_connected = self._client.state is State.LIVE
        return Scene(
            book=self._book.replica.view(self._levels),
            trades=self._tape.replica.last_known(self._levels),
            connection="" if is_connected else f"{self._client.state}: {self._client.problem}",
        )

    async def draw(self, console: Console) -> None:
        """Draw until the connection ends for good."""
        with Live(console=console, auto_refresh=False, screen=False) as live:
            while True:
                self._raise_if_over()
                live.update(screen(self.scene(), self._levels, console.width), refresh=True)
                await asyncio.sleep(FRAME_S)

    async def print_lines(self, write: Callable[[str], None]) -> None:
        """Write a line for each trade and each change of the best prices or of the state."""
        self._tape.listen(lambda message: self._write_trades(message, write))
        shown: tuple[str, str, str | None] | None = None
        async for _ in self._book.changes():
            scene = self.scene()
            news = (best_text(scene.book), scene.connection, scene.book.stale)
            if news != shown:
                write(book_line(scene))
            shown = news

    def _write_trades(self, message: Message, write: Callable[[str], None]) -> None:
        if message["type"] == "update":
            for trade in read_as(TradesMessage, message).trades:
                write(trade_line(self._symbol, trade))

    def _raise_if_over(self) -> None:
        for feed in (self._book, self._tape):
            if feed.failure is not None:
                raise feed.failure
