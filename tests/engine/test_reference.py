"""Break the twin's state by hand: every invariant must name what is wrong."""

from collections.abc import Callable

import pytest

from engine import limits
from engine.commands import NewOrder, OrderType, Side
from engine.events import OrderStatus
from engine.instruments import Instrument
from engine.reasons import Reason
from engine.reference import ReferenceEngine
from engine.reference_book import Level, rank, within
from engine.reference_invariants import InvariantBroken, check_market
from engine.reference_market import Market
from engine.reference_meeting import band_ticks

X = Instrument("X", "1", "1")


def market() -> Market:
    """Return a market with bids 1 and 2 at 100, an ask 3 at 110 and a waiting buy stop 4."""
    engine = ReferenceEngine([X])
    for account, side, kind, price, stop in (
        (1, Side.BUY, OrderType.LIMIT, 100, None),
        (2, Side.BUY, OrderType.LIMIT, 100, None),
        (3, Side.SELL, OrderType.LIMIT, 110, None),
        (4, Side.BUY, OrderType.STOP, None, 120),
    ):
        engine.process(
            NewOrder(
                symbol="X",
                account=account,
                side=side,
                type=kind,
                quantity_lots=5,
                price_ticks=price,
                stop_price_ticks=stop,
            )
        )
    engine.check_invariants()
    return engine._market


def move_ask(broken: Market) -> None:
    asks, ask = broken.books["X"].sides[Side.SELL], broken.orders[3]
    asks.remove(ask)
    ask.price_ticks = 100
    asks.add(ask)


def keep_an_empty_level(broken: Market) -> None:
    broken.books["X"].sides[Side.BUY].levels[-90] = Level(90)


def lose_an_order(broken: Market) -> None:
    del broken.orders[2]


def hide_without_an_iceberg(broken: Market) -> None:
    broken.books["X"].sides[Side.BUY].show(broken.orders[1], 3)


def set_order(field: str, value: object) -> Callable[[Market], None]:
    return lambda broken: setattr(broken.orders[1], field, value)


def set_stop(field: str, value: object) -> Callable[[Market], None]:
    return lambda broken: setattr(broken.orders[4], field, value)


def set_book(field: str, value: object) -> Callable[[Market], None]:
    return lambda broken: setattr(broken.books["X"], field, value)


def drift(broken: Market) -> None:
    level = broken.books["X"].sides[Side.BUY].best
    assert level is not None
    level.visible_lots += 1


def expect_an_expiry(broken: Market) -> None:
    broken.books["X"].expiries.add((5, 1))


def miscount(broken: Market) -> None:
    broken.open_orders[1] += 1


@pytest.mark.parametrize(
    ("breaks", "named"),
    [
        (move_ask, "crossed or locked"),
        (keep_an_empty_level, "an empty level is gone"),
        (lose_an_order, "living orders and standing orders"),
        (hide_without_an_iceberg, "only icebergs hide"),
        (set_order("price_ticks", 99), "at its own price"),
        (set_order("side", Side.SELL), "on its own side"),
        (set_order("visible_lots", 0), "shows something"),
        (set_order("quantity_lots", 3), "quantity is conserved"),
        (set_order("quantity_lots", 6), "the sum counts"),
        (set_order("status", OrderStatus.FILLED), "is living"),
        (set_stop("status", OrderStatus.OPEN), "is untriggered"),
        (set_book("last_price_ticks", 120), "no stop waits"),
        (drift, "sum of its orders"),
        (expect_an_expiry, "expiry index"),
        (miscount, "counted by account"),
    ],
)
def test_a_broken_invariant_is_named(breaks: Callable[[Market], None], named: str) -> None:
    broken = market()
    breaks(broken)
    with pytest.raises(InvariantBroken, match=named):
        check_market(broken)


def test_one_helper_knows_which_price_is_better() -> None:
    assert rank(Side.BUY, 101) < rank(Side.BUY, 100)
    assert rank(Side.SELL, 100) < rank(Side.SELL, 101)


@pytest.mark.parametrize(
    ("side", "price_ticks", "bound_ticks", "accepted"),
    [
        (Side.BUY, 99, 100, True),
        (Side.BUY, 100, 100, True),
        (Side.BUY, 101, 100, False),
        (Side.SELL, 101, 100, True),
        (Side.SELL, 100, 100, True),
        (Side.SELL, 99, 100, False),
    ],
)
def test_a_taker_trades_at_its_bound_or_better(
    side: Side, price_ticks: int, bound_ticks: int, accepted: bool
) -> None:
    assert within(side, price_ticks, bound_ticks) is accepted


@pytest.mark.parametrize(
    ("reference", "basis_points", "low", "high"),
    [
        (100, 500, 95, 105),
        (150, 50, 150, 150),
        (999, 10, 999, 999),
        (1_000, 10, 999, 1_001),
        (1, 500, 1, 1),
        (7, 20_000, 1, 21),
        (limits.PRICE_TICKS_MAX, 1, 1099401676613, 1099621578937),
    ],
)
def test_a_band_is_rounded_inwards(reference: int, basis_points: int, low: int, high: int) -> None:
    assert band_ticks(reference, basis_points) == (low, high)


def test_no_reason_is_falsy_and_every_other_one_is_true() -> None:
    """The ladders of the twin climb with `or`."""
    assert not Reason.NONE
    assert all(reason for reason in Reason if reason is not Reason.NONE)
