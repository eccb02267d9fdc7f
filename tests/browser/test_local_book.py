"""The page's book and its checksum, held against an independent book and zlib."""

import json
import random
import zlib
from pathlib import Path
from typing import Any

import pytest

from tests.browser.depth_messages import IndependentBook
from tests.browser.modules import Modules

BIDS = [["100.10", "1.0000"], ["100.00", "2.0000"], ["99.90", "3.0000"]]
ASKS = [["100.20", "1.5000"], ["100.30", "2.5000"]]

TELL = """({LocalBook}, messages) => {
  const book = new LocalBook();
  const pairs = (levels) => levels.map(({price, quantity}) => [price, quantity]);
  return messages.map((message) => ({
    fault: book.apply(message), live: book.live, reason: book.staleReason, seq: book.seq,
    bids: pairs(book.bids), asks: pairs(book.asks), checksum: book.checksum,
  }));
}"""
TELL_LAST = """({LocalBook}, messages) => {
  const book = new LocalBook();
  const pairs = (levels) => levels.map(({price, quantity}) => [price, quantity]);
  const faults = messages.map((message) => book.apply(message));
  return {faults, bids: pairs(book.bids), asks: pairs(book.asks)};
}"""


def told(modules: Modules, *messages: dict[str, Any]) -> list[dict[str, Any]]:
    """What the page's book says after each message."""
    answer: list[dict[str, Any]] = modules.run("market/book.js", TELL, list(messages))
    return answer


@pytest.fixture
def server() -> IndependentBook:
    return IndependentBook()


@pytest.mark.parametrize("text", ["", "123456789", "a" * 1000])
def test_crc32_is_that_of_zlib(modules: Modules, text: str) -> None:
    found = modules.run("market/checksum.js", "({crc32}, text) => crc32(text)", text)
    assert found == zlib.crc32(text.encode())


def test_the_checksum_agrees_with_the_published_vectors(
    modules: Modules, recorded_data: Path
) -> None:
    call = """({bookChecksum}, {asks, bids}) => {
      const levels = (pairs) => pairs.map(([price, quantity]) => ({price, quantity}));
      return bookChecksum(levels(asks), levels(bids));
    }"""
    vectors = json.loads((recorded_data / "kraken_vectors.json").read_text())
    assert vectors
    for vector in vectors:
        assert modules.run("market/checksum.js", call, vector) == vector["crc32"], vector["name"]


def test_a_snapshot_and_its_deltas_make_the_book(modules: Modules, server: IndependentBook) -> None:
    messages = [
        server.message("snapshot", 7, BIDS, ASKS),
        server.message("delta", 9, [["100.10", "0"], ["100.05", "4.0000"]], [["100.20", "9.0000"]]),
        server.message("delta", 12, [], [["100.15", "0.5000"], ["100.30", "0"]]),
    ]
    last = told(modules, *messages)[-1]
    assert last["bids"] == [["100.05", "4.0000"], ["100.00", "2.0000"], ["99.90", "3.0000"]]
    assert last["asks"] == [["100.15", "0.5000"], ["100.20", "9.0000"]]
    assert (last["fault"], last["live"], last["seq"]) == (None, True, 12)


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"prev_seq": 8}, "gap"),
        ({"prev_seq": 6}, "gap"),
        ({"prev_seq": None}, "gap"),
        ({"checksum": 1}, "checksum"),
        ({"bids": [["100.05", "4.0001"]]}, "checksum"),
        ({"bids": None}, "malformed"),
        ({"bids": [["a price", "1.0000"]]}, "malformed"),
    ],
)
def test_what_does_not_fit_spoils_the_book_and_says_why(
    modules: Modules, server: IndependentBook, change: dict[str, Any], fault: str
) -> None:
    snapshot = server.message("snapshot", 7, BIDS, ASKS)
    bad = server.message("delta", 9, [["100.05", "4.0000"]], []) | change
    after = server.message("delta", 10, [["100.05", "5.0000"]], [])
    first, second, third = told(modules, snapshot, bad, after)
    assert first["live"]
    assert (second["fault"], second["live"], second["reason"]) == (fault, False, fault)
    assert (third["fault"], third["live"]) == ("gap", False)


def test_a_crossed_book_is_not_shown_as_live(modules: Modules, server: IndependentBook) -> None:
    crossed = server.message("snapshot", 7, [["100.20", "1.0000"]], ASKS)
    (state,) = told(modules, crossed)
    assert (state["fault"], state["live"]) == ("crossed", False)


def test_a_fresh_snapshot_heals_the_book(modules: Modules, server: IndependentBook) -> None:
    messages = [
        server.message("snapshot", 7, BIDS, ASKS),
        server.message("delta", 9, [["100.05", "4.0000"]], []) | {"prev_seq": 1},
        server.message("snapshot", 11, BIDS[:1], ASKS[:1]),
        server.message("delta", 12, [["100.10", "7.0000"]], []),
    ]
    last = told(modules, *messages)[-1]
    assert (last["fault"], last["live"], last["bids"]) == (None, True, [["100.10", "7.0000"]])


@pytest.mark.parametrize("first_part", [0, 1])
def test_a_snapshot_in_parts_counts_when_its_last_part_is_there(
    modules: Modules, server: IndependentBook, first_part: int
) -> None:
    whole = server.message("snapshot", 7, BIDS, ASKS)
    halves = [(BIDS[:2], []), (BIDS[2:], ASKS[:1]), ([], ASKS[1:])]
    parts = [
        {**whole, "bids": bids, "asks": asks, "part": first_part + number, "last": number == 2}
        for number, (bids, asks) in enumerate(halves)
    ]
    for part in parts[:-1]:
        del part["checksum"]
    states = told(modules, *parts)
    assert [state["live"] for state in states] == [False, False, True]
    assert (states[-1]["bids"], states[-1]["asks"]) == (BIDS, ASKS)
    lost = told(modules, parts[0], parts[2])
    assert (lost[-1]["fault"], lost[-1]["live"]) == ("gap", False)


def test_a_random_stream_keeps_the_page_equal_to_an_independent_book(
    modules: Modules, server: IndependentBook
) -> None:
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    dice = random.Random(seed)
    messages = [server.message("snapshot", 1, [["95.00", "1.0000"]], [["105.00", "1.0000"]])]
    for seq in range(2, 400):
        bids = [[f"{dice.randrange(8000, 10000) / 100:.2f}", _quantity(dice)] for _ in range(3)]
        asks = [[f"{dice.randrange(10000, 12000) / 100:.2f}", _quantity(dice)] for _ in range(3)]
        unique = {price: [price, quantity] for price, quantity in bids}
        messages.append(server.message("delta", seq, list(unique.values()), asks))
    state = modules.run("market/book.js", TELL_LAST, messages)
    assert state["faults"] == [None] * len(messages)
    assert (state["bids"], state["asks"]) == (server.bids, server.asks)


def _quantity(dice: random.Random) -> str:
    return "0" if dice.random() < 0.4 else f"{dice.randrange(1, 10**9) / 10**4:.4f}"
