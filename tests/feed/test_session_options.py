"""Which fields a channel takes; the table of refused ones is in test_session_subscribe.py."""

import pytest

from app.feed.messages import Subscribe
from app.feed.session_options import (
    CHANNELS,
    CHANNELS_NOT_OFFERED,
    ChannelOptions,
    channel_refusal,
    read_options,
    read_symbols,
)
from auth.policy import REQUIRED_SCOPES


def test_every_channel_has_a_rule_who_may_see_it() -> None:
    assert (set(CHANNELS) | CHANNELS_NOT_OFFERED) <= set(REQUIRED_SCOPES)
    assert all(channel_refusal(channel) is None for channel in CHANNELS)


@pytest.mark.parametrize(
    ("channel", "lossless"),
    [("depth", False), ("ticker", False), ("trades", True), ("orders", True)],
)
def test_a_channel_has_its_own_default_policy(channel: str, lossless: bool) -> None:
    options = read_options(Subscribe(channel=channel))
    assert options == ChannelOptions(levels=25, interval_ms=100, lossless=lossless)


@pytest.mark.parametrize(
    ("channel", "symbols", "read"),
    [
        ("depth", ["B", "A", "B"], ["B", "A"]),
        ("depth", ["*"], ["*"]),
        ("orders", None, [""]),
    ],
)
def test_symbols_are_read_once_each(
    channel: str, symbols: list[str] | None, read: list[str]
) -> None:
    assert read_symbols(channel, symbols) == read
