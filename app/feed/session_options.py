"""Decide what a subscribe asks for: which fields a channel takes, and within which bounds.

Role: one row for each channel. Sans-I/O; imports the bounds and the schema.
"""

from typing import Final

import msgspec

from app import limits
from app.errors import Refusal, refuse
from app.feed.messages import Subscribe
from engine.limits import SYMBOL_LENGTH_MAX

ALL_SYMBOLS: Final = "*"

_OUTCOME_BYTES_MAX: Final = 256
"""Longest account of one symbol in the ack of a subscribe."""

assert limits.SUBSCRIPTIONS_MAX * _OUTCOME_BYTES_MAX <= limits.SERVER_MESSAGE_BYTES_MAX


class ChannelRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a channel takes; `is_conflatable` ones have the policy `latest` unless told else."""

    has_symbols: bool
    takes_levels: bool = False
    is_conflatable: bool = False


CHANNELS: Final = {
    "depth": ChannelRule(has_symbols=True, takes_levels=True, is_conflatable=True),
    "trades": ChannelRule(has_symbols=True),
    "ticker": ChannelRule(has_symbols=True, is_conflatable=True),
    "orders": ChannelRule(has_symbols=False),
    "instruments": ChannelRule(has_symbols=False),
}

CHANNELS_NOT_OFFERED: Final = frozenset({"book", "candles", "stats"})
"""Channels that the protocol has and this version has not."""


class ChannelOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How a channel is to be sent; `levels` 0 = all, `interval_ms` 0 = every change."""

    levels: int
    interval_ms: int
    lossless: bool


def channel_refusal(channel: str) -> Refusal | None:
    """Return why there is no such channel, None when there is."""
    if channel in CHANNELS:
        return None
    if channel in CHANNELS_NOT_OFFERED:
        return refuse("invalid_request", f"the channel {channel} is not offered by this version")
    return refuse("invalid_request", "channel: unknown")


def read_symbols(channel: str, symbols: list[str] | None) -> list[str] | Refusal:
    """Return the symbols asked for, each once; [""] for a channel without symbols."""
    if not CHANNELS[channel].has_symbols:
        if symbols is not None:
            return refuse("invalid_request", f"symbols: the channel {channel} takes none")
        return [""]
    if not symbols:
        return refuse("invalid_request", f"symbols: the channel {channel} needs at least one")
    if ALL_SYMBOLS in symbols and len(symbols) > 1:
        return refuse("invalid_request", 'symbols: "*" stands alone')
    if len(symbols) > limits.SUBSCRIPTIONS_MAX:
        return refuse("invalid_request", f"symbols: at most {limits.SUBSCRIPTIONS_MAX} expected")
    if any(len(symbol) > SYMBOL_LENGTH_MAX for symbol in symbols):
        return refuse("invalid_request", f"symbols: at most {SYMBOL_LENGTH_MAX} characters each")
    return list(dict.fromkeys(symbols))


def read_options(message: Subscribe) -> ChannelOptions | Refusal:
    """Return how to send the channel, or the first field at fault."""
    rule = CHANNELS[message.channel]
    return _misplaced(message, rule) or _out_of_bounds(message) or _options(message, rule)


def _misplaced(message: Subscribe, rule: ChannelRule) -> Refusal | None:
    """Refuse a field that this channel does not take: it would be ignored silently."""
    misplaced = {
        "levels": message.levels is not None and not rule.takes_levels,
        "interval_ms": message.interval_ms is not None and not rule.is_conflatable,
        "interval": message.interval is not None,
        "policy": message.policy == "latest" and not rule.is_conflatable,
    }
    for field, is_misplaced in misplaced.items():
        if is_misplaced:
            return refuse("invalid_request", f"{field}: the channel {message.channel} has none")
    if message.timings:
        return refuse("invalid_request", "timings: not offered by this version")
    return None


def _out_of_bounds(message: Subscribe) -> Refusal | None:
    levels, interval_ms = message.levels, message.interval_ms
    if levels is not None and not 0 <= levels <= limits.DEPTH_LEVELS_MAX:
        return refuse(
            "invalid_request", f"levels: 1 to {limits.DEPTH_LEVELS_MAX} or 0 (all) expected"
        )
    low, high = limits.INTERVAL_MS_MIN, limits.INTERVAL_MS_MAX
    if interval_ms is not None and interval_ms != 0 and not low <= interval_ms <= high:
        return refuse("invalid_request", f"interval_ms: 0 or {low} to {high} expected")
    return None


def _options(message: Subscribe, rule: ChannelRule) -> ChannelOptions:
    levels, interval_ms = message.levels, message.interval_ms
    return ChannelOptions(
        levels=limits.DEPTH_LEVELS_DEFAULT if levels is None else levels,
        interval_ms=limits.INTERVAL_MS_DEFAULT if interval_ms is None else interval_ms,
        lossless=not rule.is_conflatable or message.policy == "lossless",
    )
