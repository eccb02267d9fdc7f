"""What became of orders: found by either id, listed in pages."""

from typing import Any

import pytest

from app import wire
from app.errors import Refusal
from tests.app.harness import START_NS, Harness

NOW_US = START_NS // 1_000


def ids(page: wire.OrderPage | Refusal) -> list[str]:
    assert isinstance(page, wire.OrderPage), page
    return [order.order_id for order in page.orders]


def several_orders() -> Harness:
    """Alice has 1 open, 2 partially filled, 3 filled, 4 cancelled, 5 untriggered, 6 BETA open."""
    harness = Harness()
    harness.order(price="90")
    harness.order(price="100", quantity="2")
    harness.order(price="101")
    harness.order(price="1", time_in_force="ioc")
    harness.order(type="stop", price=None, stop_price="200")
    harness.order(symbol="BETA-USD", price="1")
    harness.order("bob", side="sell", price="100", quantity="1.5")
    return harness


@pytest.mark.parametrize(
    ("status", "symbol", "expected"),
    [
        (None, None, "6 5 4 3 2 1"),
        ("open", None, "6 5 2 1"),
        ("partially_filled", None, "2"),
        ("untriggered", None, "5"),
        ("filled", None, "3"),
        ("cancelled", None, "4"),
        ("expired", None, ""),
        (None, "BETA-USD", "6"),
        ("open", "ACME-USD", "5 2 1"),
        ("open", "NONE", ""),
    ],
)
def test_orders_are_listed_newest_first_by_status_and_symbol(
    status: str | None, symbol: str | None, expected: str
) -> None:
    store = several_orders().store
    page = store.page_orders("alice", status=status, symbol=symbol)
    assert ids(page) == expected.split()


def test_orders_of_others_are_not_listed() -> None:
    harness = several_orders()
    assert ids(harness.store.page_orders("bob")) == ["7"]
    assert ids(harness.store.page_orders("nobody")) == []
    assert harness.store.open_orders("nobody") == []
    assert harness.store.account_seq("nobody") == 0


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 6, 7])
def test_pages_cover_the_list_once_while_it_grows(limit: int) -> None:
    harness = several_orders()
    seen: list[str] = []
    cursor = None
    for _ in range(6):
        page = harness.store.page_orders("alice", limit=limit, cursor=cursor)
        assert isinstance(page, wire.OrderPage)
        assert len(page.orders) <= limit
        seen += ids(page)
        cursor = page.next_cursor
        harness.order(price="2")
        if cursor is None:
            break
    assert seen == "6 5 4 3 2 1".split()


@pytest.mark.parametrize(
    "arguments",
    [
        {"status": "rejected"},
        {"status": "nothing"},
        {"status": ""},
        {"status": "OPEN"},
        {"cursor": ""},
        {"cursor": "abc"},
        {"cursor": "é"},
        {"cursor": "AAAA"},
        {"cursor": "!" * 12},
        {"cursor": "A" * 5_000},
    ],
)
def test_a_wrong_filter_is_refused_by_its_name(arguments: dict[str, Any]) -> None:
    refusal = Harness().store.page_orders("alice", **arguments)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "invalid_request"
    assert [error.field for error in refusal.errors] == list(arguments)


def test_fills_are_listed_newest_first_with_their_role() -> None:
    harness = Harness()
    harness.order("bob", side="sell", price="99", quantity="0.5", client_order_id="his")
    harness.order(price="100", quantity="2", client_order_id="mine")
    harness.advance_us(3)
    harness.order("bob", side="sell", price="100", quantity="1")
    page = harness.store.page_fills("alice")
    assert isinstance(page, wire.FillPage)
    assert page.next_cursor is None
    assert page.fills == (
        wire.Fill(
            trade_id="2",
            order_id="2",
            client_order_id="mine",
            symbol="ACME-USD",
            side="buy",
            price="100.00",
            quantity="1.0000",
            role="maker",
            engine_us=NOW_US + 3,
        ),
        wire.Fill(
            trade_id="1",
            order_id="2",
            client_order_id="mine",
            symbol="ACME-USD",
            side="buy",
            price="99.00",
            quantity="0.5000",
            role="taker",
            engine_us=NOW_US,
        ),
    )


@pytest.mark.parametrize(
    ("filters", "trades"),
    [
        ({}, ["ACME-USD 2", "BETA-USD 1", "ACME-USD 1"]),
        ({"symbol": "ACME-USD"}, ["ACME-USD 2", "ACME-USD 1"]),
        ({"symbol": "NONE"}, []),
        ({"order_id": "2"}, ["ACME-USD 1"]),
        ({"order_id": "1"}, []),
        ({"order_id": "x"}, []),
        ({"symbol": "BETA-USD", "order_id": "2"}, []),
    ],
)
def test_fills_are_filtered_by_symbol_and_order(filters: dict[str, Any], trades: list[str]) -> None:
    harness = Harness()
    for symbol in ("ACME-USD", "BETA-USD", "ACME-USD"):
        harness.order("bob", side="sell", symbol=symbol)
        harness.order("alice", symbol=symbol)
    page = harness.store.page_fills("alice", **filters)
    assert isinstance(page, wire.FillPage)
    assert [f"{fill.symbol} {fill.trade_id}" for fill in page.fills] == trades


def test_pages_of_fills_go_on_where_the_last_ended() -> None:
    harness = Harness()
    for _ in range(5):
        harness.order("bob", side="sell")
        harness.order("alice")
    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page = harness.store.page_fills("alice", limit=2, cursor=cursor)
        assert isinstance(page, wire.FillPage)
        seen += [fill.trade_id for fill in page.fills]
        cursor = page.next_cursor
    assert (seen, cursor) == (["5", "4", "3", "2", "1"], None)
    refusal = harness.store.page_fills("alice", cursor="x")
    assert isinstance(refusal, Refusal)


def test_both_sides_of_a_trade_with_oneself_are_fills() -> None:
    harness = Harness()
    harness.order(side="sell")
    harness.order(self_trade_prevention="none")
    page = harness.store.page_fills("alice", limit=1)
    assert isinstance(page, wire.FillPage)
    rest = harness.store.page_fills("alice", limit=1, cursor=page.next_cursor)
    assert isinstance(rest, wire.FillPage)
    assert [fill.role for fill in page.fills + rest.fills] == ["taker", "maker"]


def test_open_orders_are_listed_oldest_first() -> None:
    store = several_orders().store
    assert [order.order_id for order in store.open_orders("alice")] == "1 2 5 6".split()
    assert [order.order_id for order in store.open_orders("alice", "BETA-USD")] == ["6"]


def test_an_order_is_found_by_its_client_order_id_in_its_account_only() -> None:
    harness = Harness()
    harness.order(client_order_id="mine")
    found = harness.store.by_client_id("alice", "mine")
    assert found is not None
    assert found.order_id == "1"
    assert harness.store.by_client_id("bob", "mine") is None
    assert harness.store.by_client_id("alice", "his") is None
