"""Find out who asks: the Bearer token of a request, verified once until it expires.

Role: between the header and auth.tokens. Sans-I/O: the clock is an argument. Owned by the event
loop's thread.
"""

from typing import Final

from app.errors import Refusal, refuse
from app.observe.metrics import Metrics
from auth import policy, tokens
from auth.tokens import Identity, Verifier

TOKENS_CACHED_MAX: Final = 4_096
"""Verified tokens that are remembered: some 3 MB. The oldest goes first."""


class Authenticator:
    """Verify tokens and scopes; a token once verified is looked up until it expires."""

    def __init__(self, verifier: Verifier, metrics: Metrics, *, public_market_data: bool) -> None:
        """Verify with `verifier`; refusals are counted in `metrics`."""
        self._verifier = verifier
        self._metrics = metrics
        self._public_market_data = public_market_data
        self._identities: dict[bytes, Identity] = {}

    def is_open(self, action: str | None) -> bool:
        """Tell whether an action needs no token at all."""
        if action is None:
            return True
        public = self._public_market_data
        return policy.refusal(action, None, public_market_data=public) is None

    def admit(self, action: str, header: bytes | None, now_s: float) -> Identity | Refusal:
        """Return who asks, allowed to do `action`, or the refusal; O(1) for a known token."""
        identity = self._identities.get(header) if header is not None else None
        if identity is None or now_s >= identity.expires_at_s:
            verified = self._verified(header, now_s)
            if isinstance(verified, Refusal):
                return verified
            identity = verified
        refused = policy.refusal(action, identity, public_market_data=self._public_market_data)
        return identity if refused is None else self._refusal(refused)

    def _verified(self, header: bytes | None, now_s: float) -> Identity | Refusal:
        if header is None:
            self._metrics.auth_failures.add(tokens.Reason.NO_TOKEN.value)
            return refuse("unauthenticated", "a Bearer token is needed")
        token = tokens.bearer_token(header.decode("latin-1"))
        identity = (
            token if isinstance(token, tokens.Refusal) else self._verifier.verify(token, now_s)
        )
        if isinstance(identity, tokens.Refusal):
            self._identities.pop(header, None)
            return self._refusal(identity)
        if len(self._identities) >= TOKENS_CACHED_MAX:
            del self._identities[next(iter(self._identities))]
        self._identities[header] = identity
        return identity

    def _refusal(self, refused: tokens.Refusal) -> Refusal:
        self._metrics.auth_failures.add(refused.reason.value)
        return refuse(refused.code.value, refused.detail)
