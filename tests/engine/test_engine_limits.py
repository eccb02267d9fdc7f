"""Hold the engine's bounds against the records and hashes that rely on them."""

from engine import limits
from engine.hashing import ORDER_BYTES
from engine.instruments import Instrument
from engine.reasons import CANCEL_COMMAND_REASONS, WIRE_NAMES, Reason

SIGNED_64_MAX = 2**63 - 1


def test_the_widths_are_those_that_were_promised() -> None:
    assert limits.PRICE_TICKS_MAX == 2**40 - 1
    assert limits.QUANTITY_LOTS_MAX == 2**48 - 1
    assert limits.LEVEL_QUANTITY_LOTS_MAX == 2**62
    assert limits.SLICES_MAX == 1_000


def test_the_widest_order_fits_its_bytes() -> None:
    widest = limits.PRICE_TICKS_MAX * limits.QUANTITY_LOTS_MAX
    assert widest.bit_length() <= limits.ORDER_SUM_BITS <= 128
    flags = 1 | 4 << 1
    assert ORDER_BYTES.pack(
        limits.SEQUENCE_MAX, limits.ACCOUNTS_MAX, 2, 4, 4, flags,
        *[limits.QUANTITY_LOTS_MAX] * 6, widest & 2**64 - 1, widest >> 64, limits.SEQUENCE_MAX,
    )  # fmt: skip


def test_a_level_can_take_one_more_order_without_wrapping() -> None:
    assert limits.LEVEL_QUANTITY_LOTS_MAX + limits.QUANTITY_LOTS_MAX <= SIGNED_64_MAX


def test_the_widest_band_is_computed_in_64_bits() -> None:
    widest = limits.PRICE_TICKS_MAX * (limits.BASIS_POINTS + limits.BASIS_POINTS_MAX)
    assert widest <= SIGNED_64_MAX


def test_the_longest_symbol_is_a_symbol() -> None:
    assert Instrument("A" * limits.SYMBOL_LENGTH_MAX, "1", "1").symbol


def test_refusals_and_cancels_are_numbered_in_their_blocks() -> None:
    names = [reason for reason in Reason if 0 < reason < 64]
    assert [int(reason) for reason in names] == list(range(1, len(names) + 1))
    assert all(reason >= 64 for reason in CANCEL_COMMAND_REASONS)


def test_every_reason_has_a_wire_name() -> None:
    assert set(WIRE_NAMES) == set(Reason)
    assert WIRE_NAMES[Reason.POST_ONLY_WOULD_CROSS] == "post_only_would_cross"
    assert WIRE_NAMES[Reason.MARKET_HALTED] == WIRE_NAMES[Reason.HALTED] == "halted"
