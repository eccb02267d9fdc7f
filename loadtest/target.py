"""Say which server is loaded, and start one where none was named.

Role: starts `depthcast serve` as a process of its own and ends it by its id. Knows nothing of load.
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

SYMBOL: Final = "LOAD-USD"
START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 10.0
_INSTRUMENTS: Final = f'[[instrument]]\nsymbol = "{SYMBOL}"\ntick_size = "0.01"\nlot_size = "1"\n'
_ADDRESS: Final = re.compile(rb"http://127\.0\.0\.1:([0-9]+)")


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """A server, and how to come in; `pid` is None where its processor time cannot be read."""

    host: str
    port: int
    symbol: str
    token: str
    order_token: str
    pid: int | None


@contextmanager
def own_server() -> Iterator[Target]:
    """Run a server on a free port of loopback; raises FileNotFoundError, TimeoutError."""
    depthcast = str(Path(sys.executable).with_name("depthcast"))
    with tempfile.TemporaryDirectory() as folder:
        instruments = Path(folder) / "instruments.toml"
        instruments.write_text(_INSTRUMENTS)
        serve = (depthcast, "serve", "--port", "0", "--data-dir", folder)
        with _running((*serve, "--instruments", str(instruments))) as (port, pid):
            yield Target(
                host="127.0.0.1",
                port=port,
                symbol=SYMBOL,
                token=_token(depthcast, folder, "loadtest-reader", "market:read"),
                order_token=_token(
                    depthcast, folder, "loadtest", "market:read,orders:read,orders:write"
                ),
                pid=pid,
            )


def _token(depthcast: str, folder: str, account: str, scopes: str) -> str:
    command = (depthcast, "token", "--account", account, "--scopes", scopes, "--data-dir", folder)
    ran = subprocess.run(
        command,
        env=_environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=START_TIMEOUT_S,
    )
    return ran.stdout.strip()


def _environment() -> dict[str, str]:
    """Return the environment without the server's own variables: only what is said here counts."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DEPTHCAST_")}


@contextmanager
def _running(command: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Run a server that prints its address; yield port and process id, end it afterwards."""
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=_environment()
        ) as process,
    ):
        try:
            yield _port(process, log), process.pid
        finally:
            process.terminate()
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()


def _port(process: subprocess.Popen[bytes], log: IO[bytes]) -> int:
    """Return the port that the server prints; raises TimeoutError when it does not come up."""
    assert process.stdout is not None, "it was asked for"
    deadline_s, said = monotonic() + START_TIMEOUT_S, b""
    while (left_s := deadline_s - monotonic()) > 0:
        if select.select([process.stdout], [], [], left_s)[0]:
            part = os.read(process.stdout.fileno(), 4096)
            said += part
            found = _ADDRESS.search(said)
            if found is not None and said.endswith(b"\n"):
                return int(found[1])
            if not part:
                break
    log.seek(0)
    raise TimeoutError(f"the server did not come up: {(said + log.read()).decode()}")
