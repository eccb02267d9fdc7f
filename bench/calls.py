"""Measure the in-process API as Python calls it: `process`, `execute`, and the readable twin.

Role: what a backtest or a test pays for one command, in CPU time; one recorded order flow for all.
"""

from collections.abc import Callable
from time import thread_time_ns
from typing import Final

from bench.figures import Figure, Row, Scale, figure
from bench.workloads import ACME, CAPACITY_MIN, open_engine
from engine import Command, Configure
from engine.flow import FlowProfile, OrderFlow
from engine.flow_play import FlowPlayer
from engine.reference import ReferenceEngine

BENCH: Final = "calls"
SEED: Final = 1
TWIN_SHARE: Final = 10  # the twin is slow: it gets a tenth of the commands


def measure(scale: Scale) -> list[Row]:
    """Return the figures of calls from Python."""
    commands = record_flow(scale.operations)
    conditions = f"order flow model, seed {SEED}, from Python"
    decoded, state_hash = _times(scale, commands, _decoded)
    plain, same_hash = _times(scale, commands, _not_decoded)
    assert state_hash == same_hash, "the same commands made different books"
    some = commands[: max(len(commands) // TWIN_SHARE, 1)]
    twin, twin_hash = _times(scale, some, _twin)
    assert twin_hash == _times(scale, some, _decoded)[1], "twin and kernel differ"
    process = figure(
        BENCH,
        "process(), events decoded",
        decoded,
        unit="ns",
        operations=len(commands),
        conditions=conditions,
        goal="≤ 2,500 ns",
        state_hash=state_hash,
    )
    execute = figure(
        BENCH,
        "execute(), not decoded",
        plain,
        unit="ns",
        operations=len(commands),
        conditions=conditions,
        goal="≤ 500 ns",
        state_hash=state_hash,
    )
    beside = ("process()", process.value)
    return [process, execute, _twin_figure(twin, len(some), conditions, beside, twin_hash)]


def record_flow(count: int) -> list[Command]:
    """Return the opening and `count` commands of the order flow model."""
    profile = FlowProfile(typical_lots=10_000, round_lots=1_000)
    player = FlowPlayer(open_engine(CAPACITY_MIN), ACME.symbol, OrderFlow(SEED, profile))
    commands: list[Command] = [command for command, _ in player.opening()]
    commands += [command for command, _ in player.actions(count)]
    return commands


def _twin_figure(
    values: list[float],
    operations: int,
    conditions: str,
    beside: tuple[str, float],
    state_hash: str,
) -> Figure:
    return figure(
        BENCH,
        "ReferenceEngine.process(), the readable twin",
        values,
        unit="ns",
        operations=operations,
        conditions=conditions,
        beside=beside,
        state_hash=state_hash,
    )


def _times(
    scale: Scale, commands: list[Command], run: Callable[[list[Command]], tuple[int, str]]
) -> tuple[list[float], str]:
    """Return nanoseconds per command of each run, and the hash that all runs end with."""
    ran = [run(commands) for _ in range(scale.runs)]
    return [total_ns / len(commands) for total_ns, _ in ran], ran[-1][1]


def _decoded(commands: list[Command]) -> tuple[int, str]:
    engine = open_engine(CAPACITY_MIN)
    process = engine.process
    before_ns = thread_time_ns()
    for command in commands:
        process(command)
    return thread_time_ns() - before_ns, engine.state_hash()


def _not_decoded(commands: list[Command]) -> tuple[int, str]:
    engine = open_engine(CAPACITY_MIN)
    execute = engine.execute
    before_ns = thread_time_ns()
    for command in commands:
        execute(command)
    return thread_time_ns() - before_ns, engine.state_hash()


def _twin(commands: list[Command]) -> tuple[int, str]:
    engine = ReferenceEngine([ACME], configure=Configure(orders_capacity=CAPACITY_MIN))
    process = engine.process
    before_ns = thread_time_ns()
    for command in commands:
        process(command)
    return thread_time_ns() - before_ns, engine.state_hash()
