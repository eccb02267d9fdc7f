"""Judge a client's book: `verify`.

Role: one verb of the session. Sans-I/O.
"""

from app import limits
from app.errors import refuse
from app.feed.messages import Envelope, Verify
from app.feed.messages_control import VerifyAck
from app.feed.session_state import SessionState


def handle_verify(state: SessionState, envelope: Envelope, message: Verify, now_us: int) -> None:
    """Say whether a checksum is what was published at a seq, or that this is not known any more."""
    del now_us
    hub = state.feed.hub
    listing = hub.market.listing(message.symbol)
    if not 0 <= message.levels <= limits.DEPTH_LEVELS_MAX:
        state.refuse(envelope, refuse("invalid_request", "levels: out of range"))
    elif listing is None:
        state.refuse(envelope, refuse("unknown_symbol", "the symbol is not listed"))
    else:
        result = hub.verify(listing, message.levels, message.seq, message.checksum)
        state.send(VerifyAck(id=envelope.id, op="verify", result=result))
