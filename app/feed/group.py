"""Share one encoding among all subscribers of the same thing.

Role: the base of every channel's groups: who is in it, when it publishes, how a frame reaches its
members, how one that was skipped comes back. A group is made once per (channel, symbol, levels,
interval); its members' frames are made once per codec. Sans-I/O; owned by the loop's thread.

             join                     the peer takes no more
    (new) ─────────► members ──────────────────────────────────► behind
                        ▲                                           │
                        └────── newest state, one snapshot ◄────────┘  the peer takes more
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from app.feed.codecs import Codec
from app.feed.messages import Resume
from app.feed.schedule import Schedule
from app.feed.statistics import FeedStatistics
from app.feed.subscription import Subscription


class Group(ABC):
    """Publish to the members of one group.

    `seq` is the last one published: every member that is not behind has it. Members that fall
    behind leave the roster; a group without roster publishes nothing and costs nothing.
    """

    channel: str

    def __init__(
        self, symbol: str | None, interval_us: int, schedule: Schedule, statistics: FeedStatistics
    ) -> None:
        self.symbol = symbol
        self.seq = 0
        self._interval_us = interval_us
        self._schedule = schedule
        self._statistics = statistics
        self._members: dict[Subscription, None] = {}
        self._active: dict[Codec, dict[Subscription, None]] = {}
        self._rosters: dict[Codec, tuple[Subscription, ...]] = {}
        self._snapshots: dict[Codec, list[bytes]] = {}
        self._published_us = 0
        self._is_dirty = False
        self._is_scheduled = False

    # --- what a channel says -----------------------------------------------------------------

    @abstractmethod
    def as_of(self) -> int:
        """Return the seq at which the market stands."""

    @abstractmethod
    def _refresh(self, now_us: int) -> None:
        """Bring the view up to date; publish what changed and move `seq`."""

    @abstractmethod
    def _snapshot_messages(self) -> Sequence[msgspec.Struct]:
        """Return the whole state at `seq`, in as many messages as it needs."""

    def recovery(self, resume: Resume, epoch: str) -> bool:
        """Tell whether all that came after `resume` can be told; a flush came before."""
        del resume, epoch
        return False

    def first_available_seq(self) -> int | None:
        """Return the earliest seq that could be resumed from, None where that does not apply."""
        return None

    def prepare(self, now_us: int) -> None:
        """Bring the group up to date before somebody joins; its members get what is pending."""
        self.flush(now_us)

    # --- members -----------------------------------------------------------------------------

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody is subscribed."""
        return not self._members

    def join(self, subscription: Subscription, resume: Resume | None = None) -> None:
        """Let one more in, with a snapshot or (recovered) with what it missed since `resume`.

        `prepare` and the ack come before.
        """
        assert not self._is_dirty, "a joiner's snapshot is of the group's seq"
        self._members[subscription] = None
        if resume is not None:
            self._activate(subscription)
            self._send_missed(subscription, resume)
        elif subscription.lossless or subscription.outbox.ready:
            self._send_snapshot(subscription)
        else:
            subscription.fall_behind(self, None)

    def leave(self, subscription: Subscription) -> None:
        """Let one go; O(1)."""
        del self._members[subscription]
        self._deactivate(subscription)
        subscription.end()

    def rejoin(self, subscription: Subscription, now_us: int) -> None:
        """Bring back one that was skipped, with the newest state."""
        self.prepare(now_us)
        self._send_snapshot(subscription)

    def sent_seq(self, subscription: Subscription) -> int | None:
        """Return the last seq sent to a member."""
        return subscription.sent_seq if subscription.is_behind else self.seq

    # --- publishing --------------------------------------------------------------------------

    def mark_dirty(self) -> None:
        """Take note that something visible may have changed; schedule a publication."""
        if self._is_dirty:
            self._statistics.conflated += 1
        self._is_dirty = True
        if self._active and not self._is_scheduled:
            self._schedule_publication()

    def flush(self, now_us: int) -> None:
        """Publish now what has changed, whatever the interval says."""
        if self._is_dirty:
            self._is_dirty = False
            self._published_us = now_us
            self._refresh(now_us)

    def _schedule_publication(self) -> None:
        self._is_scheduled = True
        if self._interval_us == 0:
            self._schedule.with_batch(self._publish_if_due)
        else:
            due_us = self._published_us + self._interval_us
            self._schedule.timers.at(due_us, self._publish_if_due)

    def _publish_if_due(self, now_us: int) -> None:
        self._is_scheduled = False
        if not self._is_dirty or not self._active:
            return
        if now_us < self._published_us + self._interval_us:
            self._schedule_publication()
        else:
            self.flush(now_us)

    def _publish(self, message: msgspec.Struct) -> None:
        """Send one message to every member; `seq` still is the one before it."""
        for codec, roster in self._current_rosters():
            frame = codec.frame(message)
            self._statistics.messages_sent[self.channel] += len(roster)
            for subscription in roster:
                outbox = subscription.outbox
                if outbox.ready:
                    outbox.write(frame)
                elif subscription.lossless:
                    subscription.send(frame)
                else:
                    self._skip(subscription, self.seq)

    def _publish_snapshot(self, prev_seq: int) -> None:
        """Send the state at `seq` to every member, where changes are too many for one message."""
        for _, roster in self._current_rosters():
            for subscription in roster:
                if subscription.lossless or subscription.outbox.ready:
                    self._send_snapshot(subscription)
                else:
                    self._skip(subscription, prev_seq)

    def _current_rosters(self) -> list[tuple[Codec, tuple[Subscription, ...]]]:
        """Return the members by codec, frozen: sending may end one of them."""
        for codec, active in self._active.items():
            if codec not in self._rosters:
                self._rosters[codec] = tuple(active)
        return list(self._rosters.items())

    def _skip(self, subscription: Subscription, sent_seq: int) -> None:
        self._statistics.conflated += 1
        if subscription in self._members:
            self._deactivate(subscription)
            subscription.fall_behind(self, sent_seq)

    def _send_snapshot(self, subscription: Subscription) -> None:
        self._activate(subscription)
        frames = self._snapshot_frames(subscription.codec)
        self._statistics.messages_sent[self.channel] += len(frames)
        for frame in frames:
            subscription.send(frame)

    def _send_missed(self, subscription: Subscription, resume: Resume) -> None:
        """Send what came after `resume`, where a channel can recover more than nothing."""
        assert resume.seq == self.seq, (subscription.name, resume.seq, self.seq)

    def _snapshot_frames(self, codec: Codec) -> list[bytes]:
        """Return the snapshot's frames, shared by all who join before the next flush."""
        if not self._snapshots:
            self._schedule.after_flush(self._snapshots.clear)
        frames = self._snapshots.get(codec)
        if frames is None:
            frames = [codec.frame(message) for message in self._snapshot_messages()]
            self._snapshots[codec] = frames
        return frames

    def _move(self, seq: int) -> None:
        """Stand at `seq` from here on."""
        assert seq >= self.seq, (self.seq, seq)
        self.seq = seq
        self._snapshots.clear()

    def _activate(self, subscription: Subscription) -> None:
        self._active.setdefault(subscription.codec, {})[subscription] = None
        self._rosters.pop(subscription.codec, None)

    def _deactivate(self, subscription: Subscription) -> None:
        codec = subscription.codec
        active = self._active.get(codec)
        if active is not None and subscription in active:
            del active[subscription]
            self._rosters.pop(codec, None)
            if not active:
                del self._active[codec]
