"""Run the load test tiny and end to end, and look at each of its parts that only computes."""

import json
from array import array
from pathlib import Path

import msgspec
import pytest

from loadtest import __main__ as command_line
from loadtest.figures import Burst, Cpu, Durations, Received, Sent, Steady, durations, percentile
from loadtest.flow import STEPS, base_orders, due_count, due_ns, step
from loadtest.ledger import Answer, AnsweredOrder, Ledger
from loadtest.options import is_loopback, parse_plan
from loadtest.processor import cpu_seconds, describe_machine
from loadtest.report import Result, faults, header, table, write_json
from loadtest.tally import Chain, Samples, Window
from tests.server_process import LiveServer

TINY = ("--subscribers", "5", "--seconds", "1", "--burst-orders", "200")


def run(*arguments: str) -> int:
    return command_line.main(arguments)


def test_an_own_server_is_loaded_end_to_end(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "figures.json"
    assert run(*TINY, "--json", str(file)) == 0
    printed = capsys.readouterr().out
    assert "steady: matched → received" in printed
    assert "burst: accepted orders" in printed
    document = json.loads(file.read_bytes())
    steady, burst = document["results"]
    assert steady["sent"]["accepted"] == 50
    assert steady["received"]["subscribers"] == steady["received"]["complete"] == 5
    assert 0 < steady["received"]["messages"] <= 5 * 50
    # Each checker has a snapshot and the changes of warm-up and run; some may come as one.
    assert steady["received"]["checked_messages"] > 2
    assert steady["received"]["matched_to_received"]["lowest_us"] >= 0
    assert burst["sent"]["accepted"] == 200
    assert not steady["faults"]
    assert not burst["faults"]


def test_a_running_server_is_loaded_by_its_address(own_server: LiveServer) -> None:
    arguments = _address(own_server, "GOOG")
    assert run("steady", *TINY, *arguments, "--server-pid", str(own_server.pid)) == 0
    assert run("burst", *TINY, *arguments) == 0


def test_a_server_that_refuses_the_orders_fails_the_run(
    own_server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("burst", *TINY, *_address(own_server, "NOPE")) == 1
    assert "order.new was refused: unknown_symbol" in capsys.readouterr().err


def test_a_wrong_token_fails_the_run(
    own_server: LiveServer, capsys: pytest.CaptureFixture[str]
) -> None:
    address = ("--host", own_server.url, "--token", "x", "--order-token", "x")
    assert run("burst", *TINY, *address) == 1
    assert "ConnectionError" in capsys.readouterr().err


def _address(server: LiveServer, symbol: str) -> tuple[str, ...]:
    token = server.token("loader")
    return (
        *("--host", server.url, "--token", token, "--order-token", token),
        *("--symbol", symbol),
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--host", "http://192.0.2.1:8080"), "--allow-remote"),
        (("--host", "https://127.0.0.1"), "expected http://"),
        (("--host", "http://127.0.0.1:1"), "needs --token"),
        (("--subscribers", "0"), "expected 1 to 9000"),
        (("--seconds", "601"), "expected 1 to 600"),
        (("--burst-orders", "200001"), "expected 1 to 200000"),
        (("--subscribers", "9000", "--updates-per-second", "1000"), "at most"),
        (("flood",), "no scenario flood"),
    ],
)
def test_wrong_use_is_told(
    arguments: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        parse_plan(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("host", "expected"),
    [("localhost", True), ("127.0.0.9", True), ("::1", True), ("192.0.2.1", False), ("x.y", False)],
)
def test_loopback_is_known(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


@pytest.mark.parametrize(
    ("percent", "expected"),
    [(50, 5), (99, 10), (99.9, 10), (100, 10), (10, 1), (11, 2), (90, 9), (90.1, 10), (0, 1)],
)
def test_a_percentile_is_a_value_that_was_measured(percent: float, expected: int) -> None:
    assert percentile(range(1, 11), percent) == expected


def test_durations_are_of_all_values() -> None:
    assert durations([]) is None
    assert durations(array("q", [30, 10, 20])) == Durations(
        count=3, lowest_us=10, p50_us=20, p99_us=30, p999_us=30, highest_us=30
    )


@pytest.mark.parametrize("per_second", [1, 3, 7, 50, 999, 50_000])
def test_the_schedule_counts_each_step_from_the_moment_when_it_is_due(per_second: int) -> None:
    start_ns, total = 123_456_789, 40
    assert due_count(start_ns, start_ns - 1, per_second, total) == 0
    for number in range(total):
        when_ns = due_ns(start_ns, number, per_second)
        assert due_count(start_ns, when_ns - 1, per_second, total) == number
        assert due_count(start_ns, when_ns, per_second, total) == number + 1
    assert due_count(start_ns, start_ns + 10**15, per_second, total) == total


def test_a_second_of_the_schedule_has_as_many_steps_as_were_asked_for() -> None:
    assert due_ns(5, 150, 50) == 5 + 3 * 10**9


def test_every_turn_of_the_flow_leaves_the_base_alone() -> None:
    assert [fields["side"] for fields in base_orders("A")] == ["buy", "sell"] * 10
    turns = [[step("A", "x", turn * STEPS + place) for place in range(STEPS)] for turn in range(9)]
    for buy, sell, taker, cancel in turns:
        assert (buy["side"], sell["side"], taker["side"]) == ("buy", "sell", "sell")
        assert float(buy["price"]) == float(taker["price"]) < 100 < float(sell["price"])
        assert float(buy["price"]) > 99.9
        assert float(sell["price"]) < 100.1
        assert taker["time_in_force"] == "ioc"
        assert cancel["client_order_id"] == sell["client_order_id"]
    assert len({turn[1]["client_order_id"] for turn in turns}) == len(turns)


def _depth(kind: str, seq: int, prev_seq: int | None, engine_us: int) -> bytes:
    message = {"channel": "depth", "type": kind, "seq": seq, "engine_us": engine_us}
    return msgspec.json.encode(message | ({} if prev_seq is None else {"prev_seq": prev_seq}))


@pytest.mark.parametrize(
    ("prev_seq", "seq", "fault"),
    [
        (5, 6, None),
        (5, 9, None),
        (4, 6, "gap: 4 follows 5"),
        (6, 7, "gap: 6 follows 5"),
        (5, 5, "gap: 5 follows 5"),
    ],
)
def test_a_chain_sees_every_gap(prev_seq: int, seq: int, fault: str | None) -> None:
    chain = Chain(Samples())
    chain.take(_depth("snapshot", 5, None, 100), 110)
    chain.take(_depth("delta", seq, prev_seq, 200), 230)
    assert chain.faults == ([] if fault is None else [fault])
    assert chain.engine_us == 200


def test_a_delta_before_any_snapshot_and_an_error_are_faults() -> None:
    chain = Chain(Samples())
    chain.take(_depth("delta", 6, 5, 200), 230)
    chain.take(b'{"type":"error","code":"too_slow"}', 230)
    chain.take(b'{"type":"heartbeat","seqs":{}}', 230)
    assert chain.faults == ["gap: 5 follows None", "error too_slow"]


def test_only_messages_of_the_measured_time_count() -> None:
    samples = Samples()
    for engine_us in (99, 100, 199, 200):
        samples.add(engine_us, engine_us, 10)
    spread, size_bytes = samples.within(Window(100, 200))
    assert spread is not None
    assert (spread.count, spread.lowest_us, spread.highest_us, size_bytes) == (2, 100, 199, 20)


def test_the_ledger_counts_time_from_when_an_order_was_due() -> None:
    ledger = Ledger()
    for number in range(4):
        ledger.sent(number * 1_000_000, number * 1_000_000 + 5_000)
    ledger.answered(1, Answer("ack", 1, order=AnsweredOrder(77)), 1_250_000)
    ledger.answered(2, Answer("error", 2, code="engine_busy"), 2_500_000)
    sent = ledger.summary(first=1)
    assert (sent.sent, sent.accepted, sent.first_us) == (3, 1, 77)
    assert sent.refused == {"engine_busy": 1, "unanswered": 1}
    assert sent.due_to_acknowledged is not None
    assert sent.due_to_acknowledged.highest_us == 250
    assert sent.late is not None
    assert (sent.late.count, sent.late.p50_us) == (3, 5)
    assert sent.elapsed_s == pytest.approx(0.0015)
    assert ledger.unanswered == 2


SENT = Sent(
    sent=10,
    accepted=10,
    refused={},
    due_to_acknowledged=durations([1_000] * 10),
    late=durations([10] * 10),
    first_us=1,
    elapsed_s=2.0,
)
RECEIVED = Received(
    subscribers=2,
    messages=15,
    snapshots=2,
    bytes=3_000,
    matched_to_received=durations([500, 20_000]),
    complete=2,
    checked_messages=11,
    faults=(),
)
CPU = Cpu(server=0.25, sender=None, receivers=1.5)
STEADY = Steady(conditions="quiet", sent=SENT, received=RECEIVED, cpu=CPU)
BURST = Burst(conditions="loud", sent=SENT, cpu=CPU)


def _changed(**changes: object) -> Steady:
    received = msgspec.structs.replace(RECEIVED, **changes)
    return msgspec.structs.replace(STEADY, received=received)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (STEADY, []),
        (BURST, []),
        (_changed(faults=("gap: 4 follows 5",)), ["gap: 4 follows 5"]),
        (_changed(complete=1), ["1 subscribers never had the last change"]),
        (_changed(checked_messages=0), ["no message was checked"]),
        (
            msgspec.structs.replace(
                BURST, sent=msgspec.structs.replace(SENT, refused={"engine_busy": 3})
            ),
            ["3 orders: engine_busy"],
        ),
    ],
)
def test_faults_are_what_must_not_be(result: Result, expected: list[str]) -> None:
    assert faults(result) == expected
    assert table([result]).count("FAULT: ") == len(expected)


def test_the_table_has_every_figure_of_both_scenarios(tmp_path: Path) -> None:
    text = table([STEADY, BURST])
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert len({len(row) for row in rows}) == 1
    for cell in ("75.00%", "20 messages", "500 µs", "20.0 ms", "1,500 /s", "25% of a core", "5 /s"):
        assert f" {cell} " in text, cell
    assert "CPU of sender" not in text
    machine = describe_machine()
    assert machine.commit in header(machine)
    write_json(machine, [STEADY, BURST], tmp_path / "figures.json")
    document = json.loads((tmp_path / "figures.json").read_bytes())
    assert [result["scenario"] for result in document["results"]] == ["steady", "burst"]


def test_processor_times_of_a_process_that_is_not_there_are_not_known() -> None:
    assert cpu_seconds(1 << 30) is None
