"""Describe an instrument and convert its prices and quantities, exactly.

Role: the only place where decimal text becomes ticks or lots and back. Integers throughout; a
number that is not a multiple of its step is refused, never rounded. Imports no float, no decimal
context, nothing outside `engine`.
"""

import re
from collections.abc import Callable
from typing import Final

import msgspec

from engine import limits

_SYMBOL: Final = re.compile(r"[A-Z0-9._-]{1,24}")
_DECIMAL: Final = re.compile(r"([0-9]{1,30})(?:\.([0-9]{1,18}))?")


def parse_decimal(text: str) -> tuple[int, int]:
    """Return `(digits, decimals)` of plain decimal text: "10.50" is (1050, 2).

    Raises ValueError for a sign, an exponent, blanks, a bare point or anything else.
    """
    match = _DECIMAL.fullmatch(text)
    if match is None:
        raise ValueError(f"not a plain decimal: {text!r}")
    whole, fraction = match.group(1), match.group(2) or ""
    return int(whole + fraction), len(fraction)


class Step(msgspec.Struct, frozen=True):
    """Convert between decimal text and whole multiples of one step (a tick or a lot).

    `digits` x 10^-`decimals` is the step: "0.05" has digits 5, decimals 2.
    """

    digits: int
    decimals: int

    @classmethod
    def parse(cls, text: str) -> "Step":
        """Read a step such as "0.01"; raises ValueError when it is zero or too fine."""
        digits, decimals = parse_decimal(text)
        if digits == 0:
            raise ValueError(f"a step must be above zero: {text!r}")
        if decimals > limits.DECIMALS_MAX:
            raise ValueError(f"a step has at most {limits.DECIMALS_MAX} decimals: {text!r}")
        return cls(digits, decimals)

    def count(self, text: str) -> int:
        """Return how many steps `text` is; raises ValueError when that is not a whole number."""
        digits, decimals = parse_decimal(text)
        if decimals > self.decimals:
            digits, surplus = divmod(digits, _power_of_ten(decimals - self.decimals))
            if surplus:
                raise ValueError(f"{text!r} has too many decimals")
        else:
            digits *= _power_of_ten(self.decimals - decimals)
        steps, surplus = divmod(digits, self.digits)
        if surplus:
            raise ValueError(f"{text!r} is not a multiple of the step")
        return steps

    def text(self, steps: int) -> str:
        """Return the decimal text of `steps`, with exactly the step's decimals."""
        digits = steps * self.digits
        if self.decimals == 0:
            return str(digits)
        padded = str(digits).rjust(self.decimals + 1, "0")
        return f"{padded[: -self.decimals]}.{padded[-self.decimals :]}"


class Instrument(msgspec.Struct, frozen=True):
    """Hold what is fixed (symbol, steps) and what may change (limits) of one instrument.

    All amounts are decimal text as an operator writes them. `max_notional` is in quote currency,
    the two percentages have at most two decimals. Raises ValueError naming the field at fault.
    """

    symbol: str
    tick_size: str
    lot_size: str
    min_quantity: str | None = None
    max_quantity: str | None = None
    max_notional: str | None = None
    price_band_pct: str | None = None
    market_protection_pct: str | None = None

    def __post_init__(self) -> None:
        """Check every field, so that an instrument that exists is a valid one."""
        if _SYMBOL.fullmatch(self.symbol) is None:
            raise ValueError(f"symbol: 1-24 of A-Z 0-9 . _ - expected, not {self.symbol!r}")
        for field in ("tick_size", "lot_size"):
            _named(field, Step.parse, getattr(self, field))
        for field in ("min_quantity", "max_quantity"):
            if getattr(self, field) is not None:
                _named(field, self._quantity_limit, getattr(self, field))
        if self.max_notional is not None:
            _named("max_notional", parse_decimal, self.max_notional)
        for field in ("price_band_pct", "market_protection_pct"):
            if getattr(self, field) is not None:
                _named(field, _basis_points, getattr(self, field))
        if self.max_quantity_lots is not None and self.max_quantity_lots < self.min_quantity_lots:
            raise ValueError("max_quantity: it is below min_quantity")

    @property
    def tick(self) -> Step:
        """Return the price step."""
        return Step.parse(self.tick_size)

    @property
    def lot(self) -> Step:
        """Return the quantity step."""
        return Step.parse(self.lot_size)

    @property
    def min_quantity_lots(self) -> int:
        """Return the smallest order, one lot where nothing else was said."""
        return 1 if self.min_quantity is None else self.lot.count(self.min_quantity)

    @property
    def max_quantity_lots(self) -> int | None:
        """Return the largest order in lots, None where only the width bounds it."""
        return None if self.max_quantity is None else self.lot.count(self.max_quantity)

    @property
    def max_notional_units(self) -> int | None:
        """Return the largest price_ticks x quantity_lots, rounded inwards; None when unlimited."""
        if self.max_notional is None:
            return None
        digits, decimals = parse_decimal(self.max_notional)
        tick, lot = self.tick, self.lot
        scaled = digits * _power_of_ten(tick.decimals + lot.decimals)
        return scaled // (_power_of_ten(decimals) * tick.digits * lot.digits)

    @property
    def price_band_basis_points(self) -> int | None:
        """Return the price band in hundredths of a percent, None when there is none."""
        return None if self.price_band_pct is None else _basis_points(self.price_band_pct)

    @property
    def market_protection_basis_points(self) -> int:
        """Return how far a market order without a band may trade from the reference."""
        if self.market_protection_pct is None:
            return limits.MARKET_PROTECTION_BASIS_POINTS_DEFAULT
        return _basis_points(self.market_protection_pct)

    def _quantity_limit(self, text: str) -> int:
        lots = self.lot.count(text)
        if not 1 <= lots <= limits.QUANTITY_LOTS_MAX:
            raise ValueError(f"{text!r} is outside 1 lot to 2^48 - 1 lots")
        return lots


def _power_of_ten(exponent: int) -> int:
    """Return 10^exponent; typed, since a negative exponent would make it a fraction."""
    assert exponent >= 0
    power: int = 10**exponent
    return power


def _basis_points(text: str) -> int:
    points = Step(1, 2).count(text)
    if not 1 <= points <= limits.BASIS_POINTS_MAX:
        raise ValueError(f"{text!r} is not between 0.01 and 10000 percent")
    return points


def _named(field: str, convert: Callable[[str], object], text: str) -> None:
    if not isinstance(text, str):
        raise ValueError(f"{field}: a decimal string expected, not {text!r}")
    try:
        convert(text)
    except ValueError as error:
        raise ValueError(f"{field}: {error}") from None
