"""Drive a real headless Chromium; a test fails if its page complained on the console."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser.modules import Modules
from tests.browser.page_server import serve_page
from tests.browser.scripted import ScriptedServer
from tests.server_process import LiveServer

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DEADLINE_MS = 15_000


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium per test file: Playwright's loop must be gone before other files run theirs."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path, args=list(ARGUMENTS), headless=True
        )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One per test file, so that pages after the first find the files in the browser's cache."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(DEADLINE_MS)
    yield context
    context.close()


@pytest.fixture
def problems() -> list[str]:
    """What the page complained of: a test that expects a complaint empties the list."""
    return []


@pytest.fixture
def page(context: BrowserContext, problems: list[str]) -> Iterator[Page]:
    page = context.new_page()

    def complained(message: ConsoleMessage) -> None:
        if message.type == "error":
            problems.append(message.text)

    page.on("console", complained)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    page.close()
    assert problems == []


@pytest.fixture(scope="module")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A market that moves, and that may be looked at without a token."""
    server = LiveServer(tmp_path_factory.mktemp("demo"), "--demo", "--public-market-data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def page_origin() -> Iterator[str]:
    """Where the page's files are served without the product's server."""
    with serve_page(Path(__file__).resolve().parents[2] / "static") as origin:
        yield origin


@pytest.fixture(scope="module")
def modules(context: BrowserContext, page_origin: str) -> Iterator[Modules]:
    """The page's modules, loaded by themselves."""
    page = context.new_page()
    yield Modules(page, page_origin)
    page.close()


@pytest.fixture
def scripted(page: Page, page_origin: str) -> ScriptedServer:
    """The whole page, facing a peer that says exactly what the test wants."""
    return ScriptedServer(page, page_origin)
