"""Hold one session's state, and how it answers.

Role: what every verb of the session works on: who is there, what is subscribed, what is under way.
Sans-I/O; owned by the loop's thread.
"""

from collections.abc import Callable
from typing import Final

import msgspec

from app import limits
from app.errors import TEMPORARY_CODES, CloseCode, Refusal, refuse
from app.feed.codecs import Codec
from app.feed.group import Group
from app.feed.messages import Envelope
from app.feed.messages_control import ErrorMessage
from app.feed.outbox import Outbox
from app.feed.rate import Strikes
from app.feed.services import Feed
from app.feed.session_options import ChannelOptions
from app.feed.subscription import Reader, Subscription
from app.feed.timers import Timer
from auth.policy import refusal as policy_refusal
from auth.tokens import Identity

CLOSE_REASON_BYTES_MAX: Final = 123
"""What a close frame has room for (RFC 6455 §5.5)."""

SubscriptionKey = tuple[str, str | None]
"""Channel and symbol."""


class SessionState:
    """Everything one connection has; verbs change it through these methods."""

    def __init__(self, feed: Feed, connection_id: int, codec: Codec, outbox: Outbox) -> None:
        self.feed = feed
        self.connection_id = connection_id
        self.codec = codec
        self.outbox = outbox
        self.reader = Reader(outbox, codec)
        self.identity: Identity | None = None
        self.subscriptions: dict[SubscriptionKey, tuple[Subscription, Group]] = {}
        self.wildcards: dict[str, ChannelOptions] = {}
        self.ops_under_way = 0
        self.reconnect_after_ms: int | None = None
        self.is_closed = False
        self.timers: dict[str, Timer] = {}
        self.on_listed: Callable[[str], None] | None = None
        self._malformed = Strikes(limits.MALFORMED_MESSAGES_MAX, limits.MALFORMED_WINDOW_MS)

    @property
    def is_draining(self) -> bool:
        """Tell whether the client was told that the server stops."""
        return self.reconnect_after_ms is not None

    # --- answers ------------------------------------------------------------------------------

    def send(self, message: msgspec.Struct) -> None:
        """Send one control message; nothing happens once the session is closed."""
        if not self.is_closed:
            self.feed.hub.statistics.messages_sent["control"] += 1
            self.outbox.send(self.codec.frame(message))

    def refuse(self, envelope: Envelope, refusal: Refusal) -> None:
        """Answer an op with an error."""
        self.send(
            ErrorMessage(
                id=envelope.id,
                op=envelope.op,
                code=refusal.code,
                message=refusal.detail,
                temporary=refusal.code in TEMPORARY_CODES,
                retry_after_ms=refusal.retry_after_ms,
                errors=refusal.errors,
                replayed=refusal.replayed,
            )
        )

    def malformed(self, envelope: Envelope, refusal: Refusal, now_us: int) -> None:
        """Answer a message that cannot be read; the 10th within a minute is the last."""
        if self._malformed.strike(now_us):
            last = Refusal("invalid_request", f"too many malformed messages: {refusal.detail}")
            self.end(CloseCode.INVALID_REQUEST, last, envelope)
        else:
            self.refuse(envelope, refusal)

    def permission(self, action: str) -> Refusal | None:
        """Return why whoever is there may not do `action`, None when they may."""
        denied = policy_refusal(
            action, self.identity, public_market_data=self.feed.settings.public_market_data
        )
        if denied is None:
            return None
        self.feed.hub.statistics.auth_failures[denied.reason] += 1
        return refuse(denied.code, denied.detail)

    # --- time ---------------------------------------------------------------------------------

    def set_timer(self, name: str, due_us: int, action: Callable[[int], None]) -> None:
        """Call `action(now_us)` at `due_us`, in place of what was set under this name."""
        self.cancel_timer(name)
        self.timers[name] = self.feed.hub.timers.at(due_us, action)

    def cancel_timer(self, name: str) -> None:
        """Forget a timer; one that is not set is no error."""
        timer = self.timers.pop(name, None)
        if timer is not None:
            timer.cancel()

    # --- the end ------------------------------------------------------------------------------

    def end(self, code: CloseCode, refusal: Refusal, envelope: Envelope | None = None) -> None:
        """Close with this code, after the reason as an error (the answer to `envelope`)."""
        if self.is_closed:
            return
        self.feed.hub.statistics.disconnects[str(int(code))] += 1
        self.drop_subscriptions()
        if code is CloseCode.TOO_SLOW:
            self.outbox.discard()
        self.refuse(envelope if envelope is not None else Envelope(None, None), refusal)
        self.release()
        self.outbox.close(int(code), _close_reason(refusal))

    def drop_subscriptions(self) -> None:
        """End every subscription."""
        for subscription, group in self.subscriptions.values():
            self.feed.hub.leave(group, subscription)
            self.feed.hub.statistics.subscriptions[subscription.channel] -= 1
        self.subscriptions.clear()
        self.wildcards.clear()

    def release(self) -> None:
        """Let go of everything shared; nothing is sent or timed after it."""
        self.is_closed = True
        for timer in self.timers.values():
            timer.cancel()
        self.timers.clear()
        if self.on_listed is not None:
            self.feed.hub.unwatch_listings(self.on_listed)


def _close_reason(refusal: Refusal) -> str:
    text = f"{refusal.code}: {refusal.detail}"
    return text.encode()[:CLOSE_REASON_BYTES_MAX].decode(errors="ignore")
