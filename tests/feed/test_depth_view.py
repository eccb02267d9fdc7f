"""Views of a book: what is told of a change at, inside and beyond the edge of the range."""

import random

import pytest

from app.depth_book import DepthBook
from app.feed.depth_view import make_view
from engine.commands import Side

BIDS, ASKS = Side.BUY, Side.SELL


def book_of(bids: dict[int, int], asks: dict[int, int]) -> DepthBook:
    book = DepthBook()
    for side, levels in ((BIDS, bids), (ASKS, asks)):
        for price_ticks, quantity_lots in levels.items():
            book.apply(side, price_ticks, quantity_lots)
    return book


@pytest.mark.parametrize(
    ("side", "price_ticks", "quantity_lots", "visible", "changed"),
    [
        pytest.param(BIDS, 99, 7, True, [(99, 7)], id="a level in range"),
        pytest.param(BIDS, 98, 7, True, [(98, 7)], id="the last level in range"),
        pytest.param(BIDS, 97, 7, False, [], id="a level behind the range"),
        pytest.param(BIDS, 100, 7, True, [(98, 0), (100, 7)], id="a new best pushes one out"),
        pytest.param(BIDS, 99, 0, True, [(99, 0), (97, 3)], id="a gone level lets one in"),
        pytest.param(BIDS, 99, 5, True, [], id="a level that is what it was"),
        pytest.param(ASKS, 101, 7, True, [(101, 7)], id="an ask in range"),
        pytest.param(ASKS, 104, 7, False, [], id="an ask behind the range"),
        pytest.param(ASKS, 100, 7, True, [(102, 0), (100, 7)], id="a new best ask"),
    ],
)
def test_a_range_of_two_levels_tells_what_changed_in_it(
    side: Side, price_ticks: int, quantity_lots: int, visible: bool, changed: list[tuple[int, int]]
) -> None:
    book = book_of({99: 5, 98: 4, 97: 3}, {101: 5, 102: 4, 103: 3})
    view = make_view(book, 2)
    book.apply(side, price_ticks, quantity_lots)
    assert view.note([(side, price_ticks)]) is visible
    told = view.refresh()
    assert told[side] == changed
    assert told[side.opposite] == []
    assert view.levels(side) == book.top(side, 2)


def test_a_whole_book_tells_absolute_quantities_of_what_differs() -> None:
    book = book_of({99: 5, 98: 4}, {})
    view = make_view(book, 0)
    for price_ticks, quantity_lots in ((99, 0), (98, 9), (98, 4), (97, 1), (100, 2)):
        book.apply(BIDS, price_ticks, quantity_lots)
    assert view.note([(BIDS, price) for price in (99, 98, 98, 97, 100)])
    assert view.refresh() == {BIDS: [(100, 2), (99, 0), (97, 1)], ASKS: []}
    assert view.refresh() == {BIDS: [], ASKS: []}


@pytest.mark.parametrize("levels", [0, 1, 2, 5, 10])
def test_any_run_of_changes_folds_into_the_book(levels: int) -> None:
    seed = 1_000 + levels
    chance = random.Random(seed)
    book = DepthBook()
    view = make_view(book, levels)
    folded: dict[Side, dict[int, int]] = {side: {} for side in Side}
    for _ in range(600):
        changes = []
        for _ in range(chance.randrange(1, 6)):
            side = chance.choice(list(Side))
            price_ticks = chance.randrange(1, 30)
            book.apply(side, price_ticks, chance.choice((0, 0, 1, 2, 3)))
            changes.append((side, price_ticks))
        if not view.note(changes) or chance.random() < 0.5:
            continue
        for side, told in view.refresh().items():
            for price_ticks, quantity_lots in told:
                assert folded[side].get(price_ticks, 0) != quantity_lots, f"seed {seed}"
                folded[side][price_ticks] = quantity_lots
            shown = {price: lots for price, lots in folded[side].items() if lots}
            assert shown == dict(book.top(side, levels)), f"seed {seed}"
