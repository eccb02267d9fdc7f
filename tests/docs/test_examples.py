"""Run the Python of every page, in the order in which it stands there."""

from pathlib import Path
from typing import Any

import pytest

from app.feed.checksum import checksum_of_text
from tests.docs.examples import PAGES, ROOT, blocks
from tests.server_process import LiveServer


def python_of(path: Path) -> list[str]:
    """Return the Python blocks of a page."""
    return blocks(path.read_text(encoding="utf-8"), "python")


NEEDS_A_SERVER = ROOT / "docs" / "PROTOCOL.md"
WITHOUT_A_SERVER = [
    path for path in (ROOT / "README.md", *PAGES) if python_of(path) and path != NEEDS_A_SERVER
]


def run(path: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Run the blocks of a page one after the other, as one program."""
    namespace = {"__name__": path.stem, **given}
    for number, code in enumerate(python_of(path), 1):
        exec(compile(code, f"{path.name}, example {number}", "exec"), namespace)
    return namespace


@pytest.mark.parametrize("path", WITHOUT_A_SERVER, ids=lambda path: path.name)
def test_the_examples_of_a_page_run(path: Path) -> None:
    run(path, {})


def test_the_worked_checksum_is_the_servers_and_the_client_beside_it_follows_a_book(
    demo_server: LiveServer,
) -> None:
    worked: dict[str, Any] = {}
    exec(python_of(NEEDS_A_SERVER)[0], worked)
    assert checksum_of_text(worked["asks"], worked["bids"]) == worked["checksum"]
    followed = run(
        NEEDS_A_SERVER, {"url": demo_server.ws_url, "token": demo_server.token("reader")}
    )
    assert followed["bids"]
    assert followed["asks"]


def test_there_are_examples_to_run() -> None:
    assert {"README.md", "EVENTS.md", "BACKTEST.md"} <= {path.name for path in WITHOUT_A_SERVER}
