"""The tape of one symbol and the statistics of its last day."""

import random

import pytest

from app import wire
from app.trade_tape import MINUTE_US, WINDOW_MINUTES, DayStatistics, TradeTape

DAY_US = WINDOW_MINUTES * MINUTE_US
NOON_US = 20_000 * DAY_US + DAY_US // 2


def trade(trade_id: int, engine_us: int = NOON_US) -> wire.Trade:
    return wire.Trade(str(trade_id), "1.00", "1", "buy", engine_us)


def filled_tape(count: int, trades_max: int = 10_000) -> TradeTape:
    tape = TradeTape(trades_max)
    for trade_id in range(1, count + 1):
        tape.add(trade_id, 100, 1, trade(trade_id))
    return tape


def ids(trades: list[wire.Trade]) -> list[str]:
    return [each.trade_id for each in trades]


@pytest.mark.parametrize(
    ("limit", "before_id", "expected"),
    [
        (2, None, ["6", "5"]),
        (99, None, ["6", "5", "4", "3"]),
        (2, 5, ["4", "3"]),
        (99, 3, []),
        (2, 7, ["6", "5"]),
        (2, 99, ["6", "5"]),
    ],
)
def test_the_tape_pages_back_from_the_newest_trade(limit, before_id, expected):
    tape = filled_tape(6, trades_max=4)
    assert ids(tape.recent(limit, before_id)) == expected
    assert (len(tape), tape.last_trade_id) == (4, 6)


def test_a_trade_out_of_order_is_a_bug():
    tape = filled_tape(2)
    with pytest.raises(AssertionError):
        tape.add(4, 100, 1, trade(4))


def test_the_day_has_the_first_price_the_extremes_and_the_volume():
    tape = TradeTape()
    for trade_id, price_ticks in enumerate((100, 90, 120, 110), 1):
        engine_us = NOON_US + trade_id * MINUTE_US
        tape.add(trade_id, price_ticks, 10, trade(trade_id, engine_us))
    assert tape.day(NOON_US + 5 * MINUTE_US) == DayStatistics(100, 120, 90, 40)


def test_what_traded_more_than_a_day_ago_no_longer_counts():
    tape = TradeTape()
    tape.add(1, 500, 7, trade(1, NOON_US))
    tape.add(2, 100, 5, trade(2, NOON_US + MINUTE_US))
    last_minute_of_the_first = NOON_US + DAY_US - MINUTE_US
    assert tape.day(last_minute_of_the_first).high_ticks == 500
    assert tape.day(NOON_US + DAY_US) == DayStatistics(100, 100, 100, 5)
    assert tape.day(NOON_US + DAY_US + MINUTE_US) == DayStatistics()
    assert (tape.last_price_ticks, tape.last_quantity_lots) == (100, 5)


@pytest.mark.parametrize("seed", range(5))
def test_the_day_equals_a_recount_after_random_trades(seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    tape, trades, now_us = TradeTape(), [], NOON_US
    for trade_id in range(1, 300):
        now_us += rng.choice((0, 1_000, MINUTE_US, 90 * MINUTE_US, 9 * 60 * MINUTE_US))
        price_ticks, quantity_lots = rng.randint(1, 99), rng.randint(1, 9)
        trades.append((now_us // MINUTE_US, price_ticks, quantity_lots))
        tape.add(trade_id, price_ticks, quantity_lots, trade(trade_id, now_us))
        recent = [t for t in trades if t[0] > now_us // MINUTE_US - WINDOW_MINUTES]
        prices = [price for _, price, _ in recent]
        volume = sum(quantity for _, _, quantity in recent)
        expected = DayStatistics(prices[0], max(prices), min(prices), volume)
        assert tape.day(now_us) == expected
