"""List every reason with its number: why a command was refused, why an order was cancelled.

Role: one page that the records, the events and the wire codes share; a refusal's wire code is its
name in lower case. Numbers are journaled: a reason may be added at the end of its block, never
renumbered. Imports the standard library's enum alone.
"""

from enum import IntEnum, unique
from typing import Final


@unique
class Reason(IntEnum):
    """Say why: 0 nothing to say, 1-63 refusals, 64-127 cancels that are no refusal."""

    NONE = 0

    # Refusals, in the order in which the checks are made (docs/EVENTS.md, "Check order").
    UNKNOWN_SYMBOL = 1
    UNKNOWN_ORDER = 2
    HALTED = 3
    CANCEL_ONLY = 4
    POST_ONLY_MARKET = 5
    INVALID_REQUEST = 6
    INVALID_PRICE = 7
    INVALID_QUANTITY = 8
    MAX_QUANTITY = 9
    PRICE_BAND = 10
    MAX_NOTIONAL = 11
    MAX_OPEN_ORDERS = 12
    CAPACITY = 13
    DEADLINE_PASSED = 14
    POST_ONLY_WOULD_CROSS = 15
    FOK_UNFILLABLE = 16
    NO_LIQUIDITY = 17
    SELF_TRADE = 18

    # Why a living order left the book without a fill; a trigger's refusals and SELF_TRADE too.
    USER = 64
    DISCONNECT = 65
    DEAD_MAN = 66
    ADMIN = 67
    MARKET_HALTED = 68
    IOC = 69
    EXPIRED = 70
    AMEND = 71


CANCEL_COMMAND_REASONS: Final = frozenset(
    {Reason.USER, Reason.DISCONNECT, Reason.DEAD_MAN, Reason.ADMIN, Reason.MARKET_HALTED}
)
"""What a `CancelOrder` or `CancelAll` may give as its reason."""

WIRE_NAMES: Final = {reason: reason.name.lower() for reason in Reason} | {
    Reason.MARKET_HALTED: "halted"
}
"""Wire text of each reason; a cancel by a halt is called as the refusal is."""
