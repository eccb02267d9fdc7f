"""Play a recorded LOBSTER market on an engine and hold its book against the recorded one."""

import lzma
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from app.client.lobster import (
    Add,
    Aggress,
    Delete,
    Fill,
    Reduce,
    Replay,
    Unplaced,
    difference,
    merged,
)
from app.client.lobster_rows import Compare
from engine.commands import (
    AmendOrder,
    CancelOrder,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.events import CommandCompleted, MatchingEngineEvent, OrderAdded, OrderMatched, Role
from engine.instruments import Instrument
from tests.engine.implementations import Engine

GOOG = Instrument("GOOG", tick_size="0.01", lot_size="1")
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
MAKERS, AGGRESSORS = 1, 2


def lines(path: Path) -> Iterator[str]:
    """Walk the lines of a packed recording."""
    with lzma.open(path, "rt") as file:
        yield from file


@dataclass
class Report:
    """What was compared, and every way in which the engine and the recording disagree."""

    rows: int = 0
    aggressors: int = 0
    differences: list[str] = field(default_factory=list)


@dataclass
class Player:
    """Drive an engine with replay steps."""

    engine: Engine
    report: Report = field(default_factory=Report)
    ids: dict[str, int] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)

    def play(self, folder: Path, slice_name: str, rows: int | None = None) -> Report:
        """Replay a slice, or its first rows, and return the report."""
        messages = lines(folder / f"{slice_name}_message.csv.xz")
        books = lines(folder / f"{slice_name}_orderbook.csv.xz")
        for step in Replay().steps(islice(messages, rows), islice(books, rows)):
            self._take(step)
        return self.report

    def _take(self, step: object) -> None:
        match step:
            case Add(key, side, price_ticks, lots):
                self._add(key, SIDES[side], price_ticks, lots)
            case Reduce(key, total_lots):
                self._accepted(
                    AmendOrder(
                        symbol="GOOG",
                        account=MAKERS,
                        order_id=self.ids[key],
                        quantity_lots=total_lots,
                    )
                )
            case Delete(key):
                self._accepted(CancelOrder(symbol="GOOG", account=MAKERS, order_id=self.ids[key]))
            case Aggress():
                self._aggress(step)
            case Compare():
                self._compare(step)
            case Unplaced(_, text):
                self.report.differences.append(text)

    def _add(self, key: str, side: Side, price_ticks: int, lots: int) -> None:
        events = self._accepted(order(MAKERS, side, price_ticks, lots, TimeInForce.GTC))
        added = next(event for event in events if isinstance(event, OrderAdded))
        self.ids[key], self.keys[added.order_id] = added.order_id, key
        if any(isinstance(event, OrderMatched) for event in events):
            self.report.differences.append(f"{key} crossed the book")

    def _aggress(self, step: Aggress) -> None:
        command = order(
            AGGRESSORS, SIDES[step.side], step.price_ticks, step.quantity_lots, TimeInForce.IOC
        )
        fills = merged(
            Fill(self.keys[event.order_id], event.price_ticks, event.quantity_lots)
            for event in self._accepted(command)
            if isinstance(event, OrderMatched) and event.role is Role.MAKER
        )
        self.report.aggressors += 1
        if fills != step.fills:
            self.report.differences.append(f"fills: recorded {step.fills}, here {fills}")

    def _compare(self, step: Compare) -> None:
        bids, asks = self.engine.depth("GOOG", levels=0)
        for side, book, recorded, may_lack in (
            ("buy", bids, step.bids, step.bids_may_lack),
            ("sell", asks, step.asks, step.asks_may_lack),
        ):
            here = tuple((price_ticks, lots) for price_ticks, lots, _ in book)
            text = difference(side, here, recorded, step.depth, may_lack)  # type: ignore[arg-type]
            if text is not None:
                self.report.differences.append(f"row {step.row}: {text}")
        self.report.rows = step.row + 1

    def _accepted(self, command: NewOrder | AmendOrder | CancelOrder) -> list[MatchingEngineEvent]:
        events = self.engine.process(command)
        completed = events[-1]
        assert isinstance(completed, CommandCompleted)
        if not completed.accepted:
            self.report.differences.append(f"{command} refused: {completed.reason.name}")
        return events


def order(account: int, side: Side, price_ticks: int, lots: int, tif: TimeInForce) -> NewOrder:
    """Return a limit order that may trade with its own account."""
    return NewOrder(
        symbol="GOOG",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=lots,
        price_ticks=price_ticks,
        time_in_force=tif,
        self_trade_prevention=SelfTradePrevention.NONE,
    )
