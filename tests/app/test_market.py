"""The public market state, given what it folds."""

import random

import pytest

from app import wire
from app.depth_book import DepthBook
from app.market import Listing, MarketData
from engine.commands import MarketState, Side
from engine.instruments import Instrument

NOON_US = 1_700_000_000_000_000
ACME = Instrument("ACME-USD", tick_size="0.05", lot_size="0.0001", max_quantity="100")


def test_an_empty_book_has_no_best_prices_and_is_not_crossed():
    book = DepthBook()
    assert (book.best_bid, book.best_ask, book.crossed(), book.seq) == (None, None, False, 0)
    assert book.top(Side.BUY, 0) == []


@pytest.mark.parametrize(
    ("side", "prices_best_first"), [(Side.BUY, [30, 20, 10]), (Side.SELL, [10, 20, 30])]
)
def test_levels_come_best_first(side, prices_best_first):
    book = DepthBook()
    for price_ticks in (20, 10, 30):
        book.apply(side, price_ticks, price_ticks * 2)
    whole = [(price_ticks, price_ticks * 2) for price_ticks in prices_best_first]
    assert book.top(side, 0) == book.top(side, 9) == whole
    assert book.top(side, 2) == whole[:2]


def test_a_level_of_quantity_zero_is_gone_and_going_twice_is_harmless():
    book = DepthBook()
    book.apply(Side.SELL, 10, 5)
    book.apply(Side.SELL, 11, 7)
    for _ in range(2):
        book.apply(Side.SELL, 10, 0)
    assert (book.best_ask, book.quantity(Side.SELL, 10), book.quantity(Side.SELL, 11)) == (11, 0, 7)
    assert book.level_count(Side.SELL) == 1


@pytest.mark.parametrize(
    ("bid", "ask", "crossed"), [(9, 10, False), (10, 10, True), (11, 10, True)]
)
def test_a_book_is_crossed_when_its_best_prices_meet(bid, ask, crossed):
    book = DepthBook()
    book.apply(Side.BUY, bid, 1)
    book.apply(Side.SELL, ask, 1)
    assert book.crossed() is crossed


@pytest.mark.parametrize("seed", range(5))
def test_a_book_equals_a_plain_dictionary_after_random_changes(seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    book, plain = DepthBook(), {}
    for _ in range(1_000):
        price_ticks, quantity_lots = rng.randint(1, 40), rng.choice((0, 0, 1, 2, 3))
        book.apply(Side.BUY, price_ticks, quantity_lots)
        plain[price_ticks] = quantity_lots
    levels = {price: quantity for price, quantity in plain.items() if quantity}
    assert book.top(Side.BUY, 0) == sorted(levels.items(), reverse=True)


def test_a_ticker_is_null_where_there_is_nothing():
    ticker = Listing(ACME).ticker(NOON_US)
    assert (ticker.bid, ticker.ask_quantity, ticker.last, ticker.open, ticker.engine_us) == (
        None,
    ) * 5
    assert (ticker.seq, ticker.volume) == (0, "0.0000")


def test_a_ticker_has_the_decimals_of_its_instrument():
    listing = Listing(ACME)
    listing.book.apply(Side.BUY, 2_000, 15_000)
    listing.book.apply(Side.SELL, 2_001, 1)
    listing.book.advance(NOON_US)
    trade = wire.Trade("1", "100.05", "2.0000", "buy", NOON_US)
    listing.tape.add(1, 2_001, 20_000, trade)
    ticker = listing.ticker(NOON_US)
    assert (ticker.bid, ticker.bid_quantity) == ("100.00", "1.5000")
    assert (ticker.ask, ticker.ask_quantity) == ("100.05", "0.0001")
    assert (ticker.last, ticker.last_quantity, ticker.volume) == ("100.05", "2.0000", "2.0000")
    assert (ticker.open, ticker.high, ticker.low) == ("100.05",) * 3
    assert (ticker.seq, ticker.engine_us) == (1, NOON_US)


def test_an_instrument_shows_its_limits_in_its_own_decimals():
    market = MarketData()
    market.add_instrument(ACME)
    market.listings["ACME-USD"].state = MarketState.POST_ONLY
    info = market.instrument_info("ACME-USD")
    assert (info.min_quantity, info.max_quantity, info.max_notional) == ("0.0001", "100.0000", None)
    assert (info.state, market.state("ACME-USD")) == ("post_only", MarketState.POST_ONLY)


def test_an_unknown_symbol_has_no_listing():
    market = MarketData()
    assert market.listing("NOPE") is None
    with pytest.raises(KeyError):
        market.book("NOPE")
