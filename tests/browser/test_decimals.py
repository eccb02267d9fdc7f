"""The exact decimals of the page, held against Python's."""

import random
from decimal import Decimal

import pytest

from tests.browser.modules import Modules

DECIMAL = "market/decimal.js"


@pytest.mark.parametrize(
    ("text", "decimals", "units"),
    [
        ("1", 2, 100),
        ("1.5", 2, 150),
        ("0.05", 2, 5),
        ("007.50", 2, 750),
        ("90071992547409930.01", 2, 9007199254740993001),
        ("1.005", 2, None),
        ("-1", 2, None),
        ("+1", 2, None),
        ("1e3", 2, None),
        (" 1", 2, None),
        ("1.", 2, None),
        (".5", 2, None),
        ("", 2, None),
        ("1,5", 2, None),
    ],
)
def test_a_text_is_units_exactly_or_nothing(
    modules: Modules, text: str, decimals: int, units: int | None
) -> None:
    call = "({toUnits}, [text, decimals]) => toUnits(text, decimals)?.toString() ?? null"
    found = modules.run(DECIMAL, call, [text, decimals])
    assert found == (None if units is None else str(units))


def test_random_sums_products_and_orders_agree_with_exact_decimals(modules: Modules) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    pairs = [[_decimal(dice), _decimal(dice)] for _ in range(300)]
    call = """({multiplyDecimals, subtractDecimals, compareDecimals}, pairs) =>
      pairs.map(([a, b]) =>
        [multiplyDecimals(a, b), subtractDecimals(a, b), Math.sign(compareDecimals(a, b))])"""
    for (a, b), (product, difference, order) in zip(
        pairs, modules.run(DECIMAL, call, pairs), strict=True
    ):
        left, right = Decimal(a), Decimal(b)
        assert Decimal(product) == left * right
        assert Decimal(difference) == left - right
        assert order == (left > right) - (left < right)


def _decimal(dice: random.Random) -> str:
    decimals = dice.randrange(9)
    units = dice.randrange(10 ** dice.randrange(1, 10))
    return format(Decimal(units).scaleb(-decimals), "f")


@pytest.mark.parametrize(
    ("text", "step", "direction", "expected"),
    [
        ("100.00", "0.01", 1, "100.01"),
        ("100.00", "0.01", -1, "99.99"),
        ("0.10", "0.05", 1, "0.15"),
        ("0.12", "0.05", 1, "0.15"),
        ("0.12", "0.05", -1, "0.10"),
        ("", "0.25", 1, "0.25"),
        ("0.01", "0.01", -1, "0.01"),
        ("nonsense", "1", 1, "1"),
    ],
)
def test_a_step_lands_on_a_multiple_and_never_below_one_step(
    modules: Modules, text: str, step: str, direction: int, expected: str
) -> None:
    call = "({stepDecimal}, [text, step, direction]) => stepDecimal(text, step, direction)"
    assert modules.run(DECIMAL, call, [text, step, direction]) == expected


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("100.00", "101.50", "+1.50"),
        ("100.00", "99.99", "-0.01"),
        ("100.00", "100.00", "+0.00"),
        ("0.00", "1.00", None),
        (None, "1.00", None),
        ("1.00", None, None),
    ],
)
def test_the_change_is_told_in_percent(
    modules: Modules, first: str | None, last: str | None, expected: str | None
) -> None:
    call = "({changePercent}, [first, last]) => changePercent(first, last)"
    assert modules.run(DECIMAL, call, [first, last]) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1234567.1234567", "1\u2009234\u2009567.1234567"), ("999", "999"), ("0.5", "0.5")],
)
def test_only_the_whole_part_is_grouped(modules: Modules, text: str, expected: str) -> None:
    assert (
        modules.run(DECIMAL, "({groupThousands}, text) => groupThousands(text)", text) == expected
    )
