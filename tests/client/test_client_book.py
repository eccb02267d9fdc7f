"""Check the client's local book: it is right, or it says that it is stale."""

from random import Random
from typing import Any

import pytest

from app.client.book import LocalBook
from app.client.checksum import Level
from app.client.errors import StaleData
from app.client.replica import Fault
from tests.client.server_messages import Message, depth_delta, depth_snapshot

BIDS: list[Level] = [("100.20", "1.0000"), ("100.10", "2.0000")]
ASKS: list[Level] = [("100.30", "3.0000"), ("100.40", "4.0000")]


def live_book() -> LocalBook:
    book = LocalBook("ACME-USD")
    assert book.apply(depth_snapshot(5, BIDS, ASKS)) is None
    return book


def assert_unreadable(book: LocalBook) -> None:
    assert not book.live
    for side in ("bids", "asks"):
        with pytest.raises(StaleData):
            getattr(book, side)
    assert book.view().stale is not None


def test_a_new_book_cannot_be_read() -> None:
    assert_unreadable(LocalBook("ACME-USD"))


def test_a_snapshot_makes_the_book_live() -> None:
    book = live_book()
    assert (list(book.bids), list(book.asks), book.seq) == (BIDS, ASKS, 5)
    view = book.view(1)
    assert (view.bids, view.asks, view.stale) == ((BIDS[0],), (ASKS[0],), None)


def test_a_delta_sets_inserts_and_removes_levels() -> None:
    book = live_book()
    bids = [("100.25", "9.0000"), ("100.20", "5.0000")]
    asks = [("100.30", "3.0000"), ("100.40", "4.0000"), ("101.00", "1.0000")]
    changed_bids = [("100.10", "0"), ("100.20", "5.0000"), ("100.25", "9.0000")]
    delta = depth_delta(5, 9, changed_bids, [("101.00", "1.0000")], (bids, asks))
    assert book.apply(delta) is None
    assert (list(book.bids), list(book.asks), book.seq) == (bids, asks, 9)


def test_prices_are_ordered_by_value_and_not_by_their_text() -> None:
    book = LocalBook("ACME-USD")
    asks = [("9.90", "1"), ("10.00", "1"), ("100.00", "1")]
    assert book.apply(depth_snapshot(1, [], asks)) is None
    more = [("9.90", "1"), ("10.00", "1"), ("20.00", "7"), ("100.00", "1")]
    assert book.apply(depth_delta(1, 2, [], [("20.00", "7")], ([], more))) is None
    assert list(book.asks) == more


def test_values_beyond_floats_stay_exact() -> None:
    bids = [("9007199254740993.01", "1"), ("9007199254740993.00", "1")]
    book = LocalBook("ACME-USD")
    assert book.apply(depth_snapshot(1, bids, [])) is None
    assert list(book.bids) == bids


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"prev_seq": 4}, Fault.GAP),
        ({"prev_seq": 6}, Fault.GAP),
        ({"prev_seq": None}, Fault.GAP),
        ({"seq": 5}, Fault.GAP),
        ({"checksum": 1}, Fault.CHECKSUM),
        ({"checksum": None}, Fault.CHECKSUM),
        ({"bids": [["100.20"]]}, Fault.MALFORMED),
        ({"bids": [[100.2, "1.0000"]]}, Fault.MALFORMED),
        ({"bids": [["100.2", "1.0000"]]}, Fault.MALFORMED),
        ({"bids": [["-100.20", "1.0000"]]}, Fault.MALFORMED),
        ({"bids": [["1_0.20", "1.0000"]]}, Fault.MALFORMED),
        ({"bids": [["100.20", "0.0000"]]}, Fault.MALFORMED),
        ({"bids": [["100.20", ""]]}, Fault.MALFORMED),
        ({"bids": [["100.20", "1e3"]]}, Fault.MALFORMED),
        ({"bids": None}, Fault.MALFORMED),
        ({"seq": "6"}, Fault.MALFORMED),
        ({"type": "surprise"}, Fault.MALFORMED),
    ],
)
def test_whatever_does_not_fit_spoils_the_book(changed: dict[str, Any], fault: Fault) -> None:
    book = live_book()
    delta = depth_delta(5, 6, [], [], (BIDS, ASKS))
    assert book.apply({**delta, **changed}) is fault
    assert book.stale_reason == fault
    assert_unreadable(book)


def test_a_right_delta_after_a_fault_does_not_revive_the_book() -> None:
    book = live_book()
    assert book.apply(depth_delta(5, 6, [], [], (BIDS, ASKS), checksum=1)) is Fault.CHECKSUM
    assert book.apply(depth_delta(6, 7, [], [], (BIDS, ASKS))) is Fault.GAP
    assert_unreadable(book)
    assert book.apply(depth_snapshot(8, BIDS, ASKS)) is None
    assert list(book.bids) == BIDS


@pytest.mark.parametrize(
    ("bids", "asks", "fault"),
    [
        ([("100.30", "1")], [("100.30", "1")], Fault.CROSSED),
        ([("100.31", "1")], [("100.30", "1")], Fault.CROSSED),
        ([("100.10", "1"), ("100.20", "1")], [], Fault.MALFORMED),
        ([], [("100.20", "1"), ("100.10", "1")], Fault.MALFORMED),
        ([], [("100.20", "0")], Fault.MALFORMED),
    ],
)
def test_a_snapshot_that_is_no_book_is_refused(
    bids: list[Level], asks: list[Level], fault: Fault
) -> None:
    book = LocalBook("ACME-USD")
    assert book.apply(depth_snapshot(1, bids, asks)) is fault
    assert_unreadable(book)


def parts(*numbers: int) -> list[Message]:
    """Cut the snapshot of four levels into three parts, of which `numbers` come."""
    cut = {
        1: depth_snapshot(5, BIDS[:1], [], part=1, last=False, checksum=None),
        2: depth_snapshot(5, BIDS[1:], [], part=2, last=False, checksum=None),
        3: depth_snapshot(5, [], ASKS, part=3, checksum=depth_snapshot(5, BIDS, ASKS)["checksum"]),
    }
    return [cut[number] for number in numbers]


def test_a_snapshot_in_parts_is_live_with_the_last_one() -> None:
    book = LocalBook("ACME-USD")
    first, second, last = parts(1, 2, 3)
    for part in (first, second):
        assert book.apply(part) is None
        assert_unreadable(book)
    assert book.apply(last) is None
    assert (list(book.bids), list(book.asks)) == (BIDS, ASKS)


@pytest.mark.parametrize("numbers", [(1, 3), (1, 1), (2, 3), (1, 2, 2)])
def test_a_missing_or_repeated_part_spoils_the_book(numbers: tuple[int, ...]) -> None:
    book = LocalBook("ACME-USD")
    faults = [book.apply(part) for part in parts(*numbers)]
    assert faults[-1] is not None
    assert_unreadable(book)


def test_a_stale_book_is_shown_as_it_was_and_says_so() -> None:
    book = live_book()
    book.mark_stale("disconnected")
    view = book.view()
    assert (view.bids, view.asks, view.stale) == (tuple(BIDS), tuple(ASKS), "disconnected")
    book.reset()
    assert book.view().bids == ()
    assert_unreadable(book)


@pytest.mark.parametrize("seed", range(5))
def test_a_random_chain_of_deltas_gives_the_book_it_describes(seed: int) -> None:
    random = Random(seed)
    print(f"seed {seed}")
    sides: dict[str, dict[int, int]] = {"bids": {}, "asks": {}}

    def levels(name: str) -> list[Level]:
        sign = -1 if name == "bids" else 1
        ordered = sorted(sides[name].items(), key=lambda level: sign * level[0])
        return [(f"{ticks // 100}.{ticks % 100:02}", str(lots)) for ticks, lots in ordered]

    book = LocalBook("ACME-USD")
    assert book.apply(depth_snapshot(1, [], [])) is None
    for seq in range(2, 400):
        name = random.choice(["bids", "asks"])
        ticks = random.randrange(9_000, 10_000) + (1_000 if name == "asks" else 0)
        if sides[name] and random.random() < 0.5:
            ticks = random.choice(list(sides[name]))
        lots = random.choice([0, 1, 250])
        sides[name].pop(ticks, None)
        if lots:
            sides[name][ticks] = lots
        change = [(f"{ticks // 100}.{ticks % 100:02}", str(lots))]
        changes = {"bids": [], "asks": [], name: change}
        after = (levels("bids"), levels("asks"))
        assert book.apply(depth_delta(seq - 1, seq, **changes, after=after)) is None
        assert (list(book.bids), list(book.asks)) == after
