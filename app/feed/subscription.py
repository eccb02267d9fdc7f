"""Join one connection to one group: what a reader takes, where it stands.

Role: the reading side of a connection as the groups see it. Sans-I/O; owned by the loop's thread.
"""

from collections.abc import Iterator
from typing import Protocol

from app.feed.codecs import Codec
from app.feed.messages_control import CaughtUp, Lagging
from app.feed.outbox import Outbox
from app.limits import OUTBOX_CAUGHT_UP_BYTES, OUTBOX_LAGGING_BYTES


class CatchUp(Protocol):
    """What a group offers to a subscription that fell behind."""

    def rejoin(self, subscription: "Subscription", now_us: int) -> None:
        """Send the newest state and go on from there."""


class Reader:
    """Hold one connection's outbox and those of its subscriptions that are not up to date."""

    __slots__ = ("behind", "codec", "lagging", "outbox")

    def __init__(self, outbox: Outbox, codec: Codec) -> None:
        self.outbox = outbox
        self.codec = codec
        self.behind: dict[Subscription, CatchUp] = {}
        """Conflated subscriptions that were skipped, longest ago first."""
        self.lagging: set[Subscription] = set()
        """Lossless subscriptions whose owner was told that it is slow."""

    def resume(self, now_us: int) -> None:
        """Send what waits, then the newest state of what was skipped, while the peer takes it."""
        self.outbox.resume()
        if self.lagging and self.outbox.queued_bytes <= OUTBOX_CAUGHT_UP_BYTES:
            self._tell_caught_up()
        self.catch_up(now_us)

    def catch_up(self, now_us: int) -> None:
        """Bring back skipped subscriptions while the peer takes more."""
        while self.behind and self.outbox.ready:
            subscription = next(iter(self.behind))
            self.behind.pop(subscription).rejoin(subscription, now_us)

    def _tell_caught_up(self) -> None:
        for subscription in sorted(self.lagging, key=lambda lagging: lagging.name):
            notice = CaughtUp(
                channel=subscription.channel,
                symbol=subscription.symbol,
                queued_bytes=self.outbox.queued_bytes,
            )
            self.outbox.send(self.codec.frame(notice))
        self.lagging.clear()


class Subscription:
    """One (channel, symbol) of one connection; `sent_seq` counts only while it is behind."""

    __slots__ = ("channel", "codec", "lossless", "outbox", "reader", "sent_seq", "symbol")

    def __init__(self, reader: Reader, channel: str, symbol: str | None, lossless: bool) -> None:
        self.reader = reader
        self.outbox = reader.outbox
        self.codec = reader.codec
        self.channel = channel
        self.symbol = symbol
        self.lossless = lossless
        self.sent_seq: int | None = None

    @property
    def name(self) -> str:
        """Return what heartbeats call it."""
        return self.channel if self.symbol is None else f"{self.channel}:{self.symbol}"

    @property
    def is_behind(self) -> bool:
        """Tell whether it was skipped and waits for the newest state."""
        return self in self.reader.behind

    def send(self, frame: bytes) -> None:
        """Send a frame that may not be skipped; tell the owner when too much waits."""
        outbox = self.outbox
        outbox.send(frame)
        if outbox.queued_bytes >= OUTBOX_LAGGING_BYTES and self not in self.reader.lagging:
            self._tell_lagging()

    def draw(self, frames: Iterator[bytes], cost_bytes: int) -> None:
        """Send frames that are made as the peer takes them."""
        self.outbox.draw(frames, cost_bytes)

    def fall_behind(self, group: CatchUp, sent_seq: int | None) -> None:
        """Skip frames from here on until the peer takes more; `sent_seq` was the last one."""
        self.sent_seq = sent_seq
        self.reader.behind[self] = group

    def end(self) -> None:
        """Be neither behind nor lagging any more."""
        self.reader.behind.pop(self, None)
        self.reader.lagging.discard(self)

    def _tell_lagging(self) -> None:
        if not self.lossless or self.outbox.closing:
            return
        self.reader.lagging.add(self)
        notice = Lagging(
            channel=self.channel, symbol=self.symbol, queued_bytes=self.outbox.queued_bytes
        )
        self.outbox.send_first(self.codec.frame(notice))
