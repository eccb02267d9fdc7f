"""Convert between decimal text and whole steps: exactly, or not at all."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import limits
from engine.instruments import Instrument, Step, parse_decimal


@pytest.mark.parametrize(
    ("step", "text", "steps"),
    [
        ("0.01", "100.25", 10_025),
        ("0.01", "100", 10_000),
        ("0.01", "0.10", 10),
        ("0.01", "0.1", 10),
        ("0.01", "0.100000", 10),
        ("0.05", "1.35", 27),
        ("0.25", "1.50", 6),
        ("1", "7", 7),
        ("5", "35", 7),
        ("0.00000001", "92233720368.54775808", 2**63),
        ("0.000000000001", "1", 10**12),
        ("0.01", "0", 0),
        ("0.01", "007.00", 700),
    ],
)
def test_text_becomes_the_exact_number_of_steps(step: str, text: str, steps: int) -> None:
    assert Step.parse(step).count(text) == steps


@pytest.mark.parametrize(
    ("step", "text"),
    [
        ("0.01", "100.255"),
        ("0.01", "0.001"),
        ("0.05", "1.36"),
        ("0.25", "1.3"),
        ("5", "36"),
        ("1", "0.5"),
    ],
)
def test_what_is_no_whole_number_of_steps_is_refused_never_rounded(step: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"decimals|multiple"):
        Step.parse(step).count(text)


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "-1", "+1", "1.", ".5", "1e3", "1E3", "1,5", " 1", "1 ", "1\n", "0x1", "1_000",
        "NaN", "inf", "1.2.3", "١", "１", "1" * 31, "0." + "1" * 19, "--1",
    ],
)  # fmt: skip
def test_bad_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="plain decimal"):
        parse_decimal(text)


@pytest.mark.parametrize("text", ["0", "0.000", "0.0000000000001", "-0.01", "tick", ""])
def test_a_step_is_above_zero_and_not_too_fine(text: str) -> None:
    with pytest.raises(ValueError, match=r"step|decimal"):
        Step.parse(text)


@pytest.mark.parametrize(
    ("step", "steps", "text"),
    [
        ("0.01", 10_025, "100.25"),
        ("0.01", 5, "0.05"),
        ("0.01", 0, "0.00"),
        ("0.0001", 10_000, "1.0000"),
        ("1", 7, "7"),
        ("0.10", 3, "0.30"),
        ("0.25", 5, "1.25"),
    ],
)
def test_steps_are_written_with_exactly_the_decimals_of_the_step(
    step: str, steps: int, text: str
) -> None:
    assert Step.parse(step).text(steps) == text


@given(
    steps=st.integers(0, limits.QUANTITY_LOTS_MAX),
    digits=st.integers(1, 10**6),
    decimals=st.integers(0, limits.DECIMALS_MAX),
)
def test_text_and_back_is_the_same_number(steps: int, digits: int, decimals: int) -> None:
    step = Step(digits, decimals)
    assert step.count(step.text(steps)) == steps


def test_conversion_never_passes_through_a_binary_fraction() -> None:
    random, step = Random(1), Step.parse("0.1")
    for _ in range(1_000):
        steps = random.getrandbits(60)
        whole, tenth = divmod(steps, 10)
        assert step.text(steps) == f"{whole}.{tenth}"
        assert step.count(f"{whole}.{tenth}") == steps


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("symbol", "", "symbol"),
        ("symbol", "acme", "symbol"),
        ("symbol", "A" * 25, "symbol"),
        ("symbol", "A B", "symbol"),
        ("symbol", "A\n", "symbol"),
        ("tick_size", "0", "tick_size"),
        ("tick_size", 0.01, "tick_size"),
        ("lot_size", "-1", "lot_size"),
        ("min_quantity", "0", "min_quantity"),
        ("min_quantity", "0.00005", "min_quantity"),
        ("max_quantity", str(2**48), "max_quantity"),
        ("max_notional", "a lot", "max_notional"),
        ("price_band_pct", "0", "price_band_pct"),
        ("price_band_pct", "5.001", "price_band_pct"),
        ("price_band_pct", "10000.01", "price_band_pct"),
        ("market_protection_pct", "-5", "market_protection_pct"),
    ],
)
def test_an_instrument_names_its_bad_field(field: str, value: object, named: str) -> None:
    fields = {"symbol": "ACME-USD", "tick_size": "0.01", "lot_size": "0.0001"} | {field: value}
    with pytest.raises(ValueError, match=f"^{named}: "):
        Instrument(**fields)  # type: ignore[arg-type]


def test_a_maximum_below_the_minimum_is_refused() -> None:
    with pytest.raises(ValueError, match="max_quantity"):
        Instrument("X", "1", "1", min_quantity="5", max_quantity="4")


def test_limits_come_out_in_whole_units_rounded_inwards() -> None:
    instrument = Instrument(
        "X", "0.05", "0.001", min_quantity="0.002", max_quantity="3", max_notional="10.00007",
        price_band_pct="2.5", market_protection_pct="0.01",
    )  # fmt: skip
    assert instrument.min_quantity_lots == 2
    assert instrument.max_quantity_lots == 3_000
    # One tick times one lot is 0.00005 of quote currency.
    assert instrument.max_notional_units == 200_001
    assert instrument.price_band_basis_points == 250
    assert instrument.market_protection_basis_points == 1


def test_without_limits_there_are_none_but_the_market_protection() -> None:
    instrument = Instrument("X", "1", "1")
    assert instrument.min_quantity_lots == 1
    assert instrument.max_quantity_lots is None
    assert instrument.max_notional_units is None
    assert instrument.price_band_basis_points is None
    assert instrument.market_protection_basis_points == 500
