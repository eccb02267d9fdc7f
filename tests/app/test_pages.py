"""Pages and their cursors."""

import pytest

from app.errors import Refusal
from app.pages import parse_cursor, parse_statuses, take_page
from engine.events import LIVING_STATUSES, OrderStatus
from engine.limits import SEQUENCE_MAX


@pytest.mark.parametrize(
    ("count", "limit", "taken", "more"),
    [(0, 1, 0, False), (1, 1, 1, False), (2, 1, 1, True), (5, 5, 5, False), (6, 5, 5, True)],
)
def test_a_page_says_whether_more_follows(count: int, limit: int, taken: int, more: bool) -> None:
    page, cursor = take_page(((n, str(n)) for n in range(count, 0, -1)), limit)
    assert page == [str(n) for n in range(count, count - taken, -1)]
    assert (cursor is not None) is more


@pytest.mark.parametrize("number", [1, 255, 2**32, SEQUENCE_MAX])
def test_a_cursor_names_the_last_item_of_its_page(number: int) -> None:
    _, cursor = take_page([(number, "a"), (number - 1, "b")], 1)
    assert isinstance(cursor, str)
    assert parse_cursor(cursor) == number


def test_without_a_cursor_a_list_begins_at_its_newest_item() -> None:
    before = parse_cursor(None)
    assert isinstance(before, int)
    assert before > SEQUENCE_MAX


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "AAAAAAAAAAA", "é", "A" * 1_000, "\x00"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    refusal = parse_cursor(cursor)
    assert isinstance(refusal, Refusal)
    assert [error.field for error in refusal.errors] == ["cursor"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("open", LIVING_STATUSES),
        ("partially_filled", frozenset({OrderStatus.PARTIALLY_FILLED})),
        ("filled", frozenset({OrderStatus.FILLED})),
        ("cancelled", frozenset({OrderStatus.CANCELLED})),
        ("expired", frozenset({OrderStatus.EXPIRED})),
        ("untriggered", frozenset({OrderStatus.UNTRIGGERED})),
    ],
)
def test_a_status_filter_means_its_statuses(status: str, expected: frozenset[OrderStatus]) -> None:
    assert parse_statuses(status) == expected
