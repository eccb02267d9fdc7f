"""Say no: every refusal code with its HTTP status, and every WebSocket close code.

    Refusal            a value: what a caller did wrong or what the server cannot do now
    DepthcastError     what may be raised at the edge
    ├── SettingsError  a wrong option or file: one line, exit code 2 (app/settings.py)
    └── EngineStopped  the engine thread is gone; the process is about to end

Role: one table for REST and WebSocket (docs/PROTOCOL.md, "Codes"). Sans-I/O; imports msgspec alone.
"""

from enum import IntEnum, unique
from typing import Final

import msgspec


class DepthcastError(Exception):
    """Be the root of everything this project raises at its edge."""


class EngineStopped(DepthcastError):
    """The engine thread ended while somebody still waits for it."""


class FieldError(msgspec.Struct, frozen=True):
    """Name one field at fault."""

    field: str
    detail: str


class Refusal(msgspec.Struct, frozen=True):
    """Answer no, with the code of the contract and a sentence for a person.

    `status` replaces the code's own where the contract makes an exception; `replayed` marks the
    first outcome of a `client_order_id`, told again.
    """

    code: str
    detail: str
    retry_after_ms: int | None = None
    errors: tuple[FieldError, ...] = ()
    status: int | None = None
    replayed: bool = False


STATUS_BY_CODE: Final[dict[str, int]] = {
    "invalid_json": 400,
    "invalid_request": 400,
    "unauthenticated": 401,
    "token_expired": 401,
    "forbidden": 403,
    "account_blocked": 403,
    "unknown_order": 404,
    "unknown_symbol": 404,
    "not_found": 404,
    "method_not_allowed": 405,
    "already_done": 409,
    "duplicate_client_order_id": 409,
    "halted": 409,
    "cancel_only": 409,
    "post_only_market": 409,
    "too_large": 413,
    "unsupported_media_type": 415,
    "invalid_price": 422,
    "invalid_quantity": 422,
    "invalid_side": 422,
    "invalid_time_in_force": 422,
    "max_quantity": 422,
    "max_notional": 422,
    "price_band": 422,
    "max_open_orders": 422,
    "capacity": 422,
    "deadline_passed": 422,
    "post_only_would_cross": 422,
    "fok_unfillable": 422,
    "no_liquidity": 422,
    "self_trade": 422,
    "rate_limited": 429,
    "internal": 500,
    "engine_busy": 503,
    "outcome_unknown": 503,
    "shutting_down": 503,
}
"""One status per code (a price or quantity given as a JSON number is 400 with its own code)."""

TEMPORARY_CODES: Final = frozenset(
    {"rate_limited", "engine_busy", "outcome_unknown", "shutting_down"}
)
"""Codes that the same request may outlive: they carry `retry_after_ms`."""

RETRY_AFTER_MS_DEFAULT: Final = 1_000


@unique
class CloseCode(IntEnum):
    """Close a WebSocket; docs/PROTOCOL.md says for each whether to come back."""

    INVALID_REQUEST = 4400
    UNAUTHENTICATED = 4401
    FORBIDDEN = 4403
    TOO_SLOW = 4408
    REPLACED = 4409
    TOO_LARGE = 4413
    RATE_LIMITED = 4429
    SHUTTING_DOWN = 4503


def refuse(code: str, detail: str, *errors: FieldError) -> Refusal:
    """Build a refusal of a known code; a temporary one says when to come back."""
    assert code in STATUS_BY_CODE, code
    retry_after_ms = RETRY_AFTER_MS_DEFAULT if code in TEMPORARY_CODES else None
    return Refusal(code, detail, retry_after_ms, errors)
