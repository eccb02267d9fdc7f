"""Check the depth checksum against worked values."""

import json
from pathlib import Path
from zlib import crc32

import pytest

from app.client.checksum import Level, book_checksum


@pytest.mark.parametrize(
    ("asks", "bids", "digits"),
    [
        ([], [], ""),
        ([("0.05005", "0.00000500")], [], "5005500"),
        ([("100.20", "1.0000")], [("99.90", "0.5000")], "1002010000" + "99905000"),
        ([("7", "3")], [("6", "20")], "73620"),
        ([(f"{n}.0", "1") for n in range(10, 25)], [], "".join(f"{n}01" for n in range(10, 20))),
    ],
)
def test_the_checksum_is_over_digits_of_the_best_ten(
    asks: list[Level], bids: list[Level], digits: str
) -> None:
    assert book_checksum(asks, bids) == crc32(digits.encode())


def test_the_published_vectors_come_out_equal(recorded_data: Path) -> None:
    vectors = json.loads((recorded_data / "kraken_vectors.json").read_text())
    assert len(vectors) >= 4
    for vector in vectors:
        asks = [tuple(level) for level in vector["asks"]]
        bids = [tuple(level) for level in vector["bids"]]
        assert book_checksum(asks, bids) == vector["crc32"], vector["name"]
