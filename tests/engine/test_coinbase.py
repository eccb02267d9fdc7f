"""Replay a recorded order-by-order market: opens, cancels, fills and the final book are known."""

import json
import lzma
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from engine.commands import CancelOrder, NewOrder, OrderType, SelfTradePrevention, Side
from engine.events import MatchingEngineEvent, OrderAdded, OrderCancelled, OrderMatched, Role
from engine.instruments import Instrument
from tests.engine.implementations import Engine, open_engine

BTC = Instrument("BTC-USD", tick_size="0.01", lot_size="0.00000001")
TICK, LOT = BTC.tick, BTC.lot
SNAPSHOT_ROWS = 7_109
SIDES = {"buy": Side.BUY, "sell": Side.SELL}
Row = dict[str, Any]


def rows(folder: Path) -> Iterator[Row]:
    with lzma.open(folder / "coinbase_btcusd_l3_0.in.xz", "rt") as file:
        for line in file:
            row: Row = json.loads(line[line.index("{") :])
            yield row


class Exchange:
    """Send recorded messages to an engine and find its orders by their recorded ids."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.ids: dict[str, int] = {}
        self.rows_checked = 0

    def enter(self, row: Row, size: str) -> list[MatchingEngineEvent]:
        market = row.get("order_type") == "market"
        events = self.engine.process(
            NewOrder(
                symbol="BTC-USD",
                account=1,
                side=SIDES[row["side"]],
                type=OrderType.MARKET if market else OrderType.LIMIT,
                quantity_lots=LOT.count(size),
                price_ticks=None if market else TICK.count(row["price"]),
                self_trade_prevention=SelfTradePrevention.NONE,
            )
        )
        added = next(event for event in events if isinstance(event, OrderAdded))
        self.ids[row["order_id"]] = added.order_id
        return events

    def cancel(self, row: Row) -> None:
        events = self.engine.process(
            CancelOrder(symbol="BTC-USD", account=1, order_id=self.ids[row["order_id"]])
        )
        cancelled = next(event for event in events if isinstance(event, OrderCancelled))
        assert cancelled.quantity_lots == LOT.count(row["remaining_size"]), row

    def check_open(self, row: Row, events: list[MatchingEngineEvent]) -> None:
        """An order opens with all it came with: it neither traded nor was cancelled."""
        assert not any(isinstance(event, OrderMatched | OrderCancelled) for event in events), row
        (added,) = [event for event in events if isinstance(event, OrderAdded)]
        assert added.order_id == self.ids[row["order_id"]]
        assert added.quantity_lots == LOT.count(row["remaining_size"]), row
        assert added.price_ticks == TICK.count(row["price"]), row

    def check_match(self, row: Row, events: list[MatchingEngineEvent]) -> None:
        (maker,) = [e for e in events if isinstance(e, OrderMatched) and e.role is Role.MAKER]
        assert maker.order_id == self.ids[row["maker_order_id"]]
        assert maker.counter_order_id == self.ids[row["taker_order_id"]]
        assert maker.price_ticks == TICK.count(row["price"])
        assert maker.quantity_lots == LOT.count(row["size"])


def test_a_recorded_order_by_order_market_comes_out_exactly(
    recorded_data: Path, implementation: str
) -> None:
    exchange = Exchange(open_engine(implementation, [BTC]))
    events: list[MatchingEngineEvent] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows(recorded_data)):
        kind = row["type"]
        seen[kind] = seen.get(kind, 0) + 1
        if number < SNAPSHOT_ROWS:
            events = exchange.enter(row, row["remaining_size"])
            assert not any(isinstance(event, OrderMatched) for event in events), row
        elif kind == "received":
            events = exchange.enter(row, row["size"])
        elif kind == "open":
            exchange.check_open(row, events)
        elif kind == "match":
            exchange.check_match(row, events)
        elif row["reason"] == "canceled":
            exchange.cancel(row)
    assert seen == {"open": 7_901, "received": 793, "match": 1, "done": 790}
    exchange.engine.check_invariants()
    compare_final_book(recorded_data, exchange.engine)


def compare_final_book(folder: Path, engine: Engine) -> None:
    """Compare the best 50 levels of both sides, as exactly as the recording writes them."""
    text = (folder / "coinbase_btcusd_l3_0.out").read_text("utf-8")
    recorded = json.loads(text, parse_float=Decimal, parse_int=Decimal)
    bids, asks = engine.depth("BTC-USD", levels=50)
    for name, levels in (("bids", bids), ("asks", asks)):
        here = [
            [Decimal(TICK.text(price_ticks)), Decimal(LOT.text(lots))]
            for price_ticks, lots, _ in levels
        ]
        assert here == recorded[name], name


def test_one_huge_resting_order_passes_2_to_the_63_without_wrapping(implementation: str) -> None:
    engine = open_engine(implementation, [BTC])
    huge_ticks, lots = TICK.count("1000000000"), LOT.count("1")
    for account, side in ((1, Side.SELL), (2, Side.BUY)):
        events = engine.process(
            NewOrder(
                symbol="BTC-USD",
                account=account,
                side=side,
                type=OrderType.LIMIT,
                quantity_lots=lots,
                price_ticks=huge_ticks,
            )
        )
    sums = [e.price_quantity_sum for e in events if isinstance(e, OrderMatched)]
    assert sums == [huge_ticks * lots] * 2
    assert huge_ticks * lots > 2**63
