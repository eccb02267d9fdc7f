"""Keep the latest ticker of one symbol.

Role: LatestTicker, a Replica of the ticker channel, where each message says everything. Sans-I/O.
"""

from app.client.codec import Message
from app.client.errors import ProtocolError
from app.client.messages import TickerMessage, read_as
from app.client.replica import Fault, Replica


class LatestTicker(Replica):
    """Best prices and the last 24 hours."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"ticker of {symbol}")
        self.symbol = symbol
        self._latest: TickerMessage | None = None

    @property
    def latest(self) -> TickerMessage:
        """The last ticker; raises StaleData unless live."""
        self.require_live()
        assert self._latest is not None
        return self._latest

    def reset(self) -> None:
        """Forget everything, as at the start of a new epoch."""
        self._latest = None
        super().reset()

    def apply(self, message: Message) -> Fault | None:
        """Take one ticker; a GAP where its seq goes back."""
        try:
            ticker = read_as(TickerMessage, message)
        except ProtocolError:
            self.mark_stale(Fault.MALFORMED)
            return Fault.MALFORMED
        if self.live and self.seq is not None and ticker.seq < self.seq:
            self.mark_stale(Fault.GAP)
            return Fault.GAP
        self._latest = ticker
        self.seq = ticker.seq
        self.stale_reason = None
        self.version += 1
        return None
