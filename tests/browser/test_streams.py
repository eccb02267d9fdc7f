"""The tape and the own orders of the page: their chains and their bounds."""

from typing import Any

import pytest

from tests.browser.modules import Modules

TAPE = """({TradeTape}, messages) => {
  const tape = new TradeTape();
  return messages.map((message) => ({
    fault: tape.apply(message), live: tape.live, ids: tape.trades.map(({trade_id}) => trade_id),
  }));
}"""
ORDERS = """({OwnOrders}, messages) => {
  const fills = [];
  const orders = new OwnOrders((order, fill) => fills.push(fill.trade_id));
  return messages.map((message) => ({
    fault: orders.apply(message), live: orders.live, open: [...orders.open.keys()],
    done: orders.done.map(({order_id}) => order_id), fills: [...fills],
    mine: [...orders.restingPrices('ACME-USD')],
  }));
}"""


def trades(kind: str, first: int, last: int, prev_seq: int | None = None) -> dict[str, Any]:
    ids = range(first, last + 1)
    message = {"type": kind, "seq": last, "trades": [{"trade_id": str(one)} for one in ids]}
    return message if prev_seq is None else {**message, "prev_seq": prev_seq}


def order(order_id: str, status: str = "open") -> dict[str, Any]:
    named = {"order_id": order_id, "symbol": "ACME-USD", "side": "buy", "price": "1.00"}
    return {**named, "status": status}


def update(seq: int, order_id: str, status: str, **more: Any) -> dict[str, Any]:
    return {"type": "update", "seq": seq, "order": order(order_id, status), **more}


def test_the_tape_shows_the_newest_trade_first(modules: Modules) -> None:
    messages = [trades("snapshot", 1, 3), trades("update", 4, 5, prev_seq=3)]
    assert modules.run("market/tape.js", TAPE, messages)[-1] == {
        "fault": None,
        "live": True,
        "ids": ["5", "4", "3", "2", "1"],
    }


def test_the_tape_is_bounded(modules: Modules) -> None:
    messages = [trades("snapshot", 1, 50), trades("update", 51, 500, prev_seq=50)]
    ids = modules.run("market/tape.js", TAPE, messages)[-1]["ids"]
    assert ids == [str(one) for one in range(500, 440, -1)]


@pytest.mark.parametrize(
    "messages",
    [
        [trades("snapshot", 1, 3), trades("update", 5, 5, prev_seq=4)],
        [trades("snapshot", 1, 3), trades("update", 3, 3, prev_seq=2)],
        [trades("update", 1, 1, prev_seq=0)],
    ],
)
def test_a_trade_out_of_chain_is_a_gap(modules: Modules, messages: list[dict[str, Any]]) -> None:
    last = modules.run("market/tape.js", TAPE, messages)[-1]
    assert (last["fault"], last["live"]) == ("gap", False)


def test_own_orders_open_fill_and_end(modules: Modules) -> None:
    messages = [
        {"type": "snapshot", "seq": 4, "orders": [order("1")]},
        update(5, "2", "open", event="order_added"),
        update(6, "2", "partially_filled", event="order_matched", fill={"trade_id": "9"}),
        update(7, "1", "cancelled", event="order_cancelled"),
    ]
    states = modules.run("market/own_orders.js", ORDERS, messages)
    assert [state["fault"] for state in states] == [None] * 4
    assert states[-1] == {
        "fault": None,
        "live": True,
        "open": ["2"],
        "done": ["1"],
        "fills": ["9"],
        "mine": ["buy:1.00"],
    }


@pytest.mark.parametrize("seq", [4, 6])
def test_an_order_update_with_another_seq_than_the_next_is_a_gap(
    modules: Modules, seq: int
) -> None:
    messages = [{"type": "snapshot", "seq": 4, "orders": []}, update(seq, "1", "open")]
    last = modules.run("market/own_orders.js", ORDERS, messages)[-1]
    assert (last["fault"], last["live"], last["open"]) == ("gap", False, [])


def test_orders_of_a_snapshot_in_parts_add_up(modules: Modules) -> None:
    messages = [
        {"type": "snapshot", "seq": 4, "orders": [order("1")], "part": 1, "last": False},
        {"type": "snapshot", "seq": 4, "orders": [order("2")], "part": 2, "last": True},
        {"type": "snapshot", "seq": 8, "orders": [order("3")]},
    ]
    states = modules.run("market/own_orders.js", ORDERS, messages)
    assert [state["live"] for state in states] == [False, True, True]
    assert [state["open"] for state in states] == [["1"], ["1", "2"], ["3"]]
