"""The trade handler, fed by the readable engine."""

import pytest

from app import wire
from tests.handlers.market_events import Flow


def test_a_print_is_on_the_tape_as_the_wire_shows_it():
    flow = Flow()
    flow.send(flow.sell(10_025, 30_000), flow.buy(10_100, 5_000))
    expected = wire.Trade("1", "100.25", "0.5000", "buy", flow.now_ns // 1_000)
    assert flow.market.tape("ACME-USD").recent(9) == [expected]


@pytest.mark.parametrize(
    ("single", "told"),
    [
        (False, [("ACME-USD", ["1", "2", "3"]), ("BETA-USD", ["1"])]),
        (True, [("ACME-USD", ["1", "2"]), ("ACME-USD", ["3"]), ("BETA-USD", ["1"])]),
    ],
    ids=["batches", "single events"],
)
def test_the_listener_hears_of_trades_oldest_first_and_by_symbol(single, told):
    flow = Flow(single=single)
    flow.send(flow.sell(101), flow.sell(102), flow.sell(7, symbol="BETA-USD"))
    flow.send(flow.buy(102, 15), flow.buy(102, 5), flow.buy(7, symbol="BETA-USD"))
    assert flow.told.trades == told


def test_units_without_a_print_tell_nothing():
    flow = Flow()
    flow.send(flow.buy(99), flow.sell(101))
    assert flow.told.trades == []
