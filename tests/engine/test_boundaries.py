"""Go to the last value of every width and past it, on both implementations: refusals, not wraps."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine import limits
from engine.commands import (
    AddAccount,
    AmendOrder,
    CancelOrder,
    Configure,
    NewOrder,
    OrderType,
    Side,
    TimeInForce,
)
from engine.events import (
    CommandCompleted,
    MatchingEngineEvent,
    OrderAdded,
    OrderMatched,
    OrderStatusChanged,
    Role,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.implementations import Engine, EngineClass

X = Instrument("X", "1", "1")
PRICE, LOTS = limits.PRICE_TICKS_MAX, limits.QUANTITY_LOTS_MAX
LEVEL_LOTS, ID = limits.LEVEL_QUANTITY_LOTS_MAX, limits.SEQUENCE_MAX
NOWHERE = (0, -1, 2, 2**32 + 1, ID, ID + 1, 2**63, 2**64 + 1, -(2**63))
"""Numbers that no order has, some of them order 1's in their low 32 or 64 bits."""


def limit(side: Side, lots: int, price_ticks: int, account: int = 1, **fields: Any) -> NewOrder:
    return NewOrder(
        symbol="X",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=lots,
        price_ticks=price_ticks,
        **fields,
    )


def opened(engine_type: EngineClass, **settings: Any) -> Engine:
    return engine_type([X], configure=Configure(**settings))


def reason_of(events: Sequence[MatchingEngineEvent]) -> Reason:
    completed = events[-1]
    assert isinstance(completed, CommandCompleted)
    return completed.reason


def sums(events: Sequence[MatchingEngineEvent], role: Role) -> list[int]:
    matches = [event for event in events if isinstance(event, OrderMatched)]
    return [match.price_quantity_sum for match in matches if match.role is role]


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (limit(Side.BUY, 1, PRICE), Reason.NONE),
        (limit(Side.BUY, 1, PRICE + 1), Reason.INVALID_PRICE),
        (limit(Side.BUY, 1, 2**64 + 1), Reason.INVALID_PRICE),
        (limit(Side.BUY, 1, -(2**64) + 1), Reason.INVALID_PRICE),
        (limit(Side.BUY, LOTS, 1), Reason.NONE),
        (limit(Side.BUY, LOTS + 1, 1), Reason.MAX_QUANTITY),
        (limit(Side.BUY, 2**64 + 1, 1), Reason.MAX_QUANTITY),
        (limit(Side.BUY, -(2**64) + 1, 1), Reason.INVALID_QUANTITY),
        (limit(Side.BUY, LOTS, 1, display_lots=LOTS), Reason.NONE),
        (limit(Side.BUY, LOTS, 1, display_lots=2**64 + 1), Reason.INVALID_QUANTITY),
        (limit(Side.BUY, 1, 1, limits.ACCOUNTS_MAX - 1), Reason.NONE),
        (limit(Side.BUY, 1, 1, limits.ACCOUNTS_MAX), Reason.INVALID_REQUEST),
        (limit(Side.BUY, 1, 1, 2**32 + 1), Reason.INVALID_REQUEST),
        (limit(Side.BUY, 1, 1, deadline_us=ID), Reason.NONE),
        (limit(Side.BUY, 1, 1, time_in_force=TimeInForce.GTD, expire_at_us=ID), Reason.NONE),
    ],
)
def test_the_last_value_is_taken_and_the_next_is_refused(
    order: NewOrder, reason: Reason, engine_type: EngineClass
) -> None:
    engine = opened(engine_type)
    assert reason_of(engine.process(order)) is reason
    engine.check_invariants()
    states = [(state.price_ticks, state.quantity_lots) for state in engine.orders("X")]
    accepted = [(order.price_ticks, order.quantity_lots)] if reason is Reason.NONE else []
    assert states == accepted


def test_the_last_ids_and_numbers_are_given_and_found(engine_type: EngineClass) -> None:
    engine = opened(engine_type, next_order_id=ID - 1, next_event_seq=ID - 30)
    for order_id in (ID - 1, ID):
        added = engine.process(limit(Side.BUY, 4, 7))[-3]
        assert isinstance(added, OrderAdded)
        assert added.order_id == order_id
    amend = AmendOrder(symbol="X", account=1, order_id=ID, quantity_lots=3)
    assert reason_of(engine.process(amend)) is Reason.NONE
    assert engine.depth("X") == ([(7, 7, 2)], [])
    events = engine.process(CancelOrder(symbol="X", account=1, order_id=ID))
    assert reason_of(events) is Reason.NONE
    assert [order.order_id for order in engine.orders("X")] == [ID - 1]
    assert ID - 30 < events[-1].seq < ID
    engine.check_invariants()


@pytest.mark.parametrize("order_id", NOWHERE)
def test_a_number_that_no_order_has_is_unknown(order_id: int, engine_type: EngineClass) -> None:
    engine = opened(engine_type)
    engine.process(limit(Side.BUY, 5, 100))
    before = engine.book_hash()
    cancel = CancelOrder(symbol="X", account=1, order_id=order_id)
    amend = AmendOrder(symbol="X", account=1, order_id=order_id, quantity_lots=2)
    assert reason_of(engine.process(cancel)) is Reason.UNKNOWN_ORDER
    assert reason_of(engine.process(amend)) is Reason.UNKNOWN_ORDER
    assert engine.book_hash() == before


def test_an_order_that_was_filled_or_cancelled_is_unknown(engine_type: EngineClass) -> None:
    engine = opened(engine_type)
    engine.process(limit(Side.SELL, 5, 100))
    engine.process(limit(Side.BUY, 5, 100, 2))
    engine.process(limit(Side.SELL, 5, 100))
    engine.process(CancelOrder(symbol="X", account=1, order_id=3))
    for order_id, account in ((1, 1), (2, 2), (3, 1)):
        cancel = CancelOrder(symbol="X", account=account, order_id=order_id)
        assert reason_of(engine.process(cancel)) is Reason.UNKNOWN_ORDER
    # What they left behind is given out again, and is somebody else's now.
    engine.process(limit(Side.SELL, 6, 101))
    assert reason_of(engine.process(cancel)) is Reason.UNKNOWN_ORDER
    assert engine.depth("X") == ([], [(101, 6, 1)])
    engine.check_invariants()


@pytest.mark.parametrize(
    "fills",
    [
        pytest.param([(1, 1), (2**20, 2**43 - 1)], id="just below 2^63"),
        pytest.param([(2**20, 2**42), (2**20, 2**42)], id="2^63"),
        pytest.param([(2**20, 2**43 - 1), (2**20, 1), (2**20 + 1, 1)], id="just above 2^63"),
        pytest.param([(2**30, 2**33), (2**30, 2**33 - 1)], id="just below 2^64"),
        pytest.param([(2**30, 2**33), (2**30, 2**33)], id="2^64"),
        pytest.param([(1, 5), (2**30, 2**34 - 1), (2**30 + 1, 1)], id="just above 2^64"),
        pytest.param([(2**32 - 1, 2**32 + 1), (2**32, 1)], id="2^64 - 1, and over"),
        pytest.param([(PRICE, LOTS)], id="the largest fill"),
        pytest.param([(PRICE, 1)] * 3 + [(PRICE, LOTS - 3)], id="the largest order in parts"),
    ],
)
def test_sums_are_exact_beyond_64_bits(
    fills: list[tuple[int, int]], engine_type: EngineClass
) -> None:
    engine = opened(engine_type)
    for price_ticks, lots in fills:
        engine.process(limit(Side.SELL, lots, price_ticks))
    events = engine.process(limit(Side.BUY, sum(lots for _, lots in fills), PRICE, 2))
    products = [price_ticks * lots for price_ticks, lots in fills]
    assert sums(events, Role.MAKER) == products
    taken = [sum(products[: count + 1]) for count in range(len(products))]
    assert sums(events, Role.TAKER) == taken
    statuses = [event for event in events if isinstance(event, OrderStatusChanged)]
    assert statuses[-1].price_quantity_sum == taken[-1]
    engine.check_invariants()


def test_a_makers_sum_grows_through_2_to_the_64th(engine_type: EngineClass) -> None:
    engine = opened(engine_type)
    engine.process(limit(Side.SELL, LOTS, PRICE))
    lots, expected = 2**22, 0
    for _ in range(8):
        expected += PRICE * lots
        events = engine.process(limit(Side.BUY, lots, PRICE, 2))
        assert sums(events, Role.MAKER) == [expected]
        assert engine.orders("X")[0].price_quantity_sum == expected
    assert expected > 2**64


def test_a_full_book_refuses_and_has_room_again_after_a_cancel(engine_type: EngineClass) -> None:
    engine = opened(engine_type, orders_capacity=3, levels_capacity=2)
    for price_ticks in (100, 100, 99):
        assert reason_of(engine.process(limit(Side.BUY, 1, price_ticks))) is Reason.NONE
    assert reason_of(engine.process(limit(Side.BUY, 1, 100))) is Reason.CAPACITY
    engine.process(CancelOrder(symbol="X", account=1, order_id=1))
    # Room for an order, none for a level.
    assert reason_of(engine.process(limit(Side.SELL, 1, 101))) is Reason.CAPACITY
    assert reason_of(engine.process(limit(Side.BUY, 1, 98))) is Reason.CAPACITY
    assert reason_of(engine.process(limit(Side.BUY, 1, 99))) is Reason.NONE
    engine.check_invariants()


def test_orders_that_stay_are_found_while_the_ids_go_round_a_small_index(
    engine_type: EngineClass,
) -> None:
    engine = opened(engine_type, orders_capacity=16)
    kept = []
    for number in range(1, 3_000):
        engine.process(limit(Side.BUY, 1, 100 + number % 7))
        if number % 301 == 0:
            kept.append(number)
        else:
            cancel = CancelOrder(symbol="X", account=1, order_id=number)
            assert reason_of(engine.process(cancel)) is Reason.NONE
    assert sorted(order.order_id for order in engine.orders("X")) == kept
    engine.check_invariants()
    for order_id in kept:
        cancel = CancelOrder(symbol="X", account=1, order_id=order_id)
        assert reason_of(engine.process(cancel)) is Reason.NONE
    assert engine.depth("X") == ([], [])
    engine.check_invariants()


def test_a_level_takes_its_largest_sum_and_not_a_lot_more(engine_type: EngineClass) -> None:
    engine = opened(engine_type)
    whole, rest = divmod(LEVEL_LOTS, LOTS)
    for _ in range(whole):
        engine.process(limit(Side.BUY, LOTS, 100))
    assert reason_of(engine.process(limit(Side.BUY, rest + 1, 100))) is Reason.CAPACITY
    assert reason_of(engine.process(limit(Side.BUY, rest, 100))) is Reason.NONE
    assert engine.depth("X") == ([(100, LEVEL_LOTS, whole + 1)], [])
    assert reason_of(engine.process(limit(Side.BUY, 1, 100))) is Reason.CAPACITY
    raised = AmendOrder(symbol="X", account=1, order_id=whole + 1, quantity_lots=rest + 1)
    assert reason_of(engine.process(raised)) is Reason.CAPACITY
    assert reason_of(engine.process(limit(Side.BUY, LOTS, 101))) is Reason.NONE
    engine.process(CancelOrder(symbol="X", account=1, order_id=1))
    assert reason_of(engine.process(limit(Side.BUY, LOTS, 100))) is Reason.NONE
    engine.check_invariants()


@pytest.mark.parametrize("account", [0, -1, limits.ACCOUNTS_MAX, 2**32 + 1, 2**64 + 1])
def test_a_number_that_no_account_can_have_is_refused(
    account: int, engine_type: EngineClass
) -> None:
    engine = opened(engine_type)
    assert reason_of(engine.process(AddAccount(account=account))) is Reason.INVALID_REQUEST
    assert reason_of(engine.process(limit(Side.BUY, 1, 1, account))) is Reason.INVALID_REQUEST
    assert engine.orders("X") == []
