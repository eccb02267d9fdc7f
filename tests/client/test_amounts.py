"""Check the exact conversion between recorded amounts and the wire's."""

import pytest

from app.client.amounts import Unsuitable, amounts_of
from app.client.messages import Instrument


@pytest.mark.parametrize(
    ("tick", "lot", "cents", "price", "shares", "quantity"),
    [
        ("0.01", "1", 57_940, "579.40", 300, "300"),
        ("0.01", "1", 5, "0.05", 1, "1"),
        ("0.0001", "0.001", 57_940, "579.4000", 300, "300.000"),
        ("0.005", "0.5", 57_940, "579.400", 3, "3.0"),
        ("0.01", "1", 2**62, "46116860184273879.04", 2**60, str(2**60)),
    ],
)
def test_amounts_survive_the_way_to_the_wire_and_back(
    tick: str, lot: str, cents: int, price: str, shares: int, quantity: str
) -> None:
    amounts = amounts_of(Instrument(symbol="GOOG", tick_size=tick, lot_size=lot))
    assert (amounts.price_text(cents), amounts.quantity_text(shares)) == (price, quantity)
    assert (amounts.cents(price), amounts.shares(quantity)) == (cents, shares)


@pytest.mark.parametrize(
    ("tick", "lot", "least"),
    [
        ("0.05", "1", "1"),
        ("0.003", "1", "1"),
        ("1", "1", "1"),
        ("0.01", "100", "100"),
        ("0.01", "0.3", "0.3"),
        ("0.01", "1", "10"),
    ],
)
def test_an_instrument_with_coarser_steps_is_unsuitable(tick: str, lot: str, least: str) -> None:
    instrument = Instrument(symbol="GOOG", tick_size=tick, lot_size=lot, min_quantity=least)
    with pytest.raises(Unsuitable, match="GOOG"):
        amounts_of(instrument)
