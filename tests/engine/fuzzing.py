"""Play random streams on both implementations, run after run, in several processes.

Role: what a run is, how it is played and recorded, and how one that fails is told: shortened, and
as a case that can be pasted into a file of tests/engine/cases. The same run gives the same
commands everywhere; of two lengths the shorter is the beginning of the longer.
"""

import multiprocessing
import os
import signal
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import count

from engine.commands import AmendOrder, CancelOrder, Configure
from engine.events import OrderAdded
from engine.instruments import Instrument
from engine.reference import ReferenceEngine
from tests.engine.case_format import case_of, case_text
from tests.engine.duel import Duel, Entry, failure, shrink
from tests.engine.implementations import COMPILED, REFERENCE, Engine, open_engine
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

RUN_COMMANDS = 5_000
"""Long enough for a book of a thousand orders, short enough to be played again while shrinking."""


@dataclass(frozen=True)
class Run:
    """The first commands of one stream."""

    profile: Profile
    seed: int
    commands: int


def endless_runs(seed: int, commands: int) -> Iterator[Run]:
    """Return runs of every profile with one seed, then with the next."""
    return (Run(profile, each, commands) for each in count(seed) for profile in PROFILES)


def runs_of(profile: Profile, seed: int, commands: int) -> list[Run]:
    """Divide commands among seeds: even many equal runs, so that two processes end together."""
    runs = 2 * max(1, commands // (2 * RUN_COMMANDS))
    return [Run(profile, seed + number, -(-commands // runs)) for number in range(runs)]


def open_both(instruments: Iterable[Instrument], configure: Configure) -> Sequence[Engine]:
    """Open the two implementations; the reference is the one whose events are folded."""
    listed = list(instruments)
    return [open_engine(name, listed, configure) for name in (REFERENCE, COMPILED)]


def record(run: Run, entries: list[Entry]) -> Duel:
    """Play a run; `entries` has what was sent, also when a command fails."""
    duel = Duel(open_both(run.profile.instruments, run.profile.configure))
    stream = Stream(run.profile, run.seed)
    makers: dict[int, int] = {}
    for number in range(run.commands):
        command = stream.next()
        named = isinstance(command, AmendOrder | CancelOrder)
        names = makers.get(command.order_id) if named else None  # type: ignore[union-attr]
        entries.append(Entry(number, command, names))
        events = duel.play(command)
        makers |= {event.order_id: number for event in events if isinstance(event, OrderAdded)}
        stream.hear(events)
    duel.check()
    return duel


def verdict(run: Run) -> str | None:
    """Play a run; return what differs, with the shortest stream that still shows it as a case."""
    entries: list[Entry] = []
    try:
        record(run, entries)
    except AssertionError as error:
        return explain(run, entries, error)
    return None


def explain(run: Run, entries: Sequence[Entry], error: AssertionError) -> str:
    """Return the failure with the shortest stream that still shows one, as a case."""
    profile = run.profile

    def fails(shorter: Sequence[Entry]) -> bool:
        return failure(open_both, profile.instruments, profile.configure, shorter)[0] is not None

    shortest = shrink(fails, entries) if fails(entries) else list(entries)
    last, sent = failure(open_both, profile.instruments, profile.configure, shortest)
    name = f"{profile.name} with seed {run.seed}"
    case = case_of(name, list(profile.instruments), profile.configure, sent)
    return f"{name}: {last or error}\n\n{case_text(case, ReferenceEngine)}"


def processors() -> int:
    """Return how many processes can play at once here."""
    return len(os.sched_getaffinity(0))


def open_workers(processes: int) -> ProcessPoolExecutor:
    """Return processes that start clean, without the threads and files of this one."""
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(processes, mp_context=context, initializer=_leave_interrupts)


def _leave_interrupts() -> None:
    """Let the process that asked decide what an interrupt from the keyboard means."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
