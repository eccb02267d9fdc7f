"""The depth handler, fed by the readable engine."""

import random

import pytest

from engine.commands import AmendOrder, CancelAll, CancelOrder, MarketState, SetMarketState, Side
from engine.commands import TimeInForce as Time
from engine.events import DepthUpdated
from tests.handlers.market_events import BETA, Flow, is_accepted


def test_listing_the_instruments_gives_each_an_empty_book_in_order():
    flow = Flow()
    assert list(flow.market.instruments) == ["ACME-USD", "BETA-USD"] == flow.told.instruments
    assert flow.market.instruments["BETA-USD"] == BETA


@pytest.mark.parametrize("single", [False, True], ids=["batches", "single events"])
def test_the_book_is_what_the_engine_says(single):
    flow = Flow(single=single)
    flow.send(flow.buy(99), flow.buy(98, 5), flow.sell(101, 7))
    assert flow.book.top(Side.BUY, 0) == [(99, 10), (98, 5)]
    assert flow.book.top(Side.SELL, 0) == [(101, 7)]


@pytest.mark.parametrize(("single", "calls"), [(False, 1), (True, 3)])
def test_the_listener_hears_once_per_batch_and_symbol(single, calls):
    flow = Flow(single=single)
    flow.send(flow.buy(99), flow.buy(98), flow.sell(101))
    assert len(flow.told.depth) == calls
    changes = [change for _, changes in flow.told.depth for change in changes]
    assert changes == [(Side.BUY, 99), (Side.BUY, 98), (Side.SELL, 101)]


def test_two_symbols_of_one_batch_are_told_apart():
    flow = Flow()
    flow.send(flow.buy(99), flow.buy(50, symbol="BETA-USD"))
    assert [symbol for symbol, _ in flow.told.depth] == ["ACME-USD", "BETA-USD"]
    assert (flow.book.seq, flow.market.book("BETA-USD").seq) == (1, 1)


def test_seq_counts_the_units_and_keeps_their_time():
    flow = Flow()
    flow.send(flow.buy(99), flow.buy(99), flow.sell(101))
    assert (flow.book.seq, flow.book.engine_us) == (3, flow.now_ns // 1_000)


def seq_of(prepare, act):
    """Return by how much `act` raises seq after `prepare`; both get a flow and return commands."""
    flow = Flow()
    flow.send(*prepare(flow))
    before = flow.book.seq
    events = flow.send(*act(flow))
    levels_changed = any(type(event) is DepthUpdated for event in events)
    return flow.book.seq - before, levels_changed, is_accepted(events)


SEQ_CASES = [
    ("a trade", lambda f: [f.sell(101)], lambda f: [f.buy(101, 4)], 1, True),
    (
        "a replenished slice: a print, and the level as before",
        lambda f: [f.sell(101, 30, display_lots=10)],
        lambda f: [f.buy(101, 10)],
        1,
        False,
    ),
    (
        "an iceberg's hidden part raised: it loses its place alone",
        lambda f: [f.sell(101, 30, display_lots=10), f.sell(101)],
        lambda f: [AmendOrder(symbol="ACME-USD", account=2, order_id=1, quantity_lots=40)],
        1,
        False,
    ),
    (
        "an expiry replaced by an equal order",
        lambda f: [f.buy(99, time_in_force=Time.GTD, expire_at_us=f.now_ns // 1_000 + 5)],
        lambda f: [f.buy(99, received_ns=f.now_ns + 9_000)],
        1,
        False,
    ),
    (
        "the same values again",
        lambda f: [f.buy(99)],
        lambda f: [AmendOrder(symbol="ACME-USD", account=1, order_id=1, price_ticks=99)],
        0,
        False,
    ),
    (
        "an iceberg's hidden part reduced: it keeps its place",
        lambda f: [f.sell(101, 30, display_lots=10)],
        lambda f: [AmendOrder(symbol="ACME-USD", account=2, order_id=1, quantity_lots=20)],
        0,
        False,
    ),
    (
        "an order that finds nothing",
        lambda f: [f.buy(99)],
        lambda f: [f.sell(100, time_in_force=Time.IOC)],
        0,
        False,
    ),
    (
        "nothing to cancel",
        lambda f: [f.buy(99)],
        lambda f: [CancelAll(account=3)],
        0,
        False,
    ),
]


@pytest.mark.parametrize(
    ("prepare", "act", "counted", "levels_changed"),
    [case[1:] for case in SEQ_CASES],
    ids=[case[0] for case in SEQ_CASES],
)
def test_seq_counts_what_changes_the_book_order_by_order(prepare, act, counted, levels_changed):
    assert seq_of(prepare, act) == (counted, levels_changed, True)


def test_a_refused_command_counts_nothing():
    flow = Flow()
    flow.send(flow.buy(99))
    events = flow.send(CancelOrder(symbol="ACME-USD", account=2, order_id=1))
    assert (is_accepted(events), flow.book.seq) == (False, 1)


def test_a_market_state_is_kept_and_told():
    flow = Flow()
    flow.send(SetMarketState(symbol="ACME-USD", state=MarketState.HALTED))
    assert flow.market.state("ACME-USD") is MarketState.HALTED
    assert flow.market.state("BETA-USD") is MarketState.OPEN
    assert flow.told.instruments[2:] == ["ACME-USD"]


def test_a_crossed_book_is_reported():
    flow = Flow()
    flow.send(flow.buy(99))
    crossing = DepthUpdated(
        seq=1,
        symbol="ACME-USD",
        engine_ns=1,
        side=Side.SELL,
        price_ticks=99,
        quantity_lots=1,
        order_count=1,
    )
    flow.feed([crossing])
    assert flow.crossed == ["ACME-USD"]


@pytest.mark.parametrize("seed", range(3))
def test_the_book_stays_the_engines_under_random_orders(seed):
    print(f"seed {seed}")
    rng = random.Random(seed)
    flow = Flow()
    for _ in range(100):
        commands = [
            flow.order(rng.choice(list(Side)), rng.randint(90, 110), rng.randint(1, 50), account)
            for account in rng.choices(range(1, 5), k=rng.randint(1, 5))
        ]
        flow.send(*commands)
        bids, asks = flow.engine.depth("ACME-USD", levels=0)
        assert flow.book.top(Side.BUY, 0) == [(price, lots) for price, lots, _ in bids]
        assert flow.book.top(Side.SELL, 0) == [(price, lots) for price, lots, _ in asks]
    assert flow.crossed == []
