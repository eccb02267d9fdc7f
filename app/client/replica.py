"""Hold what every local copy of server state has in common: whether it may be believed.

Role: the base of book, tape, ticker and own orders. A copy is live only between a complete
snapshot and the first thing that does not fit; in between reading it raises StaleData. Sans-I/O.

    reset ──► stale ("waiting") ──complete snapshot──► live
                 ▲                                       │
                 └───── a fault, or mark_stale(why) ◄────┘
"""

from abc import ABC, abstractmethod
from enum import StrEnum, unique

from app.client.codec import Message
from app.client.errors import StaleData

WAITING = "waiting for the snapshot"


@unique
class Fault(StrEnum):
    """What can spoil a local copy."""

    GAP = "gap"
    CHECKSUM = "checksum"
    CROSSED = "crossed"
    MALFORMED = "malformed"


class Replica(ABC):
    """A local copy of one channel of one symbol; owned by the loop thread of its client."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.seq: int | None = None
        self.stale_reason: str | None = WAITING
        self.version = 0
        """Grows with every change, so that a view can tell whether to draw."""

    @property
    def live(self) -> bool:
        """Whether the copy is what the server last sent, whole."""
        return self.stale_reason is None

    @abstractmethod
    def apply(self, message: Message) -> Fault | None:
        """Take one data message; return what makes it unfit. The copy is then stale."""

    def mark_stale(self, reason: str) -> None:
        """Stop being believed, keeping what is known for show."""
        self.stale_reason = reason
        self.version += 1

    def reset(self) -> None:
        """Forget everything, as at the start of a new epoch."""
        self.seq = None
        self.mark_stale(WAITING)

    def require_live(self) -> None:
        """Raise StaleData unless the copy is live."""
        if self.stale_reason is not None:
            raise StaleData(self.name, self.stale_reason)


class SnapshotParts:
    """Follow a snapshot that comes in parts at one seq (docs/PROTOCOL.md, "Messages")."""

    def __init__(self) -> None:
        self._seq: int | None = None
        self._part = 0

    @property
    def started(self) -> bool:
        """Whether a part has come and the last one has not."""
        return self._seq is not None

    def clear(self) -> None:
        """Forget a snapshot that was given up."""
        self._seq = None

    def take(self, seq: int, part: int | None, last: bool | None) -> Fault | None:
        """Take the next part; a GAP where it does not continue the one before."""
        number = part or 1
        if self._seq is not None and (seq != self._seq or number != self._part + 1):
            self.clear()
            return Fault.GAP
        self._seq = None if last is not False else seq
        self._part = number
        return None
