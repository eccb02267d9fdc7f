"""Check that the importer's judge finds what differs, and counts what matches."""

import pytest

from app.client.amounts import Amounts
from app.client.book import LocalBook
from app.client.checksum import Level
from app.client.import_check import FAILURES_SHOWN_MAX, ImportCheck
from app.client.lobster import Aggress, Fill
from app.client.lobster_rows import Compare
from tests.client.server_messages import depth_snapshot

AMOUNTS = Amounts(2, 0)
BIDS: list[Level] = [("500.00", "100"), ("499.00", "40")]
ASKS: list[Level] = [("501.00", "7"), ("502.00", "8")]
RECORDED = ((50_000, 100), (49_900, 40)), ((50_100, 7), (50_200, 8))


def book(bids: list[Level], asks: list[Level]) -> LocalBook:
    local = LocalBook("GOOG")
    assert local.apply(depth_snapshot(1, bids, asks)) is None
    return local


def compare(row: int) -> Compare:
    return Compare(row, *RECORDED, depth=2)


@pytest.mark.parametrize(
    ("bids", "asks", "contradiction"),
    [
        (BIDS, ASKS, None),
        ([*BIDS, ("498.00", "1")], ASKS, None),
        (BIDS[:1], ASKS, None),
        (BIDS, ASKS[:1], None),
        ([("500.00", "99"), BIDS[1]], ASKS, "row 3: buy rank 1"),
        ([BIDS[0], ("499.50", "1"), BIDS[1]], ASKS, "row 3: buy rank 2"),
        (BIDS, [("500.50", "1"), *ASKS], "row 3: sell rank 1"),
        (BIDS, [], "row 3: sell: 2 recorded levels are missing"),
    ],
)
def test_a_book_is_held_against_the_recorded_one(
    bids: list[Level], asks: list[Level], contradiction: str | None
) -> None:
    check = ImportCheck(AMOUNTS)
    check.compare_book(compare(3), book(bids, asks))
    assert check.passed is (contradiction is None)
    assert (check.rows, check.rows_matched) == (3, 3 if contradiction is None else 0)
    if contradiction is not None:
        assert check.failures[0].startswith(contradiction)


FIRST, SECOND = Fill("a", 50_000, 60), Fill("b", 50_000, 40)
AGGRESS = Aggress("sell", 50_000, 100, (FIRST, SECOND))


@pytest.mark.parametrize(
    ("fills", "matches"),
    [
        ([FIRST, SECOND], True),
        ([Fill("a", 50_000, 30), Fill("a", 50_000, 30), SECOND], True),
        ([SECOND, FIRST], False),
        ([FIRST], False),
        ([FIRST, Fill("b", 50_100, 40)], False),
        ([FIRST, Fill("c", 50_000, 40)], False),
        ([], False),
    ],
)
def test_fills_must_be_the_recorded_ones_in_their_order(fills: list[Fill], matches: bool) -> None:
    check = ImportCheck(AMOUNTS)
    check.compare_fills(AGGRESS, fills)
    assert check.passed is matches
    assert (check.aggressors, check.aggressors_matched) == (1, int(matches))


def test_rows_of_a_group_count_together_in_the_summary() -> None:
    check = ImportCheck(AMOUNTS)
    for row in (0, 1, 4, 1_999):
        check.compare_book(compare(row), book(BIDS, ASKS))
    check.miss(compare(2_000), "depth of GOOG is stale: gap")
    check.compare_fills(AGGRESS, [FIRST, SECOND])
    assert check.summary() == "rows 2,000 matched 1,999 · aggressors 1 of 1"
    assert check.failures == ["row 2000: depth of GOOG is stale: gap"]


def test_a_wrong_seed_fails_though_it_counts_no_row() -> None:
    check = ImportCheck(AMOUNTS)
    check.compare_book(compare(0), book([], []))
    assert not check.passed


def test_only_the_first_contradictions_are_kept() -> None:
    check = ImportCheck(AMOUNTS)
    for row in range(1, FAILURES_SHOWN_MAX + 10):
        check.compare_book(compare(row), book([], []))
    assert len(check.failures) == FAILURES_SHOWN_MAX
    assert check.rows == FAILURES_SHOWN_MAX + 9
