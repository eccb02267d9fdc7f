"""Check `depthcast watch` against the real server, on a screen and into a pipe."""

import asyncio
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.client import Client, NewOrder, watch
from tests.client.commands import emptied_after, run_command
from tests.server_process import LiveServer

ACCOUNT = "watcher"
ROOT = Path(__file__).resolve().parents[2]
WATCH = [sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())", "watch"]


def limit(side: str, price: str, quantity: str) -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        side="buy" if side == "buy" else "sell",
        type="limit",
        price=price,
        quantity=quantity,
        self_trade_prevention="none",
    )


async def enter(server: LiveServer, *orders: NewOrder) -> None:
    async with Client(server.ws_url, token=server.token(ACCOUNT)) as client:
        for order in orders:
            await client.orders.new(order)


MARKET = (
    limit("buy", "100.20", "2"),
    limit("sell", "100.30", "3"),
    limit("sell", "100.20", "0.5"),
)


def test_one_screen_shows_book_and_tape(
    live_server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    with emptied_after(live_server, "ACME-USD", ACCOUNT):
        asyncio.run(enter(live_server, *MARKET))
        words = ["ACME-USD", "--once", "--url", live_server.ws_url]
        assert run_command(watch, *words, "--token", live_server.token(ACCOUNT)) == 0
    shown = capsys.readouterr().out
    assert "live · seq 3" in shown
    for text in ("100.20", "1.5000", "100.30", "3.0000", "0.5000"):
        assert text in shown


@pytest.mark.parametrize(
    ("words", "code", "complaint"),
    [
        (["NOPE"], 1, "unknown_symbol"),
        (["ACME-USD", "--token", "wrong"], 1, "4401"),
        (["ACME-USD", "--url", "ws://127.0.0.1:1/v1/ws"], 1, "cannot connect to"),
        (["ACME-USD", "--url", "nonsense"], 2, "--url nonsense: expected"),
        (["ACME-USD", "--levels", "0"], 2, "--levels 0: expected a number from 1 to 1000"),
        (["ACME-USD", "--levels", "many"], 2, "--levels many: expected"),
    ],
)
def test_whatever_is_wrong_is_one_line_and_an_exit_code(
    live_server: LiveServer,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    complaint: str,
) -> None:
    defaults = ["--once", "--url", live_server.ws_url, "--token", live_server.token(ACCOUNT)]
    assert run_command(watch, *defaults, *words) == code
    error = capsys.readouterr().err
    assert error.startswith("depthcast watch: ") and complaint in error
    assert error.count("\n") == 1


def test_without_a_token_a_private_market_is_not_shown(
    live_server: LiveServer,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DEPTHCAST_TOKEN", raising=False)
    assert run_command(watch, "ACME-USD", "--once", "--url", live_server.ws_url) == 1
    assert "unauthenticated" in capsys.readouterr().err


def read_until(read: Callable[[], str], *texts: str) -> str:
    """Read until all the texts have come; the test's own timeout bounds it."""
    seen = ""
    while not all(text in seen for text in texts):
        more = read()
        assert more, f"ended before {texts}: {seen}"
        seen += more
    return seen


def test_a_pipe_gets_a_line_for_each_change_and_outlives_a_restart(
    own_server: LiveServer,
) -> None:
    words = ["ACME-USD", "--url", own_server.ws_url, "--token", own_server.token(ACCOUNT)]
    process = subprocess.Popen(
        [*WATCH, *words], stdout=subprocess.PIPE, text=True, cwd=ROOT, env=_environment()
    )
    assert process.stdout is not None
    with process.stdout as lines:
        read_until(lines.readline, "bid none · ask none · live")
        asyncio.run(enter(own_server, *MARKET))
        read_until(lines.readline, "ACME-USD trade 1 sell 0.5000 @ 100.20", "bid 1.5000 @ 100.20")
        own_server.restart()
        read_until(lines.readline, "STALE · reconnecting: ", "bid none · ask none · live")
    process.terminate()
    process.wait()


def test_a_terminal_gets_a_screen_that_follows_the_market(own_server: LiveServer) -> None:
    words = ["ACME-USD", "--url", own_server.ws_url, "--token", own_server.token(ACCOUNT)]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*WATCH, *words], stdout=theirs, stderr=theirs, cwd=ROOT, env=_environment()
    )
    os.close(theirs)
    with os.fdopen(ours, "rb", buffering=0) as terminal:
        read_until(lambda: terminal.read(4_096).decode(errors="replace"), "live · seq 0")
        asyncio.run(enter(own_server, *MARKET))
        read_until(lambda: terminal.read(4_096).decode(errors="replace"), "seq 3", "1.5000")
        process.terminate()
        process.wait()


def _environment() -> dict[str, str]:
    return {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
