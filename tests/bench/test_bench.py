"""Run every bench tiny, so that it cannot rot; no figure is asserted, only that it was measured."""

import math
import sys
from pathlib import Path

import msgspec
import pytest

from bench import __main__ as command_line
from bench import calls, engine, loop, peers, rest, rings
from bench.figures import TINY, Figure, Row, Skipped, clock_cost_ns, figure, percentile
from bench.machine import describe_machine
from bench.report import Report, header, table, write_json
from bench.workloads import open_engine

GOALS = {
    "add a passive limit order, 40 orders": "≤ 50 ns",
    "cancel an order, 40 orders": "≤ 40 ns",
    "add a passive limit order, 400 orders": "≤ 75 ns",
    "cancel an order, 400 orders": "≤ 100 ns",
    "aggressor with 1-3 fills, 40 orders": "≤ 100 ns",
    "best bid and ask": "≤ 1.3 ns",
    "order flow, emission on": "≤ 1.25 × off",
    "publish one record": "≤ 10 ns",
    "round trip through the rings": "p50 ≤ 1 µs, p99 ≤ 5 µs",
    "sustained through the rings, commands": "≥ 4,000,000 /s",
    "process(), events decoded": "≤ 2,500 ns",
    "execute(), not decoded": "≤ 500 ns",
}


def measured(rows: list[Row]) -> list[Figure]:
    """Return the rows of a bench that ran, after looking at each."""
    found = [row for row in rows if isinstance(row, Figure)]
    for row in found:
        assert math.isfinite(row.value), row
        assert 0 < row.lowest <= row.value <= row.highest, row
        assert row.operations > 0, row
        assert row.conditions, row
        if row.p50_ns is not None and row.p99_ns is not None:
            assert 0 <= row.p50_ns <= row.p99_ns, row
        assert (row.beside is None) == (row.ratio is None), row
    assert "|" in table(rows)
    return found


@pytest.fixture(scope="module")
def rows() -> list[Figure]:
    """Return the rows of the benches that need no other process."""
    found = []
    for bench in (engine, calls, rings, loop):
        measured_rows = measured(bench.measure(TINY))
        assert {row.bench for row in measured_rows} == {bench.BENCH}
        found += measured_rows
    return found


def test_every_bench_measures_rows_of_its_own(rows: list[Figure]) -> None:
    assert len({row.name for row in rows}) == len(rows) > len(GOALS)


def test_every_goal_has_its_row(rows: list[Figure]) -> None:
    assert {row.name: row.goal for row in rows if row.goal is not None} == GOALS


def test_orders_over_rest_are_measured_beside_an_echo() -> None:
    if not Path(sys.executable).with_name("depthcast").exists():
        pytest.skip("missing: the depthcast command beside this interpreter")
    echo, orders = measured(rest.measure(TINY))
    assert echo.name == "bare Starlette echo"
    assert orders.beside == "bare echo"
    for row in (echo, orders):
        assert "100.0%" in row.conditions, row


def test_a_server_that_does_not_come_up_is_told_with_what_it_said() -> None:
    server = rest.running((sys.executable, "-c", "import sys; sys.exit('no such thing')"))
    with pytest.raises(TimeoutError, match="no such thing"), server:
        pass


class MirrorPeer:
    """Be a peer that is this engine itself."""

    def __init__(self) -> None:
        self._engine = open_engine(1 << 16)
        self.process = self._engine.process
        self.best = self._engine.best


def test_a_peer_is_measured_on_the_same_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "PEERS", {"mirror": MirrorPeer})
    rows = measured(peers.measure(TINY))
    assert [row.beside for row in rows] == [None, peers.OURS] * 3


def test_a_peer_with_another_book_in_the_end_is_no_peer(monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(MirrorPeer):
        def __init__(self) -> None:
            super().__init__()
            self.process = lambda command: []

    monkeypatch.setattr(peers, "PEERS", {"deaf": Deaf})
    with pytest.raises(AssertionError, match="other best prices"):
        peers.measure(TINY)


def test_a_peer_that_is_not_installed_is_skipped_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> peers.Peer:
        raise ModuleNotFoundError("no module of this name")

    monkeypatch.setattr(peers, "PEERS", {"absent": missing})
    rows = peers.measure(TINY)
    assert rows == [Skipped(peers.BENCH, "absent", "not installed")]
    assert "skipped: absent: not installed" in table(rows)


@pytest.mark.parametrize(
    ("percent", "expected"), [(50, 2), (75, 3), (76, 4), (99, 4), (100, 4), (1, 1), (0, 1)]
)
def test_percentiles_are_values_that_were_measured(percent: float, expected: float) -> None:
    assert percentile([4, 1, 3, 2], percent) == expected


def test_a_figure_is_the_median_of_its_runs_beside_its_peer() -> None:
    row = figure(
        "b", "n", [3.0, 1.0, 2.0], unit="ns", operations=9, conditions="c", beside=("peer", 4.0)
    )
    assert (row.value, row.lowest, row.highest, row.runs) == (2.0, 1.0, 3.0, 3)
    assert row.ratio == 0.5


def test_what_the_clock_costs_is_measured_with_the_clock() -> None:
    ticks = iter(range(0, 10**6, 7))
    assert clock_cost_ns(lambda: next(ticks)) == 7


def test_the_header_names_machine_interpreter_and_commit() -> None:
    machine = describe_machine()
    text = header(machine)
    for part in (machine.cpu, machine.python, machine.commit, f"{machine.cores} cores"):
        assert part
        assert part in text


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command_line, "QUICK", TINY)
    path = tmp_path / "figures.json"
    assert command_line.main(["engine", "--quick", "--json", str(path)]) == 0
    assert "best bid and ask" in capsys.readouterr().out
    written = msgspec.json.decode(path.read_bytes())
    assert written["machine"]["commit"]
    assert {row["bench"] for row in written["figures"]} == {"engine"}


def test_skipped_rows_are_told_apart_in_json(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    write_json(Report(describe_machine(), (Skipped("peers", "absent", "not installed"),)), path)
    (row,) = msgspec.json.decode(path.read_bytes())["figures"]
    assert row == {"skipped": True, "bench": "peers", "name": "absent", "why": "not installed"}


def test_a_bench_that_does_not_exist_is_refused_by_name(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as ended:
        command_line.main(["nonsense"])
    assert ended.value.code == 2
    assert "no bench called nonsense" in capsys.readouterr().err
