"""Check the client's view of the account's own orders."""

import pytest

from app.client.errors import StaleData
from app.client.own_orders import OwnOrders
from app.client.replica import Fault
from tests.client.server_messages import Message, orders_snapshot, orders_update


def live_orders() -> OwnOrders:
    orders = OwnOrders()
    assert orders.apply(orders_snapshot(10, 1, 2)) is None
    return orders


def test_open_orders_come_and_go() -> None:
    orders = live_orders()
    assert orders.apply(orders_update(11, "order_added", 3)) is None
    filled = orders_update(12, "order_matched", 1, status="filled")
    assert orders.apply(filled) is None
    partly = orders_update(13, "order_matched", 2, status="partially_filled")
    assert orders.apply(partly) is None
    assert list(orders.open_orders) == ["2", "3"]
    assert orders.open_orders["2"].status == "partially_filled"


@pytest.mark.parametrize(
    ("message", "fault"),
    [
        (orders_update(12, "order_added", 3), Fault.GAP),
        (orders_update(10, "order_added", 3), Fault.GAP),
        ({**orders_update(11, "order_added", 3), "order": None}, Fault.MALFORMED),
        ({**orders_update(11, "order_added", 3), "order": {"order_id": 3}}, Fault.MALFORMED),
    ],
)
def test_a_lost_update_is_noticed(message: Message, fault: Fault) -> None:
    orders = live_orders()
    assert orders.apply(message) is fault
    with pytest.raises(StaleData):
        assert orders.open_orders


def test_a_snapshot_in_parts_is_whole_with_the_last() -> None:
    orders = OwnOrders()
    assert orders.apply(orders_snapshot(10, 1, 2, last=False)) is None
    assert not orders.live
    assert orders.apply(orders_snapshot(10, 3, part=2)) is None
    assert list(orders.open_orders) == ["1", "2", "3"]


def test_a_fresh_snapshot_replaces_what_was_known() -> None:
    orders = live_orders()
    orders.mark_stale("disconnected")
    assert orders.apply(orders_snapshot(20, 7)) is None
    assert list(orders.open_orders) == ["7"]
    orders.reset()
    with pytest.raises(StaleData):
        assert orders.open_orders
