"""Show that the ratchet lets nothing new pass and keeps nothing that is not needed."""

import pytest

from tests.architecture.ratchet import Ratchet, exceeding, loose
from tests.architecture.source import Finding

LONG = Finding("file-length", "app/a.py", 1, "320 lines, at most 300", 320)
WIDE = [Finding("columns", "app/a.py", line, "101 columns") for line in (3, 8)]


@pytest.mark.parametrize(
    ("ratchet", "told", "unneeded"),
    [
        ({}, 3, {}),
        ({("file-length", "app/a.py"): 320, ("columns", "app/a.py"): 2}, 0, {}),
        ({("file-length", "app/a.py"): 319, ("columns", "app/a.py"): 1}, 3, {}),
        ({("file-length", "app/b.py"): 320}, 3, {("file-length", "app/b.py"): 0}),
        (
            {("file-length", "app/a.py"): 400, ("columns", "app/a.py"): 3},
            0,
            {("file-length", "app/a.py"): 320, ("columns", "app/a.py"): 2},
        ),
    ],
    ids=["nothing listed", "just enough", "too little", "another file", "too much"],
)
def test_the_ratchet_allows_exactly_what_it_lists(
    ratchet: Ratchet, told: int, unneeded: dict[tuple[str, str], int]
) -> None:
    assert len(exceeding([LONG, *WIDE], ratchet)) == told
    assert loose([LONG, *WIDE], ratchet) == unneeded
