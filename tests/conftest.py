"""Share what more than one kind of test needs: recorded market data, a browser, an event loop."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.server_process import LiveServer

ROOT = Path(__file__).resolve().parent.parent
BROWSERS = ("chromium", "chromium-browser", "google-chrome")

# No test asserts a time, Hypothesis's own included; a failure prints how to replay it.
settings.register_profile("depthcast", deadline=None, print_blob=True)
settings.load_profile("depthcast")


def unavailable(what: str) -> None:
    """Skip a test that lacks `what`, saying so; fail it where everything must be there (CI)."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"missing in CI: {what}")
    pytest.skip(f"missing: {what}")


@pytest.fixture(scope="session")
def recorded_data() -> Path:
    """Return the folder of recorded order flow and checksum vectors (DEPTHCAST_DATA)."""
    folder = ROOT / os.environ.get("DEPTHCAST_DATA", "../shared/data")
    if not (folder / "kraken_vectors.json").is_file():
        unavailable(f"recorded market data in {folder} (DEPTHCAST_DATA names another folder)")
    return folder


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Return the path of an installed Chromium (CHROMIUM names another one)."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        unavailable("chromium (make test installs it where it may)")
    return str(found)


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """Run asynchronous tests on the loop that the server runs on."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Run the real server without demo flow, one for each test file."""
    server = LiveServer(tmp_path_factory.mktemp("server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """Run the real server with its demo market, one for each test file."""
    server = LiveServer(tmp_path_factory.mktemp("demo"), "--demo")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[LiveServer]:
    """Run a real server that a single test may stop, kill and restart."""
    server = LiveServer(tmp_path)
    server.start()
    yield server
    server.stop()
