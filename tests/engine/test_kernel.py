"""The in-process API at its edges: wrong calls, full capacity, the largest numbers, old orders."""

import doctest
from typing import Any

import msgspec
import pytest

import engine.core.kernel
from engine import limits
from engine.commands import (
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Configure,
    Expire,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
)
from engine.core.kernel import MatchingEngine
from engine.events import (
    CommandCompleted,
    MatchingEngineEvent,
    OrderAdded,
    OrderCancelled,
    OrderMatched,
    TradeExecuted,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.implementations import EngineClass

ACME = Instrument("ACME-USD", "0.01", "0.0001")


def limit(account: int, side: Side, lots: int, ticks: int, **fields: Any) -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=lots,
        price_ticks=ticks,
        **fields,
    )


def cancel(order_id: int) -> CancelOrder:
    return CancelOrder(symbol="ACME-USD", account=0, order_id=order_id)


def reason(events: list[MatchingEngineEvent]) -> Reason:
    completed = events[-1]
    assert isinstance(completed, CommandCompleted)
    return completed.reason


def only(kind: type, events: list[MatchingEngineEvent]) -> Any:
    [event] = (event for event in events if isinstance(event, kind))
    return event


def test_the_example_of_the_docstring_works() -> None:
    [example] = doctest.DocTestFinder().find(
        MatchingEngine, "MatchingEngine", module=engine.core.kernel
    )[:1]
    results = doctest.DocTestRunner().run(example)
    assert results.attempted == 4
    assert results.failed == 0


@pytest.mark.parametrize("call", ["best", "depth", "orders"])
def test_a_symbol_that_is_not_listed_is_a_key_error(engine_type: EngineClass, call: str) -> None:
    with pytest.raises(KeyError, match="NONE"):
        getattr(engine_type([ACME]), call)("NONE")


@pytest.mark.parametrize("thing", [None, 5, "cancel", ACME])
def test_what_is_no_command_is_a_type_error_and_no_command(thing: Any) -> None:
    market = MatchingEngine([ACME])
    with pytest.raises(TypeError, match="not a command"):
        market.process(thing)
    assert market.command_seq == 2
    assert reason(market.process(Expire())) is Reason.NONE
    market.check_invariants()


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"price_ticks": 2**63}, Reason.INVALID_PRICE),
        ({"price_ticks": 2**200}, Reason.INVALID_PRICE),
        ({"price_ticks": limits.PRICE_TICKS_MAX + 1}, Reason.INVALID_PRICE),
        ({"price_ticks": 0}, Reason.INVALID_PRICE),
        ({"price_ticks": -(2**200)}, Reason.INVALID_PRICE),
        ({"quantity_lots": 0}, Reason.INVALID_QUANTITY),
        ({"quantity_lots": -(2**200)}, Reason.INVALID_QUANTITY),
        ({"quantity_lots": limits.QUANTITY_LOTS_MAX + 1}, Reason.MAX_QUANTITY),
        ({"quantity_lots": 2**200}, Reason.MAX_QUANTITY),
        ({"display_lots": 0}, Reason.INVALID_QUANTITY),
        ({"display_lots": 2**200}, Reason.INVALID_QUANTITY),
        ({"account": 0}, Reason.INVALID_REQUEST),
        ({"account": -(2**200)}, Reason.INVALID_REQUEST),
        ({"account": limits.ACCOUNTS_MAX}, Reason.INVALID_REQUEST),
        ({"account": 2**200}, Reason.INVALID_REQUEST),
        ({"deadline_us": -1}, Reason.DEADLINE_PASSED),
        ({"expire_at_us": 2**200}, Reason.INVALID_REQUEST),
    ],
)
def test_a_number_out_of_range_is_refused(
    engine_type: EngineClass, fields: dict[str, int], expected: Reason
) -> None:
    market = engine_type([ACME])
    before = market.book_hash()
    given = {"account": 1, "side": Side.BUY, "lots": 5, "ticks": 5}
    order = limit(**given)  # type: ignore[arg-type]
    for name, value in fields.items():
        order = msgspec.structs.replace(order, **{name: value})
    assert reason(market.process(order)) is expected
    assert market.book_hash() == before
    market.check_invariants()


@pytest.mark.parametrize("order_id", [0, -1, 2, 2**32 + 1, 2**53, 2**63, 2**64 + 1])
def test_an_id_that_names_no_order_is_refused(engine_type: EngineClass, order_id: int) -> None:
    """Also one whose low half is that of a living order."""
    market = engine_type([ACME])
    market.process(limit(1, Side.BUY, 5, 5))
    assert reason(market.process(cancel(order_id))) is Reason.UNKNOWN_ORDER
    amend = AmendOrder(symbol="ACME-USD", account=1, order_id=order_id, quantity_lots=1)
    assert reason(market.process(amend)) is Reason.UNKNOWN_ORDER
    assert reason(market.process(cancel(1))) is Reason.NONE


def test_orders_up_to_the_capacity_are_taken_and_no_more(engine_type: EngineClass) -> None:
    market = engine_type([ACME], configure=Configure(orders_capacity=8, levels_capacity=3))
    for number in range(8):
        assert reason(market.process(limit(1, Side.BUY, 1, 5 + number % 3))) is Reason.NONE
    assert reason(market.process(limit(1, Side.BUY, 1, 5))) is Reason.CAPACITY
    assert reason(market.process(cancel(1))) is Reason.NONE
    assert reason(market.process(limit(1, Side.BUY, 1, 9))) is Reason.CAPACITY, "a fourth level"
    assert reason(market.process(limit(1, Side.BUY, 1, 5))) is Reason.NONE
    assert reason(market.process(limit(2, Side.SELL, 2, 1))) is Reason.CAPACITY
    assert reason(market.process(CancelAll(account=1))) is Reason.NONE
    assert reason(market.process(limit(2, Side.SELL, 2, 1))) is Reason.NONE
    market.check_invariants()


def test_an_engine_that_was_not_configured_refuses_everything_else() -> None:
    market = MatchingEngine.unconfigured()
    refused: list[Command] = [
        AddInstrument(instrument=ACME),
        limit(1, Side.BUY, 1, 1),
        CancelAll(account=1),
        Expire(),
        Configure(),
    ]
    for command in refused:
        assert reason(market.process(command)) is Reason.INVALID_REQUEST
    assert market.living_orders == 0


def test_the_largest_orders_trade_and_their_sums_pass_64_bits(engine_type: EngineClass) -> None:
    price, lots = limits.PRICE_TICKS_MAX, limits.QUANTITY_LOTS_MAX
    market = engine_type([ACME])
    market.process(limit(1, Side.SELL, lots, price))
    taken = [(2, 1), (3, lots // 2), (4, lots - lots // 2 - 1)]
    total = 0
    for account, quantity in taken:
        events = market.process(limit(account, Side.BUY, quantity, price))
        maker, taker = (event for event in events if isinstance(event, OrderMatched))
        total += quantity * price
        assert maker.price_quantity_sum == total
        assert taker.price_quantity_sum == quantity * price
    assert total == lots * price > 2**87
    assert market.depth("ACME-USD") == ([], [])


def test_a_level_holds_so_many_lots_and_no_more(engine_type: EngineClass) -> None:
    configure = Configure(orders_capacity=20_000, levels_capacity=4)
    market = engine_type([ACME], configure=configure)
    whole = limits.LEVEL_QUANTITY_LOTS_MAX // limits.QUANTITY_LOTS_MAX
    for _ in range(whole):
        market.process(limit(1, Side.BUY, limits.QUANTITY_LOTS_MAX, 1))
    rest = limits.LEVEL_QUANTITY_LOTS_MAX - whole * limits.QUANTITY_LOTS_MAX
    assert reason(market.process(limit(1, Side.BUY, rest + 1, 1))) is Reason.CAPACITY
    assert reason(market.process(limit(1, Side.BUY, rest, 1))) is Reason.NONE
    assert reason(market.process(limit(1, Side.BUY, 1, 1))) is Reason.CAPACITY
    [(_, quantity, _)], [] = market.depth("ACME-USD")
    assert quantity == limits.LEVEL_QUANTITY_LOTS_MAX


def test_orders_that_outlive_many_rounds_of_ids_are_still_found() -> None:
    """A small engine's ids go round its index ten thousand times while some orders rest."""
    market = MatchingEngine([ACME], configure=Configure(orders_capacity=24, levels_capacity=24))
    rests: dict[int, int] = {}
    for number in range(200_000):
        side = Side.BUY if number % 2 else Side.SELL
        ticks = 100 + number % 7 if side is Side.SELL else 50 + number % 7
        events = market.process(limit(1 + number % 3, side, 2, ticks))
        order_id = only(OrderAdded, events).order_id
        assert order_id == number + 1
        if number % 9_000 == 0 and len(rests) < 20:
            rests[order_id] = ticks
            continue
        if number % 500 == 0 and rests:
            oldest = next(iter(rests))
            amend = AmendOrder(
                symbol="ACME-USD", account=1 + (oldest - 1) % 3, order_id=oldest, quantity_lots=1
            )
            assert reason(market.process(amend)) is Reason.NONE
        assert reason(market.process(cancel(order_id))) is Reason.NONE
        assert reason(market.process(cancel(order_id))) is Reason.UNKNOWN_ORDER
        if number % 20_000 == 0:
            market.check_invariants()
    assert sorted(order.order_id for order in market.orders("ACME-USD")) == sorted(rests)
    assert market.living_orders == len(rests) == 20
    for order_id in rests:
        assert only(OrderCancelled, market.process(cancel(order_id))).order_id == order_id
    assert market.living_orders == 0
    market.check_invariants()


def test_one_order_sweeps_five_thousand(engine_type: EngineClass) -> None:
    market = engine_type([ACME])
    for number in range(5_000):
        market.process(limit(1 + number % 9, Side.SELL, 1, 1_000 - number // 50))
    events = market.process(
        limit(99, Side.BUY, 6_000, 1_000, self_trade_prevention=SelfTradePrevention.NONE)
    )
    trades = [event for event in events if isinstance(event, TradeExecuted)]
    assert [trade.trade_id for trade in trades] == list(range(1, 5_001))
    assert [trade.price_ticks for trade in trades] == sorted(t.price_ticks for t in trades)
    assert market.depth("ACME-USD") == ([(1_000, 1_000, 1)], [])
    assert len({event.seq for event in events}) == len(events)
    market.check_invariants()


def test_depth_shows_so_many_levels_or_all(engine_type: EngineClass) -> None:
    market = engine_type([ACME])
    for ticks in range(1, 301):
        market.process(limit(1, Side.BUY, ticks, ticks))
    rows = [(ticks, ticks, 1) for ticks in range(300, 0, -1)]
    assert market.depth("ACME-USD") == (rows[:10], [])
    assert market.depth("ACME-USD", 0) == (rows, [])
    assert market.depth("ACME-USD", levels=299) == (rows[:299], [])
    assert market.best("ACME-USD") == (300, None)


def test_a_call_can_leave_the_events_undecoded() -> None:
    market, decoded = MatchingEngine([ACME]), MatchingEngine([ACME])
    order = limit(1, Side.BUY, 5, 5)
    slots = market.execute(order)
    decoded.process(order)
    assert market.records() == decoded.records()
    assert len(market.records()) == 64 * slots
    events: list[MatchingEngineEvent] = []
    market.process_into(Expire(), events)
    market.process_into(Expire(), events)
    assert [type(event) for event in events] == [CommandCompleted] * 2
    assert market.command_seq == 5
