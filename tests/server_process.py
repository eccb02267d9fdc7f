"""Run the real server as a process of its own, on a free port of the loopback interface."""

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from app.options import OPTIONS
from auth.keys import KEY_FILE_NAME
from auth.tokens import issue

START_S_MAX = 30.0
STOP_S_MAX = 15.0

INSTRUMENTS = """
[[instrument]]
symbol = "ACME-USD"
tick_size = "0.01"
lot_size = "0.0001"

[[instrument]]
symbol = "GOOG"
tick_size = "0.01"
lot_size = "1"

[[instrument]]
symbol = "BAND-USD"
tick_size = "0.01"
lot_size = "1"
min_quantity = "2"
max_quantity = "1000"
max_notional = "50000"
price_band_pct = "10"
"""


class LiveServer:
    """One running `depthcast serve`; `url` and `ws_url` say where it is.

    `arguments` are further options. The data folder (its key) outlives a restart, and so does the
    port.
    """

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._folder = folder
        self._arguments = arguments
        self._port = 0
        self._process: subprocess.Popen[str] | None = None
        self.output: list[str] = []
        (folder / "instruments.toml").write_text(INSTRUMENTS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def ws_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/v1/ws"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it says where it is."""
        command = [sys.executable, "-c", "import sys; from app.cli import main; sys.exit(main())"]
        command += ["serve", "--port", str(self._port), "--data-dir", str(self._folder)]
        if "--demo" not in self._arguments:
            command += ["--instruments", str(self._folder / "instruments.toml")]
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in {f"DEPTHCAST_{option.field.upper()}" for option in OPTIONS}
        }
        self._process = subprocess.Popen(
            [*command, *self._arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=Path(__file__).resolve().parent.parent,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        deadline = time.monotonic() + START_S_MAX
        while not (found := re.search(r"open at http://127\.0\.0\.1:(\d+)/", self.text)):
            assert self._process.poll() is None, self.text
            assert time.monotonic() < deadline, self.text
            threading.Event().wait(0.02)
        self._port = int(found.group(1))

    @property
    def text(self) -> str:
        """Return what it has printed since it started."""
        return "".join(self.output)

    def token(self, account: str, scopes: str | Iterable[str] = "", ttl_s: int = 3600) -> str:
        """Return a token; `scopes` is a collection or text with spaces, empty for a trader's."""
        words = scopes.split() if isinstance(scopes, str) else list(scopes)
        return issue(
            (self._folder / KEY_FILE_NAME).read_text().strip(),
            account=account,
            scopes=words or ["market:read", "orders:read", "orders:write"],
            issuer="depthcast",
            audience="depthcast",
            now_s=time.time(),
            ttl_s=ttl_s,
        )

    def stop(self) -> int:
        """End it as an operator would; returns its exit code."""
        return self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Pull the plug."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it and start it again on the same port."""
        self.stop()
        self.output.clear()
        self.start()

    def _end(self, number: signal.Signals) -> int:
        process, self._process = self._process, None
        if process is None:
            return 0
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            return process.wait(STOP_S_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            self.output.extend(lines)
