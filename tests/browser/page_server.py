"""Serve the page's files from the checkout over HTTP, without the product's server.

A browser keeps them from one test to the next, which it never does with intercepted requests.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

CONTENT_TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
INSTRUMENT = {
    "symbol": "ACME-USD",
    "tick_size": "0.01",
    "lot_size": "0.0001",
    "min_quantity": "0.0001",
    "max_quantity": None,
    "max_notional": None,
    "price_band_pct": None,
    "state": "open",
}

Files = Mapping[str, tuple[str, bytes]]


class Handler(BaseHTTPRequestHandler):
    """Answer from a mapping of paths to content type and body."""

    protocol_version = "HTTP/1.1"

    def __init__(self, files: Files, *rest: object) -> None:
        self._files = files
        super().__init__(*rest)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        content_type, body = self._files.get(self.path, ("text/plain", b""))
        self.send_response(200 if self.path in self._files else 404)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the base's name
        """Stay quiet."""


def page_files(folder: Path) -> dict[str, tuple[str, bytes]]:
    """Read the files of the page, at the paths where the product serves them."""
    files = {
        f"/static/{path.relative_to(folder).as_posix()}": (
            CONTENT_TYPES[path.suffix],
            path.read_bytes(),
        )
        for path in folder.rglob("*")
        if path.suffix in CONTENT_TYPES
    }
    files["/"] = files["/static/index.html"]
    files["/empty"] = ("text/html", b"<!doctype html><title>empty</title>")
    instruments = json.dumps({"instruments": [INSTRUMENT]}).encode()
    files["/v1/instruments"] = ("application/json", instruments)
    return files


@contextmanager
def serve_page(folder: Path) -> Iterator[str]:
    """Serve on a free port of the loopback interface; yields the origin."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, page_files(folder)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()
