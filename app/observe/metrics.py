"""Name every metric of the server once (docs/PROTOCOL.md, "Metrics").

Role: the registry that `/metrics` shows; each server has its own. Imports prometheus_client and
nothing that does I/O.
"""

import re
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.process_collector import ProcessCollector

from app.observe.families import Counter, Gauge, Histogram

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


def snake_case(type_: type) -> str:
    """Return the name of a type as label values have it: NewOrder is new_order."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type_.__name__).lower()


class Metrics:
    """Hold the metric families; parts of the server add to them or give them readers."""

    def __init__(self) -> None:
        """Make every family, registered and empty."""
        self.commands = Counter(
            "depthcast_commands", "Commands that the engine has done.", "type", "outcome"
        )
        self.events = Counter("depthcast_events", "Events that the engine has told.", "type")
        self.trades = Counter("depthcast_trades", "Trades.", "symbol")
        self.ring_depth = Gauge("depthcast_ring_depth", "Records waiting in a ring.", "ring")
        self.ring_capacity = Gauge("depthcast_ring_capacity", "Records a ring can hold.", "ring")
        self.command_latency = Histogram(
            "depthcast_command_latency_seconds",
            "From a command's arrival to a stage of its way.",
            "stage",
        )
        self.connections = Gauge("depthcast_connections", "WebSocket connections.", "state")
        self.subscriptions = Gauge("depthcast_subscriptions", "Subscriptions.", "channel")
        self.messages_sent = Counter(
            "depthcast_messages_sent", "WebSocket messages handed to connections.", "channel"
        )
        self.bytes_sent = Counter("depthcast_bytes_sent", "Bytes handed to connections.")
        self.conflated = Counter("depthcast_conflated", "Changes merged into a later message.")
        self.disconnects = Counter("depthcast_disconnects", "Connections closed by us.", "code")
        self.auth_failures = Counter(
            "depthcast_auth_failures", "Refused tokens and missing scopes.", "reason"
        )
        self.rate_limited = Counter("depthcast_rate_limited", "Refusals by a rate limit.", "kind")
        self.event_loop_lag = Histogram(
            "depthcast_event_loop_lag_seconds", "How late the event loop was."
        )
        self.crossed_book = Counter("depthcast_crossed_book", "Crossed books; must stay 0.")
        self.requests = Counter(
            "depthcast_requests", "REST calls answered.", "method", "path", "status"
        )
        self._command_names: dict[type, str] = {}
        self.registry = CollectorRegistry(auto_describe=False)
        ProcessCollector(registry=self.registry)
        for family in vars(self).copy().values():
            if isinstance(family, Counter | Gauge | Histogram):
                self.registry.register(family)

    def count_command(self, command_type: type, outcome: str) -> None:
        """Count a command by its type's name and what became of it."""
        name = self._command_names.get(command_type)
        if name is None:
            name = self._command_names[command_type] = snake_case(command_type)
        self.commands.add(name, outcome)

    def crossed(self, _symbol: str) -> None:
        """Count a crossed book; not by symbol, since one is too many."""
        self.crossed_book.add()

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self.registry)
