"""Measure orders per second over REST, beside a bare Starlette echo in the same run.

Role: starts a real server and the echo as processes of their own, one after the other, and loads
both with the very same requests: buys and sells of one price in turn, so that every second order
trades and the book stays small.
"""

import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import IO, Final

import msgspec

from bench.figures import Figure, Row, Scale, Skipped, figure
from bench.http_load import Load, post_request, run_load
from bench.machine import ROOT

BENCH: Final = "rest"
ACCOUNT: Final = "bench"
SCOPES: Final = "market:read,orders:read,orders:write"
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
CREATED: Final = 201
PATH: Final = "/v1/orders"
_ADDRESS: Final = re.compile(rb"http://127\.0\.0\.1:([0-9]+)")


def measure(scale: Scale) -> list[Row]:
    """Return the figures of REST; skipped where the command is not installed."""
    depthcast = Path(sys.executable).with_name("depthcast")
    if not depthcast.exists():
        return [Skipped(BENCH, "REST orders", f"{depthcast.name} is not beside {sys.executable}")]
    with tempfile.TemporaryDirectory() as data_dir:
        common = ("--data-dir", data_dir)
        token = _token((str(depthcast), "token", "--account", ACCOUNT, "--scopes", SCOPES, *common))
        requests = [post_request(PATH, body, token) for body in _orders()]
        echo = _loads(scale, (sys.executable, "-m", "bench.echo"), requests)
        serve = (str(depthcast), "serve", "--port", "0", *common)
        orders = _loads(scale, serve, requests)
    echo_row = _row(scale, "bare Starlette echo", echo, None)
    return [echo_row, _row(scale, "REST orders", orders, ("bare echo", echo_row.value))]


def _orders() -> list[bytes]:
    order = {
        "symbol": "ACME-USD",
        "type": "limit",
        "price": "100.00",
        "quantity": "1",
        "self_trade_prevention": "none",
    }
    return [msgspec.json.encode(order | {"side": side}) for side in ("buy", "sell")]


def _row(
    scale: Scale, name: str, loads: Sequence[Load], beside: tuple[str, float] | None
) -> Figure:
    sent = sum(load.sent for load in loads)
    reached = sum(load.answers.get(CREATED, 0) for load in loads)
    return figure(
        BENCH,
        name,
        [load.per_second(CREATED) for load in loads],
        unit="answers/s",
        operations=sent,
        conditions=f"{scale.connections} connections, {scale.pipelined} requests under way on each,"
        f" client on the same machine, {reached / sent:.1%} of {sent:,} answered {CREATED}",
        beside=beside,
    )


def _loads(scale: Scale, command: Sequence[str], requests: Sequence[bytes]) -> list[Load]:
    """Return the load of each run on one server process, after a short one to warm it up."""
    with running(command) as port:

        def load(seconds: float) -> Load:
            return run_load(
                port,
                requests,
                connections=scale.connections,
                pipelined=scale.pipelined,
                seconds=seconds,
            )

        load(scale.load_s / 4)
        return [load(scale.load_s) for _ in range(scale.runs)]


def _token(command: Sequence[str]) -> str:
    ran = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=START_TIMEOUT_S
    )
    return ran.stdout.strip()


@contextmanager
def running(command: Sequence[str]) -> Iterator[int]:
    """Run a server that prints its address; yield its port, end it afterwards."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=log) as process,
    ):
        try:
            yield _port(process, log)
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _port(process: subprocess.Popen[bytes], log: IO[bytes]) -> int:
    """Return the port that the server prints; raises TimeoutError when it does not come up."""
    assert process.stdout is not None, "it was asked for"
    deadline, said = monotonic() + START_TIMEOUT_S, b""
    while (left_s := deadline - monotonic()) > 0:
        if select.select([process.stdout], [], [], left_s)[0]:
            part = os.read(process.stdout.fileno(), 4096)
            said += part
            found = _ADDRESS.search(said)
            if found is not None and said.endswith(b"\n"):
                return int(found[1])
            if not part:
                break
    log.seek(0)
    raise TimeoutError(f"{process.args!r} did not come up: {(said + log.read()).decode()}")
