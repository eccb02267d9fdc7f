"""Count what the feed did: plain numbers that whoever watches reads when it wants to.

Role: the feed's half of the metrics (docs/PROTOCOL.md, "Metrics"), without knowing their library.
Owned by the loop's thread. Imports the standard library alone.
"""

from collections import Counter


class FeedStatistics:
    """Hold counters that only go up, and two gauges (`connections`, `subscriptions`)."""

    __slots__ = (
        "auth_failures",
        "bytes_sent",
        "conflated",
        "connections",
        "disconnects",
        "messages_sent",
        "rate_limited",
        "subscriptions",
    )

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()
        """Connections now, by state: anonymous, authenticated."""
        self.subscriptions: Counter[str] = Counter()
        """Subscriptions now, by channel."""
        self.messages_sent: Counter[str] = Counter()
        """Messages handed to connections, by channel; "control" for the rest."""
        self.bytes_sent = 0
        self.conflated = 0
        """Changes merged into a later message."""
        self.disconnects: Counter[str] = Counter()
        """Connections that we closed, by close code."""
        self.auth_failures: Counter[str] = Counter()
        """Refused tokens and missing scopes, by reason."""
        self.rate_limited: Counter[str] = Counter()
        """Refusals by a rate limit, by kind: messages, connections."""
