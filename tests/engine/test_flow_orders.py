"""Hold the flow's own bookkeeping to what rests in the market."""

from random import Random

import pytest

from engine.commands import OrderType, Side
from engine.flow_orders import Amend, OpenOrder, OpenOrders, Place, Trader


def order(order_id: int, side: Side = Side.BUY, price_ticks: int = 100) -> OpenOrder:
    return OpenOrder(order_id, Trader.MAKER_1, side, price_ticks, 10)


def ids(orders: OpenOrders) -> set[int]:
    return {each.order_id for each in orders}


def test_every_trader_has_a_label_fit_for_an_account_name() -> None:
    assert [trader.label for trader in Trader] == [
        "maker-1",
        "maker-2",
        "maker-3",
        "patient-1",
        "patient-2",
        "taker-1",
        "taker-2",
    ]


def test_orders_are_found_by_place_whatever_was_removed(seed: int) -> None:
    print(f"seed {seed}")
    random, orders, known = Random(seed), OpenOrders(), dict[int, OpenOrder]()
    for order_id in range(1, 2_000):
        side = random.choice(list(Side))
        known[order_id] = order(order_id, side, random.randint(1, 30))
        orders.add(known[order_id])
        if random.random() < 0.7:
            gone = random.choice(sorted(known))
            del known[gone]
            orders.remove(gone)
        assert len(orders) == len(known)
    assert {orders[place].order_id for place in range(len(orders))} == set(known)
    for side in Side:
        assert orders.count(side) == sum(each.side is side for each in known.values())


def test_removing_what_is_not_known_does_nothing() -> None:
    orders = OpenOrders()
    orders.add(order(1))
    orders.remove(2)
    assert ids(orders) == {1}


def test_an_order_added_again_is_replaced() -> None:
    orders = OpenOrders()
    orders.add(order(1, price_ticks=100))
    orders.add(order(1, price_ticks=90))
    assert len(orders) == 1
    assert orders[0].price_ticks == 90


@pytest.mark.parametrize(
    ("side", "best_ticks", "left"),
    [
        (Side.BUY, 101, {1, 2, 3}),
        (Side.BUY, 100, {1, 2, 3}),
        (Side.BUY, 99, {1, 2}),
        (Side.BUY, 97, set()),
        (Side.BUY, None, set()),
        (Side.SELL, 97, {1, 2, 3}),
        (Side.SELL, 98, {1, 2, 3}),
        (Side.SELL, 99, {2, 3}),
        (Side.SELL, 101, set()),
        (Side.SELL, None, set()),
    ],
)
def test_orders_better_than_the_best_price_have_been_traded(
    side: Side, best_ticks: int | None, left: set[int]
) -> None:
    orders = OpenOrders()
    for order_id, price_ticks in ((1, 98), (2, 99), (3, 100)):
        orders.add(order(order_id, side, price_ticks))
    orders.add(order(9, side.opposite, 500))
    orders.forget_traded(side, best_ticks)
    assert ids(orders) == left | {9}
    assert orders.count(side) == len(left)


def test_a_placed_order_rests_with_what_is_left_of_it() -> None:
    orders = OpenOrders()
    place = Place(trader=Trader.PATIENT_1, side=Side.SELL, quantity_lots=10, price_ticks=105)
    orders.placed(4, place, quantity_lots=3)
    assert list(orders) == [OpenOrder(4, Trader.PATIENT_1, Side.SELL, 105, 3)]


def test_an_order_without_a_price_cannot_rest() -> None:
    place = Place(trader=Trader.TAKER_1, side=Side.BUY, quantity_lots=1, type=OrderType.MARKET)
    with pytest.raises(AssertionError, match="does not rest"):
        OpenOrders().placed(1, place)


@pytest.mark.parametrize(
    ("amend", "expected"),
    [
        (Amend(trader=Trader.MAKER_1, order_id=1, price_ticks=90), (90, 10)),
        (Amend(trader=Trader.MAKER_1, order_id=1, quantity_lots=5), (100, 5)),
        (Amend(trader=Trader.MAKER_1, order_id=1, price_ticks=90, quantity_lots=5), (90, 5)),
    ],
)
def test_an_amended_order_rests_as_amended(amend: Amend, expected: tuple[int, int]) -> None:
    orders = OpenOrders()
    orders.add(order(1))
    orders.amended(amend)
    assert (orders[0].price_ticks, orders[0].quantity_lots) == expected


def test_an_amend_of_an_order_that_is_gone_brings_nothing_back() -> None:
    orders = OpenOrders()
    orders.amended(Amend(trader=Trader.MAKER_1, order_id=1, price_ticks=90))
    assert len(orders) == 0
