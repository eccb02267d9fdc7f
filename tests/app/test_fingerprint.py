"""When two new orders are the same one."""

from typing import Any

import pytest

from app.market import MarketData
from app.order_fields import fingerprint, new_order_command
from app.order_requests import NewOrderRequest, read
from engine.commands import NewOrder
from tests.app.harness import ACME, BETA, new_order

LATER_US = 1_800_000_000_000_000


@pytest.fixture
def market() -> MarketData:
    data = MarketData()
    data.add_instrument(ACME)
    data.add_instrument(BETA)
    return data


def command(market: MarketData, connection: int, **changes: Any) -> NewOrder:
    request = read(new_order(**changes), NewOrderRequest)
    assert isinstance(request, NewOrderRequest), request
    result = new_order_command(request, market, 1, connection)
    assert isinstance(result, NewOrder), result
    return result


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"price": "100"}, True),
        ({"quantity": "1.0"}, True),
        ({"time_in_force": "gtc"}, True),
        ({"post_only": False}, True),
        ({"self_trade_prevention": "cancel_newest"}, True),
        ({"deadline_us": LATER_US}, True),
        ({"client_order_id": "other"}, True),
        ({"symbol": "BETA-USD"}, False),
        ({"side": "sell"}, False),
        ({"price": "100.01"}, False),
        ({"quantity": "1.0001"}, False),
        ({"time_in_force": "ioc"}, False),
        ({"post_only": True}, False),
        ({"display_quantity": "1"}, False),
        ({"self_trade_prevention": "none"}, False),
        ({"time_in_force": "gtd", "expire_at_us": LATER_US}, False),
        ({"cancel_on_disconnect": True}, False),
        ({"type": "stop", "price": None, "stop_price": "100"}, False),
        ({"type": "stop_limit", "stop_price": "100"}, False),
    ],
)
def test_two_orders_are_the_same_when_all_but_deadline_and_id_is(
    market: MarketData, changes: dict[str, Any], same: bool
) -> None:
    first, second = command(market, 0), command(market, 7, **changes)
    assert (fingerprint(first) == fingerprint(second)) is same


def test_the_connection_that_ends_an_order_is_no_part_of_it(market: MarketData) -> None:
    first, second = (command(market, number, cancel_on_disconnect=True) for number in (7, 8))
    assert fingerprint(first) == fingerprint(second)
