"""Turn small LOBSTER recordings into steps: window, anonymous orders, aggressors, bad rows."""

import pytest

from app.client.lobster import (
    Add,
    Aggress,
    Delete,
    Fill,
    Reduce,
    Replay,
    Step,
    Unplaced,
    difference,
    merged,
)
from app.client.lobster_rows import Compare, LobsterFormatError, parse_message, parse_orderbook

# Two levels a side: asks 10.02 and 10.03, bids 10.00 and 9.99, a hundred shares each.
START = "100200,100,100000,100,100300,100,99900,100"
SEED = "1.0,1,1,100,100000,1"
EMPTY = "9999999999,0,-9999999999,0,9999999999,0,-9999999999,0"


def book(asks: list[tuple[int, int]], bids: list[tuple[int, int]]) -> str:
    """Write a row of the order book file from prices in ticks."""
    pairs = zip(asks, bids, strict=True)
    return ",".join(f"{a * 100},{x},{b * 100},{y}" for (a, x), (b, y) in pairs)


def steps(*rows: tuple[str, str]) -> list[Step]:
    """Return the steps of a recording after its seed, without the comparisons."""
    messages, books = [SEED, *(m for m, _ in rows)], [START, *(b for _, b in rows)]
    told = list(Replay().steps(messages, books))
    assert [step.key for step in told[:4] if isinstance(step, Add)] == [
        "anonymous-1",
        "anonymous-2",
        "anonymous-3",
        "anonymous-4",
    ]
    return [step for step in told[5:] if not isinstance(step, Compare)]


def test_a_new_order_pushes_the_deepest_level_out_of_the_window() -> None:
    after = book([(1002, 100), (1003, 100)], [(1001, 7), (1000, 100)])
    assert steps(("2.0,1,55,7,100100,1", after)) == [
        Add("55", "buy", 1001, 7),
        Delete("anonymous-2"),
    ]


def test_a_level_that_comes_into_sight_is_one_anonymous_order() -> None:
    after = book([(1002, 100), (1003, 100)], [(999, 100), (998, 40)])
    assert steps(("2.0,3,77,100,100000,1", after)) == [
        Delete("anonymous-1"),
        Add("anonymous-5", "buy", 998, 40),
    ]


def test_an_unknown_id_comes_off_the_anonymous_order_at_its_price() -> None:
    after = book([(1002, 100), (1003, 100)], [(1000, 70), (999, 100)])
    assert steps(("2.0,2,77,30,100000,1", after)) == [Reduce("anonymous-1", 70)]


def test_a_known_order_is_reduced_to_its_new_total_also_after_a_fill() -> None:
    with_own = book([(1002, 100), (1003, 100)], [(1001, 50), (1000, 100)])
    filled = book([(1002, 100), (1003, 100)], [(1001, 30), (1000, 100)])
    reduced = book([(1002, 100), (1003, 100)], [(1001, 25), (1000, 100)])
    told = steps(
        ("2.0,1,55,50,100100,1", with_own),
        ("3.0,4,55,20,100100,1", filled),
        ("4.0,2,55,5,100100,1", reduced),
    )
    assert told[2:] == [
        Aggress("sell", 1001, 20, (Fill("55", 1001, 20),)),
        Reduce("55", 45),
    ]


def test_executions_at_one_time_against_one_side_are_one_aggressor() -> None:
    hidden = "2.5,5,0,9,100100,-1"
    first = book([(1003, 100), (1004, 9)], [(1000, 100), (999, 100)])
    second = book([(1003, 60), (1004, 9)], [(1000, 100), (999, 100)])
    told = steps(
        ("2.0,4,71,100,100200,-1", first),
        (hidden, first),
        ("2.0,4,72,40,100300,-1", second),
        (hidden, second),
        ("3.0,4,72,10,100300,-1", book([(1003, 50), (1004, 9)], [(1000, 100), (999, 100)])),
    )
    assert told == [
        Aggress("buy", 1003, 140, (Fill("anonymous-3", 1002, 100), Fill("anonymous-4", 1003, 40))),
        Add("anonymous-5", "sell", 1004, 9),
        Aggress("buy", 1003, 10, (Fill("anonymous-4", 1003, 10),)),
    ]


def test_hidden_executions_crosses_and_halts_leave_the_book_alone() -> None:
    rows = [(f"2.0,{kind},0,5,-1,-1", START) for kind in (5, 6, 7)]
    assert steps(*rows) == []


def test_a_message_without_an_order_is_told_and_passed_over() -> None:
    (told,) = steps(("2.0,3,77,5,99000,1", START))
    assert isinstance(told, Unplaced)
    assert "77" in told.text


def test_every_row_is_compared_once_an_aggressor_at_its_end() -> None:
    after = book([(1002, 60), (1003, 100)], [(1000, 100), (999, 100)])
    rows = ["2.0,4,71,20,100200,-1", "2.0,4,71,20,100200,-1", "3.0,7,0,0,-1,-1"]
    told = Replay().steps([SEED, *rows], [START, after, after, after])
    assert [step.row for step in told if isinstance(step, Compare)] == [0, 2, 3]


def test_adjacent_fills_of_one_maker_are_one() -> None:
    fills = [Fill("a", 1, 2), Fill("a", 1, 3), Fill("b", 1, 1), Fill("a", 1, 4)]
    assert merged(fills) == (Fill("a", 1, 5), Fill("b", 1, 1), Fill("a", 1, 4))


@pytest.mark.parametrize(
    ("here", "may_lack", "text"),
    [
        (((10, 1), (9, 1)), 1, None),
        (((10, 1), (9, 1), (8, 5)), 1, None),
        (((10, 1),), 1, None),
        ((), 2, None),
        ((), 1, "missing"),
        (((10, 2), (9, 1)), 1, "rank 1"),
        (((10, 1), (9, 2)), 1, "rank 2"),
        (((9, 1),), 1, "rank 1"),
        (((11, 1), (10, 1), (9, 1)), 1, "rank 1"),
    ],
)
def test_what_differs_from_the_recorded_book_is_told(
    here: tuple[tuple[int, int], ...], may_lack: int, text: str | None
) -> None:
    told = difference("buy", here, ((10, 1), (9, 1)), 2, may_lack)
    assert told is None if text is None else text in str(told)


def test_a_side_with_fewer_levels_than_recorded_shows_all_it_has() -> None:
    assert difference("sell", ((10, 1), (12, 1)), ((10, 1),), 2, 1) is not None
    assert difference("sell", ((10, 1),), ((10, 1),), 2, 1) is None
    assert parse_orderbook(EMPTY, 0).asks == ()


@pytest.mark.parametrize(
    "line",
    ["", "1.0,1,1,100,100000", "1.0,9,1,100,100000,1", "1.0,1,1,x,100000,1", "1.0,1,1,1,100050,1",
     "1.0,1,1,1,0,1", "1.0,1,1,1,100000,2"],
)  # fmt: skip
def test_a_line_that_is_no_message_names_its_row(line: str) -> None:
    with pytest.raises(LobsterFormatError, match="row 12"):
        parse_message(line, 12)


@pytest.mark.parametrize("line", ["1,2,3", "a,b,c,d", "100050,1,100000,1"])
def test_a_line_that_is_no_book_names_its_row(line: str) -> None:
    with pytest.raises(LobsterFormatError, match="row 12"):
        parse_orderbook(line, 12)


def test_files_of_different_length_are_refused() -> None:
    with pytest.raises(LobsterFormatError, match="number of rows"):
        list(Replay().steps([SEED, "2.0,7,0,0,-1,-1"], [START]))
