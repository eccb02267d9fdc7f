"""Keep the latest public trades of one symbol, chained by trade id.

Role: TradeTape, a Replica of the trades channel. Sans-I/O.
"""

from collections import deque
from typing import Final

from app.client.codec import Message
from app.client.errors import ProtocolError
from app.client.messages import Trade, TradesMessage, read_as
from app.client.replica import Fault, Replica

TAPE_TRADES_MAX: Final = 200
"""Trades kept for whoever looks back: a few screens full."""


class TradeTape(Replica):
    """The last trades, oldest first."""

    def __init__(self, symbol: str) -> None:
        super().__init__(f"trades of {symbol}")
        self.symbol = symbol
        self.received = 0
        self._trades: deque[Trade] = deque(maxlen=TAPE_TRADES_MAX)

    @property
    def trades(self) -> tuple[Trade, ...]:
        """The kept trades, oldest first; raises StaleData unless live."""
        self.require_live()
        return tuple(self._trades)

    def last_known(self, count: int) -> tuple[Trade, ...]:
        """Return up to `count` newest trades, newest first, live or not: trades stay true."""
        return tuple(reversed(self._trades))[:count]

    def reset(self) -> None:
        """Forget everything, as at the start of a new epoch."""
        self._trades.clear()
        super().reset()

    def apply(self, message: Message) -> Fault | None:
        """Apply one trades message; return the fault that breaks the chain."""
        self.version += 1
        try:
            fault = self._take(read_as(TradesMessage, message))
        except (ProtocolError, ValueError):
            fault = Fault.MALFORMED
        if fault is not None:
            self.mark_stale(fault)
        return fault

    def _take(self, message: TradesMessage) -> Fault | None:
        is_snapshot = message.type == "snapshot"
        if not is_snapshot and (not self.live or message.prev_seq != self.seq):
            return Fault.GAP
        first = message.seq - len(message.trades) + 1
        if not is_snapshot and first - 1 != message.prev_seq:
            return Fault.GAP
        if any(int(trade.trade_id) != first + i for i, trade in enumerate(message.trades)):
            return Fault.GAP
        if is_snapshot:
            self._trades.clear()
        self._trades.extend(message.trades)
        self.received += len(message.trades)
        self.seq = message.seq
        self.stale_reason = None
        return None
