"""Take a connection out of channels: `unsubscribe`.

Role: one verb of the session. Sans-I/O.
"""

from app.errors import Refusal
from app.feed.messages import Envelope, Unsubscribe
from app.feed.messages_control import UnsubscribeAck
from app.feed.session_options import ALL_SYMBOLS, channel_refusal, read_symbols
from app.feed.session_state import SessionState


def handle_unsubscribe(
    state: SessionState, envelope: Envelope, message: Unsubscribe, now_us: int
) -> None:
    """End what is named; what is not subscribed is not an error."""
    del now_us
    channel = message.channel
    symbols = channel_refusal(channel) or read_symbols(channel, message.symbols)
    if isinstance(symbols, Refusal):
        state.refuse(envelope, symbols)
        return
    if symbols == [ALL_SYMBOLS]:
        state.wildcards.pop(channel, None)
        symbols = [symbol for name, symbol in state.subscriptions if name == channel and symbol]
    ended = tuple(symbol for symbol in symbols if _leave(state, channel, symbol))
    state.send(
        UnsubscribeAck(
            id=envelope.id,
            op="unsubscribe",
            channel=channel,
            symbols=tuple(symbol for symbol in ended if symbol),
        )
    )


def _leave(state: SessionState, channel: str, symbol: str) -> bool:
    """End one subscription; tell whether there was one."""
    subscribed = state.subscriptions.pop((channel, symbol or None), None)
    if subscribed is None:
        return False
    subscription, group = subscribed
    state.feed.hub.leave(group, subscription)
    state.feed.hub.statistics.subscriptions[channel] -= 1
    return True
