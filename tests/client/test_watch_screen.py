"""Check what the terminal shows of a book and a tape."""

import io

import pytest
from rich.console import Console

from app.client.book import BookView
from app.client.messages import Trade
from app.client.watch_screen import Scene, book_line, screen, trade_line

TRADE = Trade("7", "100.25", "0.5000", "sell", 1_340_271_000_015_000)


def scene(*, stale: str | None = None, connection: str = "", empty: bool = False) -> Scene:
    book = BookView(
        symbol="ACME-USD",
        seq=41,
        engine_us=1_340_271_000_015_000,
        bids=() if empty else (("100.20", "1.0000"), ("100.10", "2.0000")),
        asks=() if empty else (("100.30", "3.0000"),),
        stale=stale,
    )
    return Scene(book=book, trades=(TRADE,), connection=connection)


def drawn(shown: Scene, columns: int) -> str:
    console = Console(file=io.StringIO(), width=columns, color_system=None)
    with console.capture() as capture:
        console.print(screen(shown, 5, columns))
    return capture.get()


@pytest.mark.parametrize("columns", [80, 120])
def test_the_screen_shows_state_ladder_and_tape(columns: int) -> None:
    text = drawn(scene(), columns)
    lines = text.splitlines()
    assert lines[0].split() == "ACME-USD live · seq 41 · 09:30:00.015".split()
    for word in ("100.20", "1.0000", "100.30", "3.0000", "100.25", "0.5000", "quantity"):
        assert word in text
    assert ("█" in text) is (columns == 120)
    assert "…" not in text


@pytest.mark.parametrize(
    ("shown", "status"),
    [
        (scene(), "live · seq 41 · 09:30:00.015"),
        (scene(stale="gap"), "STALE · gap"),
        (scene(stale="x", connection="reconnecting: cut"), "STALE · reconnecting: cut"),
        (scene(connection="reconnecting: cut"), "STALE · reconnecting: cut"),
    ],
)
def test_what_is_stale_says_so(shown: Scene, status: str) -> None:
    assert status in drawn(shown, 120)
    assert book_line(shown).endswith(status)


def test_an_empty_book_is_drawn_too() -> None:
    assert "bid none · ask none" in book_line(scene(empty=True))
    assert "live" in drawn(scene(empty=True), 120)


def test_lines_tell_the_best_levels_and_each_trade() -> None:
    assert book_line(scene()).startswith("ACME-USD bid 1.0000 @ 100.20 · ask 3.0000 @ 100.30 · ")
    assert trade_line("ACME-USD", TRADE) == "ACME-USD trade 7 sell 0.5000 @ 100.25 09:30:00.015"
