"""Count what the engine tells.

Role: the last of the event handlers; it awaits nothing and keeps no state of its own.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

from app.observe.metrics import Metrics, snake_case
from engine.events import EVENT_CODES, TradeExecuted


class MetricsEventHandler:
    """Count events by type and trades by symbol."""

    name: Final = "metrics"
    event_types: Final = tuple(EVENT_CODES)

    def __init__(self, metrics: Metrics) -> None:
        """Count into `metrics`."""
        self._events = metrics.events
        self._trades = metrics.trades
        self._event_names = {event_type: snake_case(event_type) for event_type in EVENT_CODES}

    async def handle_event(self, event: Any) -> None:
        """Count one event."""
        await self.handle_events((event,))

    async def handle_events(self, batch: Sequence[Any]) -> None:
        """Count whole units."""
        for event_type, count in Counter(map(type, batch)).items():
            self._events.add(self._event_names[event_type], amount=count)
            if event_type is TradeExecuted:
                self._count_trades(batch)

    def _count_trades(self, batch: Sequence[Any]) -> None:
        symbols = Counter(event.symbol for event in batch if type(event) is TradeExecuted)
        for symbol, count in symbols.items():
            self._trades.add(symbol, amount=count)
