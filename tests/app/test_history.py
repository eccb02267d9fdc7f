"""The bounds of what is remembered."""

import pytest

from app.history import History


@pytest.mark.parametrize(
    ("appended", "kept"),
    [
        ("a1 a2 a3", {1: ["a3", "a2"]}),
        ("a1 b1 a2 b2", {1: ["a2"], 2: ["b2", "b1"]}),
        ("a1 a2 a3 a4 b1 b2", {1: ["a4"], 2: ["b2", "b1"]}),
        ("a1 b1 c1 d1", {2: ["b1"], 3: ["c1"], 4: ["d1"]}),
        ("b1 a1 a2 a3 c1", {1: ["a3", "a2"], 3: ["c1"]}),
    ],
)
def test_history_keeps_the_newest_of_each_account_within_both_bounds(
    appended: str, kept: dict[int, list[str]]
) -> None:
    history: History[str] = History(items_max=3, items_per_account_max=2)
    dropped = [history.append(ord(item[0]) - ord("a") + 1, item) for item in appended.split()]
    shown = {account: list(history.newest(account)) for account in range(1, 5)}
    assert {account: items for account, items in shown.items() if items} == kept
    gone = {item for item in dropped if item is not None}
    assert gone == set(appended.split()) - {item for items in kept.values() for item in items}
    assert len(history) == sum(len(items) for items in kept.values())
