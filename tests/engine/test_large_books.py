"""Fill the compiled engine with a million orders, a hundred thousand levels, a thousand symbols."""

from random import Random

import pytest

from engine import limits
from engine.commands import (
    AddInstrument,
    CancelAll,
    CancelOrder,
    Configure,
    Expire,
    NewOrder,
    OrderType,
    Side,
    TimeInForce,
)
from engine.core.kernel import MatchingEngine
from engine.events import (
    CommandCompleted,
    DepthUpdated,
    MatchingEngineEvent,
    OrderCancelled,
    TradeExecuted,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.implementations import EngineClass

MILLION = 1_000_000
LEVELS = 100_000
SYMBOLS = 1_000
X = Instrument("X", "1", "1")


def limit(symbol: str, side: Side, price_ticks: int, lots: int = 1, account: int = 1) -> NewOrder:
    return NewOrder(
        symbol=symbol,
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=lots,
        price_ticks=price_ticks,
    )


def cancelled_ids(events: list[MatchingEngineEvent]) -> list[int]:
    return [event.order_id for event in events if isinstance(event, OrderCancelled)]


def first_trade(events: list[MatchingEngineEvent]) -> TradeExecuted:
    return next(event for event in events if isinstance(event, TradeExecuted))


def test_a_million_orders_at_one_price_are_added_cancelled_and_swept() -> None:
    engine = MatchingEngine([X])
    order = limit("X", Side.SELL, 100)
    for _ in range(MILLION):
        engine.execute(order)
    assert engine.depth("X") == ([], [(100, MILLION, MILLION)])
    middle = range(400_000, 500_000)
    for order_id in middle:
        engine.execute(CancelOrder(symbol="X", account=1, order_id=order_id))
    left = MILLION - len(middle)
    assert engine.depth("X") == ([], [(100, left, left)])
    engine.check_invariants()
    # Up to the hole, then over it: the next to trade is the first behind.
    engine.execute(limit("X", Side.BUY, 100, middle.start - 1, account=2))
    engine.check_invariants()
    assert [order.order_id for order in engine.orders("X")[:2]] == [middle.stop, middle.stop + 1]
    engine.execute(limit("X", Side.BUY, 101, left, account=2))
    rested = middle.start - 1
    assert engine.depth("X") == ([(101, rested, 1)], [])
    assert first_trade(engine.process(limit("X", Side.SELL, 101))).trade_id == left + 1
    engine.check_invariants()


def test_a_hundred_thousand_levels_come_and_go_in_any_order(seed: int) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    random, engine = Random(seed), MatchingEngine([X])
    prices = random.sample(range(1, limits.PRICE_TICKS_MAX), LEVELS)
    best = 0
    for price_ticks in prices:
        engine.execute(limit("X", Side.BUY, price_ticks))
        best = max(best, price_ticks)
        assert engine.best("X") == (best, None)
    expected = sorted(prices, reverse=True)
    assert engine.depth("X", 0) == ([(price, 1, 1) for price in expected], [])
    engine.check_invariants()
    order_ids = list(range(1, LEVELS + 1))
    random.shuffle(order_ids)
    gone, kept = order_ids[: LEVELS // 2], order_ids[LEVELS // 2 :]
    for order_id in gone:
        engine.execute(CancelOrder(symbol="X", account=1, order_id=order_id))
    expected = sorted((prices[order_id - 1] for order_id in kept), reverse=True)
    assert engine.depth("X", 0) == ([(price, 1, 1) for price in expected], [])
    engine.check_invariants()
    events = engine.process(limit("X", Side.SELL, 1, len(kept), account=2))
    trades = [event.price_ticks for event in events if isinstance(event, TradeExecuted)]
    assert trades == expected
    assert engine.best("X") == (None, None)
    engine.check_invariants()


def test_a_thousand_symbols_keep_apart() -> None:
    symbols = [f"S{number}" for number in range(SYMBOLS)]
    engine = MatchingEngine([Instrument(symbol, "1", "1") for symbol in symbols])
    for number, symbol in enumerate(symbols, start=1):
        engine.process(limit(symbol, Side.SELL, 100 + number, 10))
        bought = first_trade(engine.process(limit(symbol, Side.BUY, 100 + number, 4, account=2)))
        assert (bought.symbol, bought.trade_id, bought.price_ticks) == (symbol, 1, 100 + number)
    for number, symbol in enumerate(symbols, start=1):
        assert engine.best(symbol) == (None, 100 + number)
        assert engine.depth(symbol) == ([], [(100 + number, 6, 1)])
    engine.check_invariants()
    events = engine.process(CancelAll(account=1))
    assert cancelled_ids(events) == list(range(1, 2 * SYMBOLS, 2))
    told = [event.symbol for event in events if isinstance(event, DepthUpdated)]
    assert told == symbols


def test_orders_of_a_thousand_symbols_expire_in_one_unit() -> None:
    symbols = [f"S{number}" for number in range(SYMBOLS)]
    engine = MatchingEngine([Instrument(symbol, "1", "1") for symbol in symbols])
    for symbol in reversed(symbols):
        engine.process(
            NewOrder(
                symbol=symbol,
                account=1,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity_lots=1,
                price_ticks=5,
                time_in_force=TimeInForce.GTD,
                expire_at_us=10,
            )
        )
    assert cancelled_ids(engine.process(Expire(received_ns=9_999))) == []
    expired = engine.process(Expire(received_ns=10_000))
    assert cancelled_ids(expired) == list(range(SYMBOLS, 0, -1))
    assert engine.living_orders == 0
    engine.check_invariants()


def test_there_are_as_many_symbols_as_numbers_for_them() -> None:
    engine = MatchingEngine()
    for number in range(limits.SYMBOLS_MAX):
        engine.process(AddInstrument(instrument=Instrument(f"S{number}", "1", "1")))
    last = f"S{limits.SYMBOLS_MAX - 1}"
    engine.process(limit(last, Side.BUY, 7))
    before = engine.book_hash()
    completed = engine.process(AddInstrument(instrument=X))[-1]
    assert isinstance(completed, CommandCompleted)
    assert completed.reason is Reason.CAPACITY
    assert engine.best(last) == (7, None)
    assert engine.book_hash() == before
    with pytest.raises(KeyError):
        engine.best("X")


def test_everybody_s_orders_are_cancelled_at_once_by_ascending_id() -> None:
    engine = MatchingEngine([X, Instrument("Y", "1", "1")])
    orders = [limit("XY"[number % 2], Side.BUY, 1 + number % 50) for number in range(100)]
    count = LEVELS
    for number in range(count):
        engine.execute(orders[number % 100])
    assert cancelled_ids(engine.process(CancelAll(account=1, symbol="Y"))) == list(
        range(2, count + 1, 2)
    )
    engine.check_invariants()
    assert cancelled_ids(engine.process(CancelAll(account=0))) == list(range(1, count + 1, 2))
    assert engine.living_orders == 0
    assert cancelled_ids(engine.process(CancelAll(account=1))) == []
    engine.check_invariants()


@pytest.mark.parametrize("kept_share", [0.0, 0.02, 0.5, 1.0])
def test_an_account_s_orders_are_known_however_many_have_ended(
    kept_share: float, engine_type: EngineClass, seed: int
) -> None:
    """Ended orders are dropped from an account's list now and then; none that lives may be."""
    print(f"DEPTHCAST_SEED={seed}")
    random = Random(seed)
    engine = engine_type([X], configure=Configure(orders_capacity=10_000))
    kept: dict[int, list[int]] = {1: [], 2: []}
    for order_id in range(1, 6_001):
        account = random.choice((1, 1, 1, 2))
        engine.process(limit("X", Side.BUY, random.randint(1, 40), account=account))
        if random.random() < kept_share:
            kept[account].append(order_id)
        else:
            engine.process(CancelOrder(symbol="X", account=account, order_id=order_id))
    for account, order_ids in kept.items():
        assert cancelled_ids(engine.process(CancelAll(account=account))) == order_ids
        engine.check_invariants()
    assert engine.orders("X") == []
