"""Measure other engines under Python on the same commands, where they are installed.

Role: one adapter a peer; a peer that is missing is skipped by name. Each engine gets the very same
commands from Python, timed by CPU time, and must end with the same best prices as ours.
"""

import importlib
from collections.abc import Callable, Mapping
from time import thread_time_ns
from typing import Any, Final, Protocol

from bench.figures import Row, Scale, Skipped, figure
from bench.workloads import ACME, SMALL_LEVELS, Workload, adds_and_cancels, aggressors, open_engine
from engine import CancelOrder, Command, OrderType

BENCH: Final = "peers"
SEED: Final = 1
TAKES_PER_ROUND: Final = 100
OURS: Final = "depthcast process()"
NAMES: Final = {
    "add": "add a passive limit order",
    "cancel": "cancel an order",
    "take": "aggressor with 1-3 fills",
}

Best = tuple[int | None, int | None]


class Peer(Protocol):
    """Carry out one command, and tell the best prices in ticks."""

    def process(self, command: Any) -> object:
        """Carry out one command."""

    def best(self, symbol: str) -> Best:
        """Return the best bid and ask in ticks."""


class LightMatchingEngine:
    """Adapt lightmatchingengine: price 0 is a market order, ids count from 1 as ours do."""

    def __init__(self) -> None:
        """Make an engine; raises ImportError where the package is not installed."""
        module: Any = importlib.import_module("lightmatchingengine.lightmatchingengine")
        self._engine = module.LightMatchingEngine()

    def process(self, command: Any) -> object:
        """Carry out one command."""
        if type(command) is CancelOrder:
            return self._engine.cancel_order(command.order_id, command.symbol)
        price = 0 if command.type is OrderType.MARKET else command.price_ticks
        return self._engine.add_order(command.symbol, price, command.quantity_lots, command.side)

    def best(self, symbol: str) -> Best:
        """Return the best bid and ask in ticks."""
        book = self._engine.order_books[symbol]
        return max(book.bids, default=None), min(book.asks, default=None)


PEERS: Final[Mapping[str, Callable[[], Peer]]] = {"lightmatchingengine": LightMatchingEngine}


def measure(scale: Scale) -> list[Row]:
    """Return the figures of each peer beside ours."""
    size = {"book": scale.small_orders, "rounds": scale.rounds, "levels": SMALL_LEVELS}
    workloads = (
        adds_and_cancels(SEED, batch=scale.small_orders, keeps_source=True, **size),
        aggressors(SEED, batch=TAKES_PER_ROUND, keeps_source=True, **size),
    )
    rows: list[Row] = []
    for name, make in PEERS.items():
        try:
            make()
        except ImportError:
            rows.append(Skipped(BENCH, name, "not installed"))
            continue
        for workload in workloads:
            rows += _rows(scale, workload, name, make)
    return rows


def _rows(scale: Scale, workload: Workload, name: str, make: Callable[[], Peer]) -> list[Row]:
    ours = [_replay(open_engine(workload.capacity), workload) for _ in range(scale.runs)]
    theirs = [_replay(make(), workload) for _ in range(scale.runs)]
    assert ours[-1][1] == theirs[-1][1], f"{name} ends with other best prices"
    rows: list[Row] = []
    for phase in ours[0][0]:
        values = [times[phase] for times, _ in ours]
        base = figure(
            BENCH,
            f"{NAMES[phase]}, {OURS}",
            values,
            unit="ns",
            operations=_operations(workload, phase),
            conditions=f"{workload.conditions}; from Python, events decoded",
        )
        peer = figure(
            BENCH,
            f"{NAMES[phase]}, {name}",
            [times[phase] for times, _ in theirs],
            unit="ns",
            operations=base.operations,
            conditions=f"{workload.conditions}; from Python",
            beside=(OURS, base.value),
        )
        rows += [base, peer]
    return rows


def _replay(peer: Peer, workload: Workload) -> tuple[dict[str, float], Best]:
    """Return nanoseconds per operation by phase name, and the best prices in the end."""
    total_ns: dict[str, int] = {}
    for phase in workload.phases:
        took_ns = _run(peer, phase.source)
        if phase.name is not None:
            total_ns[phase.name] = total_ns.get(phase.name, 0) + took_ns
    times = {name: total / _operations(workload, name) for name, total in total_ns.items()}
    return times, peer.best(ACME.symbol)


def _run(peer: Peer, commands: tuple[Command, ...]) -> int:
    process = peer.process
    before_ns = thread_time_ns()
    for command in commands:
        process(command)
    return thread_time_ns() - before_ns


def _operations(workload: Workload, name: str) -> int:
    return sum(phase.commands for phase in workload.phases if phase.name == name)
