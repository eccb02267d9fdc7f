"""The metrics handler, fed by the readable engine."""

import asyncio

from app.handlers.metrics import MetricsEventHandler
from app.observe.metrics import Metrics
from engine.events import EVENT_CODES
from tests.handlers.market_events import Flow


def counted(flow, *commands):
    """Return metrics that have seen what the commands did, half of it event by event."""
    metrics = Metrics()
    handler = MetricsEventHandler(metrics)
    events = flow.send(*commands)
    middle = len(events) // 2
    for event in events[:middle]:
        asyncio.run(handler.handle_event(event))
    asyncio.run(handler.handle_events(events[middle:]))
    return metrics


def test_events_are_counted_by_type_and_trades_by_symbol():
    flow = Flow()
    orders = (flow.sell(101), flow.sell(102), flow.buy(102, 15), flow.buy(5, symbol="BETA-USD"))
    metrics = counted(flow, *orders)
    assert metrics.events.value("trade_executed") == 2
    assert metrics.events.value("order_matched") == 4
    assert metrics.events.value("command_completed") == 4
    assert metrics.trades.read() == {("ACME-USD",): 2}


def test_every_event_type_is_counted():
    handler = MetricsEventHandler(Metrics())
    assert set(handler.event_types) == set(EVENT_CODES)
