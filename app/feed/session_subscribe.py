"""Join a connection to channels: `subscribe`, and later symbols of a wildcard.

Role: one verb of the session. Per symbol: find the group, bring it up to date, judge the resume;
then one ack for all; then the snapshots. Sans-I/O; time is an argument.
"""

import msgspec

from app import limits
from app.errors import Refusal, refuse
from app.feed.group import Group
from app.feed.messages import Envelope, Resume, Subscribe, read_resumes
from app.feed.messages_control import SubscribeAck, SubscriptionError, SubscriptionOutcome
from app.feed.session_options import (
    ALL_SYMBOLS,
    CHANNELS,
    ChannelOptions,
    channel_refusal,
    read_options,
    read_symbols,
)
from app.feed.session_state import SessionState
from app.feed.subscription import Subscription


class _Plan(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription about to be made; `resume` is None where nothing is recovered."""

    symbol: str | None
    group: Group
    resume: Resume | None
    first_available_seq: int | None


def handle_subscribe(
    state: SessionState, envelope: Envelope, message: Subscribe, now_us: int
) -> None:
    """Subscribe to every symbol that can be; an error only if none can."""
    request = _read(state, message)
    if isinstance(request, Refusal):
        state.refuse(envelope, request)
        return
    symbols, options, resumes = request
    is_wildcard = symbols == [ALL_SYMBOLS]
    if is_wildcard:
        symbols = list(state.feed.hub.market.listings)
    if len(symbols) > limits.SUBSCRIPTIONS_MAX:
        state.refuse(envelope, refuse("capacity", "more is listed than limits.subscriptions"))
        return
    plans = _planned(state, message.channel, symbols, options, resumes, now_us)
    refusals = [plan for plan in plans.values() if isinstance(plan, Refusal)]
    if refusals and len(refusals) == len(plans):
        state.refuse(envelope, refusals[0])
        return
    outcomes = tuple(_outcome(message.channel, symbol, plan) for symbol, plan in plans.items())
    state.send(
        SubscribeAck(
            id=envelope.id, op="subscribe", channel=message.channel, subscriptions=outcomes
        )
    )
    if is_wildcard:
        _watch_listings(state, message.channel, options)
    for plan in plans.values():
        if isinstance(plan, _Plan):
            _join(state, message.channel, plan, options)


def _read(
    state: SessionState, message: Subscribe
) -> tuple[list[str], ChannelOptions, dict[str, Resume]] | Refusal:
    """Return symbols ("" for a channel without), options and resumes, or the first refusal."""
    refusal = channel_refusal(message.channel) or state.permission(message.channel)
    if refusal is not None:
        return refusal
    symbols = read_symbols(message.channel, message.symbols)
    options = read_options(message)
    resumes = read_resumes(message.resume, symbols if isinstance(symbols, list) else [])
    if isinstance(symbols, Refusal):
        return symbols
    if isinstance(options, Refusal):
        return options
    if isinstance(resumes, Refusal):
        return resumes
    return symbols, options, resumes


def _planned(
    state: SessionState,
    channel: str,
    symbols: list[str],
    options: ChannelOptions,
    resumes: dict[str, Resume],
    now_us: int,
) -> dict[str, _Plan | Refusal]:
    """Return for each symbol what to join, or why not."""
    free = state.feed.settings.subscriptions - len(state.subscriptions)
    plans: dict[str, _Plan | Refusal] = {}
    for symbol in symbols:
        is_new = (channel, symbol or None) not in state.subscriptions
        if is_new and free <= 0:
            plans[symbol] = refuse("capacity", "limits.subscriptions is reached")
            continue
        plans[symbol] = plan = _plan(
            state, channel, symbol, options, resumes.get(symbol, resumes.get(ALL_SYMBOLS)), now_us
        )
        free -= is_new and isinstance(plan, _Plan)
    return plans


def _plan(
    state: SessionState,
    channel: str,
    symbol: str,
    options: ChannelOptions,
    resume: Resume | None,
    now_us: int,
) -> _Plan | Refusal:
    group = _group(state, channel, symbol, options)
    if group is None:
        return refuse("unknown_symbol", f"the symbol {symbol!r} is not listed")
    group.prepare(now_us)
    is_recovered = resume is not None and group.recovery(resume, state.feed.hub.market.epoch)
    return _Plan(
        symbol=symbol or None,
        group=group,
        resume=resume if is_recovered else None,
        first_available_seq=None if resume is None else group.first_available_seq(),
    )


def _group(state: SessionState, channel: str, symbol: str, options: ChannelOptions) -> Group | None:
    """Return the group to join, None for a symbol that is not listed."""
    hub = state.feed.hub
    if channel == "instruments":
        return hub.instruments_group()
    if channel == "orders":
        assert state.identity is not None, "the policy lets nobody unknown see orders"
        return hub.orders_group(state.identity.account)
    listing = hub.market.listing(symbol)
    if listing is None:
        return None
    if channel == "depth":
        return hub.depth_group(listing, options.levels, options.interval_ms)
    if channel == "ticker":
        return hub.ticker_group(listing, options.interval_ms)
    assert channel == "trades", channel
    return hub.trade_group(listing)


def _outcome(channel: str, symbol: str, plan: _Plan | Refusal) -> SubscriptionOutcome:
    name = symbol if CHANNELS[channel].has_symbols else None
    if isinstance(plan, Refusal):
        error = SubscriptionError(plan.code, plan.detail)
        return SubscriptionOutcome(symbol=name, error=error)
    return SubscriptionOutcome(
        symbol=name,
        recovered=plan.resume is not None,
        first_available_seq=plan.first_available_seq,
    )


def _join(state: SessionState, channel: str, plan: _Plan, options: ChannelOptions) -> None:
    """Put a new subscription in place of an old one; a session that just ended joins nothing."""
    hub = state.feed.hub
    if state.is_closed:
        hub.drop_if_empty(plan.group)
        return
    key = (channel, plan.symbol)
    replaced = state.subscriptions.get(key)
    subscription = Subscription(state.reader, channel, plan.symbol, options.lossless)
    state.subscriptions[key] = (subscription, plan.group)
    if replaced is None:
        hub.statistics.subscriptions[channel] += 1
    plan.group.join(subscription, plan.resume)
    if replaced is not None:
        hub.leave(replaced[1], replaced[0])


def _watch_listings(state: SessionState, channel: str, options: ChannelOptions) -> None:
    state.wildcards[channel] = options
    if state.on_listed is None:
        state.on_listed = lambda symbol: _join_later_symbol(state, symbol)
        state.feed.hub.watch_listings(state.on_listed)


def _join_later_symbol(state: SessionState, symbol: str) -> None:
    """Join what a wildcard covers once it is listed; its first message is a snapshot."""
    now_us = state.feed.clock_us()
    for channel, options in list(state.wildcards.items()):
        plan = _planned(state, channel, [symbol], options, {}, now_us)[symbol]
        if isinstance(plan, Refusal):
            state.refuse(Envelope("subscribe", None), plan)
        else:
            _join(state, channel, plan, options)
