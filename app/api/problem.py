"""Turn refusals into RFC 9457 problems with their status and headers.

Role: the one place where REST says no. Sans-I/O.
"""

from typing import Final

import msgspec

from app import wire
from app.errors import Refusal

CONTENT_TYPE: Final = "application/problem+json"

NO_STORE: Final = (b"cache-control", b"no-store")
NO_SNIFFING: Final = (b"x-content-type-options", b"nosniff")

# What remains of a body that is too large is not read: its connection cannot be used again.
_CLOSE: Final = (b"connection", b"close")

_CHALLENGES: Final = {
    "unauthenticated": b'Bearer realm="depthcast"',
    "token_expired": b'Bearer realm="depthcast", error="invalid_token"',
}

Headers = tuple[tuple[bytes, bytes], ...]


def problem_headers(refusal: Refusal) -> Headers:
    """Return the headers that say the same as the problem to generic clients."""
    headers: list[tuple[bytes, bytes]] = []
    if refusal.retry_after_ms is not None:
        seconds = -(-refusal.retry_after_ms // 1_000)
        headers.append((b"retry-after", str(seconds).encode()))
    if refusal.code in _CHALLENGES:
        headers.append((b"www-authenticate", _CHALLENGES[refusal.code]))
    if refusal.code == "too_large":
        headers.append(_CLOSE)
    return tuple(headers)


def problem_body(refusal: Refusal) -> tuple[int, bytes]:
    """Return the status and the JSON of a refusal."""
    problem = wire.problem(refusal)
    return problem.status, msgspec.json.encode(problem)
