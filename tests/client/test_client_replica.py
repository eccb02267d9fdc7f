"""Check what all local copies have in common, and how parts of a snapshot are followed."""

import pytest

from app.client.errors import StaleData
from app.client.replica import Fault, SnapshotParts
from app.client.ticker import LatestTicker


def test_a_replica_says_why_it_is_stale() -> None:
    replica = LatestTicker("ACME-USD")
    replica.mark_stale("gap")
    with pytest.raises(StaleData, match="ticker of ACME-USD is stale: gap"):
        replica.require_live()


def test_each_change_of_state_is_a_new_version() -> None:
    replica = LatestTicker("ACME-USD")
    versions = [replica.version]
    for change in (lambda: replica.mark_stale("gap"), replica.reset):
        change()
        versions.append(replica.version)
    assert versions == sorted(set(versions))


@pytest.mark.parametrize(
    ("taken", "faults", "started"),
    [
        ([(5, None, None)], [None], False),
        ([(5, 1, True)], [None], False),
        ([(5, 1, False)], [None], True),
        ([(5, 1, False), (5, 2, True)], [None, None], False),
        ([(5, 1, False), (5, 3, True)], [None, Fault.GAP], False),
        ([(5, 1, False), (6, 2, True)], [None, Fault.GAP], False),
    ],
)
def test_parts_continue_each_other(
    taken: list[tuple[int, int | None, bool | None]],
    faults: list[Fault | None],
    started: bool,
) -> None:
    parts = SnapshotParts()
    assert [parts.take(*part) for part in taken] == faults
    assert parts.started is started
