"""Name every bound of the engine once, with its reason.

Role: the widths and capacities that the kernel, the twin and the gateway obey. Imports nothing.
"""

from typing import Final

PRICE_TICKS_MAX: Final = 2**40 - 1
"""Largest price. With `QUANTITY_LOTS_MAX` it keeps one order's price x quantity sum below 2^88."""

QUANTITY_LOTS_MAX: Final = 2**48 - 1
"""Largest order. An order's sum fits the 96 bits that a fill record has for it."""

LEVEL_QUANTITY_LOTS_MAX: Final = 2**62
"""Largest visible sum of one level: it stays in a signed 64-bit integer with room to add."""

ORDER_SUM_BITS: Final = 96
"""Width of an order's sum of price x quantity in a fill record."""

SYMBOL_LENGTH_MAX: Final = 24
CLIENT_ORDER_ID_LENGTH_MAX: Final = 64
ACCOUNT_NAME_LENGTH_MAX: Final = 64
EPOCH_LENGTH_MAX: Final = 64

DECIMALS_MAX: Final = 12
"""Most decimals of a tick or lot size; more than any venue quotes."""

SLICES_MAX: Final = 1_000
"""Most displayed slices of one iceberg: bounds the records of one command."""

ORDERS_CAPACITY_DEFAULT: Final = 2**20
"""Living orders (resting and waiting stops) in one engine."""

LEVELS_CAPACITY_DEFAULT: Final = 2**18
"""Price levels in one engine, both sides of all symbols."""

ORDERS_CAPACITY_MAX: Final = 2**26
"""An order's slot and its index stay in 32 bits with a spare value for "none"."""

SYMBOLS_MAX: Final = 2**16
ACCOUNTS_MAX: Final = 2**22
"""Registries are arrays by number; these bound their memory."""

MARKET_PROTECTION_BASIS_POINTS_DEFAULT: Final = 500
"""A market order without a band trades at most 5 % through the reference price."""

BASIS_POINTS: Final = 10_000
BASIS_POINTS_MAX: Final = 1_000_000
"""Widest band, 10,000 %: price x (basis points) stays below 2^63."""

SEQUENCE_MAX: Final = 2**53 - 1
"""Sequence numbers and ids survive a trip through a JSON number."""

assert (PRICE_TICKS_MAX * QUANTITY_LOTS_MAX).bit_length() <= 88 < ORDER_SUM_BITS
assert QUANTITY_LOTS_MAX <= LEVEL_QUANTITY_LOTS_MAX < 2**63 - QUANTITY_LOTS_MAX
assert PRICE_TICKS_MAX * (BASIS_POINTS + BASIS_POINTS_MAX) < 2**63
assert ORDERS_CAPACITY_DEFAULT <= ORDERS_CAPACITY_MAX < 2**31
