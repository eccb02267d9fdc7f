"""Say who is there: `auth`, the deadline to do so, and the end of a token.

Role: one verb of the session. Sans-I/O; time is an argument.
"""

from typing import Final

from app.errors import CloseCode, Refusal, refuse
from app.feed.messages import Auth, Envelope
from app.feed.messages_control import AuthAck, TokenExpiring
from app.feed.session_state import SessionState
from app.limits import TOKEN_EXPIRING_NOTICE_MS
from auth.policy import refusal as policy_refusal
from auth.tokens import Identity

_US_PER_S: Final = 1_000_000


def await_authentication(state: SessionState, now_us: int) -> None:
    """Close 4401 unless somebody authenticates in time; with public data nobody has to."""
    if state.feed.settings.public_market_data:
        return
    due_us = now_us + state.feed.settings.authentication_ms * 1_000
    state.set_timer("authentication", due_us, lambda _now_us: _close_anonymous(state))


def authenticate_header(state: SessionState, token: str | Refusal, now_us: int) -> None:
    """Take the token of the upgrade request; a wrong one ends the connection."""
    identity = token if isinstance(token, Refusal) else _verified(state, token, now_us)
    if isinstance(identity, Refusal):
        state.end(_close_code(identity), identity)
    else:
        _accept(state, identity, now_us)


def handle_auth(state: SessionState, envelope: Envelope, message: Auth, now_us: int) -> None:
    """Take a first or a fresh token; a wrong fresh one leaves the old one standing."""
    identity = _verified(state, message.token, now_us)
    if state.identity is None and isinstance(identity, Refusal):
        state.end(_close_code(identity), identity, envelope)
        return
    refusal = identity if isinstance(identity, Refusal) else _misfit(state, identity)
    if refusal is not None:
        state.refuse(envelope, refusal)
        return
    assert isinstance(identity, Identity), "a refusal was answered"
    state.send(
        AuthAck(
            id=envelope.id,
            op="auth",
            account=identity.account,
            scopes=tuple(sorted(identity.scopes)),
            expires_us=_expires_us(identity),
        )
    )
    _accept(state, identity, now_us)


def _verified(state: SessionState, token: str, now_us: int) -> Identity | Refusal:
    """Return whose token it is, if that account may come in."""
    identity = state.feed.verify(token, now_us / _US_PER_S)
    if not isinstance(identity, Identity):
        state.feed.hub.statistics.auth_failures[identity.reason] += 1
        return refuse(identity.code, identity.detail)
    return state.feed.admit_account(identity.account) or identity


def _misfit(state: SessionState, identity: Identity) -> Refusal | None:
    """Refuse a fresh token of another account, or one that what is subscribed has outgrown."""
    if state.identity is None:
        return None
    if identity.account != state.identity.account:
        return refuse("forbidden", "the token is of another account")
    is_public = state.feed.settings.public_market_data
    for channel in sorted({channel for channel, _ in state.subscriptions}):
        if policy_refusal(channel, identity, public_market_data=is_public) is not None:
            return refuse("forbidden", f"the token does not cover what is subscribed: {channel}")
    return None


def _accept(state: SessionState, identity: Identity, now_us: int) -> None:
    statistics = state.feed.hub.statistics
    if state.identity is None:
        statistics.connections["anonymous"] -= 1
        statistics.connections["authenticated"] += 1
    state.identity = identity
    state.cancel_timer("authentication")
    expires_us = _expires_us(identity)
    notice_us = expires_us - TOKEN_EXPIRING_NOTICE_MS * 1_000
    state.set_timer("expiry", expires_us, lambda _now_us: _close_expired(state))
    if notice_us <= now_us:
        _notify(state, expires_us)
    else:
        state.set_timer("notice", notice_us, lambda _now_us: _notify(state, expires_us))


def _notify(state: SessionState, expires_us: int) -> None:
    state.cancel_timer("notice")
    state.send(TokenExpiring(expires_us=expires_us))


def _close_anonymous(state: SessionState) -> None:
    state.end(CloseCode.UNAUTHENTICATED, refuse("unauthenticated", "no token came in time"))


def _close_expired(state: SessionState) -> None:
    state.end(CloseCode.UNAUTHENTICATED, refuse("token_expired", "the token has expired"))


def _close_code(refusal: Refusal) -> CloseCode:
    is_token = refusal.code in ("unauthenticated", "token_expired")
    return CloseCode.UNAUTHENTICATED if is_token else CloseCode.FORBIDDEN


def _expires_us(identity: Identity) -> int:
    return int(identity.expires_at_s * _US_PER_S)
