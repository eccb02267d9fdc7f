"""Say recorded prices and sizes in an instrument's decimals, and read them back.

Role: exact conversion between LOBSTER's cents and shares and the wire's decimal strings.
Imports decimal and msgspec; never a float.
"""

from decimal import Decimal
from typing import Final

import msgspec

from app.client.messages import Instrument

CENT_DECIMALS: Final = 2


class Unsuitable(ValueError):
    """An instrument cannot hold the recorded prices and sizes."""


class Amounts(msgspec.Struct, frozen=True):
    """The decimals of one instrument whose steps hold every cent and every share."""

    price_decimals: int
    quantity_decimals: int

    def price_text(self, cents: int) -> str:
        """Return a price as the wire has it."""
        return _text(cents * 10 ** (self.price_decimals - CENT_DECIMALS), self.price_decimals)

    def quantity_text(self, shares: int) -> str:
        """Return a quantity as the wire has it."""
        return _text(shares * 10**self.quantity_decimals, self.quantity_decimals)

    def cents(self, price: str) -> int:
        """Read a price of the wire."""
        return _units(price, self.price_decimals - CENT_DECIMALS)

    def shares(self, quantity: str) -> int:
        """Read a quantity of the wire."""
        return _units(quantity, self.quantity_decimals)


def amounts_of(instrument: Instrument) -> Amounts:
    """Return the conversion for an instrument; raises Unsuitable where a step is too coarse."""
    cent = Decimal(1).scaleb(-CENT_DECIMALS)
    if cent % Decimal(instrument.tick_size) != 0:
        raise Unsuitable(f"{instrument.symbol} trades in ticks of {instrument.tick_size}, not 0.01")
    smallest = max(Decimal(instrument.lot_size), Decimal(instrument.min_quantity or 0))
    if smallest > 1 or 1 % Decimal(instrument.lot_size) != 0:
        raise Unsuitable(f"{instrument.symbol} does not trade single units, only {smallest}")
    return Amounts(_decimals(instrument.tick_size), _decimals(instrument.lot_size))


def _decimals(text: str) -> int:
    return len(text.partition(".")[2])


def _text(units: int, decimals: int) -> str:
    if decimals == 0:
        return str(units)
    digits = str(units).zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def _units(text: str, decimals: int) -> int:
    """Return a decimal in coarser units, `decimals` digits of which must be zero."""
    scale: int = 10**decimals
    units, surplus = divmod(int(text.replace(".", "", 1)), scale)
    assert surplus == 0, f"{text} is finer than anything recorded"
    return units
