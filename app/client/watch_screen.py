"""Draw a live book and tape as text.

Role: views in, rich renderables and plain lines out. Never a socket, never the loop.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Final

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from app.client.book import BookView
from app.client.checksum import Level
from app.client.messages import Trade

BID_STYLE: Final = "green"
ASK_STYLE: Final = "red"
NOTHING: Final[Level] = ("", "")
_BAR_CELLS: Final = 12
_BARS_FROM_COLUMNS: Final = 100
"""Narrower screens have room for the numbers alone."""

_BAR: Final = "█"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """All that one screen shows; `connection` is empty while there is one."""

    book: BookView
    trades: tuple[Trade, ...]
    connection: str


def status_text(scene: Scene) -> str:
    """Say whether what is shown may be believed."""
    if scene.connection:
        return f"STALE · {scene.connection}"
    if scene.book.stale is not None:
        return f"STALE · {scene.book.stale}"
    return f"live · seq {scene.book.seq} · {clock_text(scene.book.engine_us)}"


def clock_text(time_us: int | None) -> str:
    """Return a time of day, UTC, to the millisecond."""
    if time_us is None:
        return "--:--:--.---"
    seconds, microseconds = divmod(time_us, 1_000_000)
    moment = datetime.fromtimestamp(seconds, tz=UTC)
    return f"{moment:%H:%M:%S}.{microseconds // 1000:03}"


def screen(scene: Scene, levels: int, columns: int) -> RenderableType:
    """Return one whole screen: a line of state, the ladder, the tape."""
    bar_cells = _BAR_CELLS if columns >= _BARS_FROM_COLUMNS else 0
    is_live = not scene.connection and scene.book.stale is None
    title = Text.assemble(
        (scene.book.symbol, "bold"), "  ", (status_text(scene), "" if is_live else "bold yellow")
    )
    body = Table.grid(padding=(0, 2))
    ladder = _ladder(scene.book, levels, bar_cells, dim=not is_live)
    body.add_row(ladder, _tape(scene.trades, levels))
    return Group(title, Text(), body)


def _ladder(book: BookView, levels: int, bar_cells: int, *, dim: bool) -> Table:
    table = Table(box=None, padding=(0, 1), style="dim" if dim else "")
    for name, style in (("", BID_STYLE), ("quantity", ""), ("bid", BID_STYLE)):
        table.add_column(name, style=style, justify="right", no_wrap=True)
    for name, style in (("ask", ASK_STYLE), ("quantity", ""), ("", ASK_STYLE)):
        table.add_column(name, style=style, justify="left", no_wrap=True)
    bids, asks = book.bids[:levels], book.asks[:levels]
    # A picture may round, so floats will do.
    cells_per_unit = bar_cells / max(
        (float(quantity) for _, quantity in (*bids, *asks)), default=1.0
    )
    for bid, ask in zip_longest(bids, asks, fillvalue=NOTHING):
        bars = [_BAR * round(float(size or 0) * cells_per_unit) for size in (bid[1], ask[1])]
        table.add_row(bars[0], bid[1], bid[0], ask[0], ask[1], bars[1])
    for _ in range(levels - max(len(bids), len(asks))):
        table.add_row()
    return table


def _tape(trades: Sequence[Trade], count: int) -> Table:
    table = Table(box=None, padding=(0, 1))
    table.add_column("trade", justify="left", no_wrap=True)
    table.add_column("price", justify="right", no_wrap=True)
    table.add_column("quantity", justify="right", no_wrap=True)
    for trade in trades[:count]:
        style = BID_STYLE if trade.aggressor == "buy" else ASK_STYLE
        table.add_row(clock_text(trade.engine_us), Text(trade.price, style), trade.quantity)
    return table


def book_line(scene: Scene) -> str:
    """Return the state of the book as one plain line."""
    book = scene.book
    return f"{book.symbol} {best_text(book)} · {status_text(scene)}"


def best_text(book: BookView) -> str:
    """Return the best level of both sides."""
    bid, ask = (
        f"{side[0][1]} @ {side[0][0]}" if side else "none" for side in (book.bids, book.asks)
    )
    return f"bid {bid} · ask {ask}"


def trade_line(symbol: str, trade: Trade) -> str:
    """Return one trade as a plain line."""
    when = clock_text(trade.engine_us)
    return (
        f"{symbol} trade {trade.trade_id} {trade.aggressor} {trade.quantity} @ {trade.price} {when}"
    )
