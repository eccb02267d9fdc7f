"""Replay a recorded NASDAQ morning: its book and its fills must come out, row by row."""

from pathlib import Path

import pytest

from tests.engine.implementations import COMPILED, REFERENCE, open_engine
from tests.engine.replay import GOOG, Player


@pytest.mark.parametrize(
    ("implementation", "slice_name", "rows", "aggressors"),
    [
        (REFERENCE, "GOOG_10_first5000", 5_000, 152),
        (COMPILED, "GOOG_10_first5000", 5_000, 152),
        (COMPILED, "GOOG_10_first20000", 20_000, 532),
    ],
)
def test_a_recorded_market_comes_out_row_by_row_and_fill_by_fill(
    recorded_data: Path, implementation: str, slice_name: str, rows: int, aggressors: int
) -> None:
    engine = open_engine(implementation, [GOOG])
    report = Player(engine).play(recorded_data, slice_name)
    assert report.differences == []
    assert (report.rows, report.aggressors) == (rows, aggressors)
    engine.check_invariants()


def test_both_implementations_end_with_the_same_hash(recorded_data: Path) -> None:
    engines = [open_engine(name, [GOOG]) for name in (REFERENCE, COMPILED)]
    for engine in engines:
        Player(engine).play(recorded_data, "GOOG_10_first5000", rows=1_000)
    assert engines[0].state_hash() == engines[1].state_hash()
