"""Say for each close code whether and how to come back (docs/PROTOCOL.md, "Close codes").

Role: one row per code. Sans-I/O; imports msgspec alone.
"""

from enum import StrEnum, unique
from typing import Final

import msgspec


@unique
class Return(StrEnum):
    """Whether a client comes back after a connection ended."""

    NEVER = "never"
    NEW_TOKEN = "new_token"
    BACKOFF = "backoff"
    WHEN_TOLD = "when_told"


class ClosePolicy(msgspec.Struct, frozen=True):
    """How to come back, and a sentence for a person."""

    rule: Return
    advice: str


POLICIES: Final[dict[int, ClosePolicy]] = {
    1009: ClosePolicy(Return.NEVER, "a message was too large"),
    4400: ClosePolicy(Return.NEVER, "the server could not read our messages"),
    4401: ClosePolicy(Return.NEW_TOKEN, "the token is missing, wrong or expired"),
    4403: ClosePolicy(Return.NEVER, "this account may not connect"),
    4408: ClosePolicy(Return.BACKOFF, "we read too slowly"),
    4409: ClosePolicy(Return.NEVER, "an administrator closed the connection"),
    4413: ClosePolicy(Return.NEVER, "a message was too large"),
    4429: ClosePolicy(Return.WHEN_TOLD, "too many messages"),
    4503: ClosePolicy(Return.WHEN_TOLD, "the server is restarting"),
}

LOST: Final = ClosePolicy(Return.BACKOFF, "the connection was lost")


def close_policy(code: int) -> ClosePolicy:
    """Return what a close code asks of us; anything not in the table is a lost connection."""
    return POLICIES.get(code, LOST)
