"""Orders found by id, account and client order id; a past within bounds."""

import pytest

from app import wire
from engine.events import OrderStatus, OrderStatusChanged
from engine.reasons import Reason
from tests.app.harness import Harness


def test_an_event_of_an_order_that_never_began_is_a_bug() -> None:
    stray = OrderStatusChanged(
        1, "ACME-USD", 0, 1, 99, OrderStatus.OPEN, OrderStatus.FILLED, 0, 0, Reason.NONE
    )
    with pytest.raises(KeyError):
        Harness().store.fold(stray)


def test_the_past_is_bounded_and_the_oldest_end_goes_first() -> None:
    harness = Harness(
        history={
            "ended_orders_max": 3,
            "ended_orders_per_account_max": 2,
            "fills_max": 3,
            "fills_per_account_max": 2,
        }
    )
    harness.order(client_order_id="a", price="1")
    for name in "bcde":
        harness.order("bob", side="sell")
        harness.order(client_order_id=name)
    page = harness.store.page_orders("alice")
    assert isinstance(page, wire.OrderPage)
    assert [order.order_id for order in page.orders] == ["9", "7", "1"]
    assert harness.store.order(3) is None
    assert harness.store.by_client_id("alice", "b") is None
    assert harness.call("cancel", {"order_id": "3"}).code == "unknown_order"
    fills = harness.store.page_fills("alice")
    assert isinstance(fills, wire.FillPage)
    assert len(fills.fills) <= 2
