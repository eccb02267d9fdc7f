"""The checksum recipe against Kraken's published vectors, and its two doors against each other."""

import json
import random
from pathlib import Path

from app.feed.checksum import checksum_of_steps, checksum_of_text
from engine.instruments import Step


def test_every_published_vector_is_met(recorded_data: Path) -> None:
    vectors = json.loads((recorded_data / "kraken_vectors.json").read_text())
    assert len(vectors) >= 2
    for vector in vectors:
        assert checksum_of_text(vector["asks"], vector["bids"]) == vector["crc32"], vector["name"]


def test_text_and_steps_give_the_same_checksum() -> None:
    seed = 20_260_101
    chance = random.Random(seed)
    for tick_size, lot_size in (("0.01", "0.0001"), ("0.5", "1"), ("25", "0.00000005")):
        tick, lot = Step.parse(tick_size), Step.parse(lot_size)
        sides = [
            [(chance.randrange(1, 10**6), chance.randrange(1, 10**9)) for _ in range(count)]
            for count in (0, 1, 3, 10)
        ]
        for asks in sides:
            for bids in sides:
                texts = [
                    [(tick.text(ticks), lot.text(lots)) for ticks, lots in side]
                    for side in (asks, bids)
                ]
                expected = checksum_of_text(*texts)
                assert checksum_of_steps(tick, lot, asks, bids) == expected, f"seed {seed}"


def test_an_empty_view_has_the_checksum_of_nothing() -> None:
    assert checksum_of_text([], []) == 0
