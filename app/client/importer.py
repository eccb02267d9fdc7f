"""Play a recorded market into a running server: `depthcast import lobster`.

Role: the command: arguments, progress, exit codes (0 done, 1 failed or not as recorded, 2 wrong
use or file). The recording is read in recording.py, entered by import_player.py, compared by
import_check.py.
"""

import argparse
import asyncio
import math
import os
import sys
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app.client.amounts import Amounts, Unsuitable, amounts_of
from app.client.client import Client
from app.client.errors import ClientError, StaleData
from app.client.import_check import ImportCheck
from app.client.import_player import ImportFailed, Player
from app.client.import_stream import Stream
from app.client.lobster import Aggress
from app.client.lobster_rows import LobsterFormatError
from app.client.recording import Portion, Recording, RecordingError, portions, read_recording
from app.client.rest import fetch_instruments, is_socket_url

URL_DEFAULT: Final = "ws://127.0.0.1:8080/v1/ws"
EXIT_FAILED: Final = 1
EXIT_WRONG_USE: Final = 2
EXIT_INTERRUPTED: Final = 130
UNPLACED_SHOWN_MAX: Final = 3


class WrongUse(Exception):
    """An option is missing or makes no sense; one line that names it."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One import as it was asked for; `speed` is a multiple of recorded time, inf for no wait."""

    recording: Recording
    symbol: str
    speed: float
    url: str
    token: str
    aggressor_token: str
    check: bool


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("format", choices=["lobster"], help="how the market was recorded")
    parser.add_argument("--messages", required=True, metavar="FILE", help="CSV, plain or .xz")
    parser.add_argument("--orderbook", required=True, metavar="FILE", help="CSV, plain or .xz")
    parser.add_argument(
        "--symbol", metavar="SYMBOL", help="default: the messages file's name up to the first _"
    )
    parser.add_argument(
        "--speed", default="max", metavar="N", help="N times recorded time, or max [default max]"
    )
    parser.add_argument("--url", default=URL_DEFAULT, help=f"[default {URL_DEFAULT}]")
    parser.add_argument(
        "--token", metavar="TOKEN", help="whose orders rest in the book [DEPTHCAST_TOKEN]"
    )
    parser.add_argument(
        "--aggressor-token",
        metavar="TOKEN",
        help="whose orders take from it [DEPTHCAST_AGGRESSOR_TOKEN, default: --token's]",
    )
    parser.add_argument(
        "--check", action="store_true", help="compare the streamed market with the recorded one"
    )


def run(arguments: argparse.Namespace) -> int:
    """Run the command and return its exit code."""
    try:
        return asyncio.run(_import(_plan(arguments)))
    except (WrongUse, RecordingError, LobsterFormatError) as error:
        return _complain(error, EXIT_WRONG_USE)
    except (ClientError, Unsuitable) as error:
        return _complain(error, EXIT_FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", EXIT_INTERRUPTED)


def _complain(error: Exception | str, code: int) -> int:
    print(f"depthcast import: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def _plan(arguments: argparse.Namespace) -> Plan:
    token = arguments.token or os.environ.get("DEPTHCAST_TOKEN")
    if not token:
        raise WrongUse("--token (or DEPTHCAST_TOKEN): a token with orders:write is needed")
    if not is_socket_url(arguments.url):
        raise WrongUse(f"--url {arguments.url}: expected an address such as {URL_DEFAULT}")
    messages = Path(arguments.messages)
    return Plan(
        speed=_speed(arguments.speed),
        recording=read_recording(messages, Path(arguments.orderbook)),
        symbol=arguments.symbol or messages.name.partition("_")[0],
        url=arguments.url,
        token=token,
        aggressor_token=arguments.aggressor_token
        or os.environ.get("DEPTHCAST_AGGRESSOR_TOKEN")
        or token,
        check=arguments.check,
    )


def _speed(text: str) -> float:
    try:
        speed = math.inf if text == "max" else float(text)
    except ValueError:
        speed = math.nan
    if not speed > 0:
        raise WrongUse(f"--speed {text}: expected a number above 0, or max")
    return speed


async def _import(plan: Plan) -> int:
    instruments = await fetch_instruments(plan.url)
    if plan.symbol not in instruments:
        raise ImportFailed(f"{plan.symbol} is not traded there, only {', '.join(instruments)}")
    amounts = amounts_of(instruments[plan.symbol])
    async with Client(plan.url, token=plan.token, reconnect=False) as makers:
        if plan.aggressor_token == plan.token:
            return await _play(plan, makers, makers, amounts)
        async with Client(plan.url, token=plan.aggressor_token, reconnect=False) as aggressors:
            return await _play(plan, makers, aggressors, amounts)


async def _play(plan: Plan, makers: Client, aggressors: Client, amounts: Amounts) -> int:
    stream = Stream(makers, plan.symbol, amounts)
    await stream.start(follow=plan.check)
    player = Player(makers, aggressors, plan.symbol, amounts)
    check = ImportCheck(amounts) if plan.check else None
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    unplaced: list[str] = []
    with _progress() as progress:
        task = progress.add_task(plan.symbol, total=len(plan.recording.messages), rate="")
        for portion in portions(plan.recording):
            await _wait_for_its_time(portion, plan, started_s)
            await _enter(portion, player, stream, check)
            unplaced += (step.text for step in portion.unplaced)
            if portion.compare is not None:
                rate = f"{_rate(player.entered, loop.time() - started_s)} orders/s"
                progress.update(task, completed=portion.compare.row + 1, rate=rate)
        await player.settle()
    took_s = loop.time() - started_s
    print(
        f"{plan.symbol}: {len(plan.recording.messages):,} rows, {player.entered:,} commands"
        f" in {took_s:.1f} s ({_rate(player.entered, took_s)} per second)"
    )
    return _report(check, unplaced)


def _progress() -> Progress:
    """Return a progress bar on the error stream, silent where that is no terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
    )


async def _wait_for_its_time(portion: Portion, plan: Plan, started_s: float) -> None:
    if math.isinf(plan.speed) or portion.compare is None:
        return
    due_s = started_s + plan.recording.seconds(portion.compare.row) / plan.speed
    wait_s = due_s - asyncio.get_running_loop().time()
    if wait_s > 0:
        await asyncio.sleep(wait_s)


async def _enter(
    portion: Portion, player: Player, stream: Stream, check: ImportCheck | None
) -> None:
    """Enter a portion; with a check, wait for each aggressor and for the end, and compare."""
    for entry in portion.entries:
        await player.enter(entry)
        if check is not None and isinstance(entry, Aggress):
            await player.settle()
            check.compare_fills(entry, await stream.fills_after(player))
    if check is None or portion.compare is None:
        return
    await player.settle()
    try:
        check.compare_book(portion.compare, await stream.book_after(player))
    except StaleData as stale:
        check.miss(portion.compare, str(stale))


def _rate(count: int, took_s: float) -> str:
    return f"{count / max(took_s, 1e-9):,.0f}"


def _report(check: ImportCheck | None, unplaced: list[str]) -> int:
    """Print what did not fit and how the comparison went; return the exit code."""
    for text in unplaced[:UNPLACED_SHOWN_MAX]:
        print(f"passed over: {text}", file=sys.stderr)
    if len(unplaced) > UNPLACED_SHOWN_MAX:
        print(f"passed over: {len(unplaced):,} messages in all", file=sys.stderr)
    if check is None:
        return 0
    for failure in check.failures:
        print(f"not as recorded: {failure}", file=sys.stderr)
    print(check.summary())
    return 0 if check.passed else EXIT_FAILED
