"""Look for a difference between the two implementations until one is found or a bound is reached.

Run as `python -m tests.engine.fuzz --seed N`, or by `make fuzz SEED=N`. Every profile is played
with the first seed, then with the next, and so on. Ends with status 1 and the shortest case at the
first difference.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice

from tests.engine.fuzzing import (
    RUN_COMMANDS,
    Run,
    endless_runs,
    open_workers,
    processors,
    verdict,
)
from tests.engine.profiles import PROFILES

BUSY = 2
"""Runs handed to a process ahead, so that none waits for the next."""

Judge = Callable[[Run], str | None]


def main(arguments: Sequence[str] | None = None, judge: Judge = verdict) -> int:
    """Play until a difference, a bound or an interrupt; return the exit status."""
    asked = parse(arguments)
    print(f"seed {asked.seed}, {len(PROFILES)} profiles, {asked.processes} processes", flush=True)
    workers = open_workers(asked.processes)
    try:
        return play(workers, asked, judge)
    except KeyboardInterrupt:
        print("interrupted: no difference so far")
        return 0
    finally:
        workers.shutdown(cancel_futures=True)


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, default=int(time.time()), help="default: the time")
    parser.add_argument("--commands", type=int, help="stop after as many, default never")
    parser.add_argument("--seconds", type=float, help="stop after as long, default never")
    parser.add_argument("--length", type=int, default=RUN_COMMANDS, help="commands of one stream")
    parser.add_argument("--processes", type=int, default=processors())
    return parser.parse_args(arguments)


def play(workers: ProcessPoolExecutor, asked: argparse.Namespace, judge: Judge) -> int:
    """Hand out runs and take in verdicts."""
    started_s = time.monotonic()
    played = 0
    runs = endless_runs(asked.seed, asked.length)
    ended = verdicts(workers, judge, runs, BUSY * asked.processes)
    for number, (run, found) in enumerate(ended, start=1):
        if found is not None:
            print(f"\nafter {played:,} commands a difference:\n{found}")
            return 1
        played += run.commands
        elapsed_s = time.monotonic() - started_s
        done = bound_reached(asked, played, elapsed_s)
        if done or number % len(PROFILES) == 0:
            rate = f"{played:,} commands in {elapsed_s:,.0f} s, {played / elapsed_s:,.0f}/s"
            print(f"seed {run.seed}: {rate}, no difference", flush=True)
        if done:
            return 0
    raise AssertionError("streams do not end")


def bound_reached(asked: argparse.Namespace, played: int, elapsed_s: float) -> bool:
    """Tell whether as much was played as was asked for."""
    enough = asked.commands is not None and played >= asked.commands
    return enough or (asked.seconds is not None and elapsed_s >= asked.seconds)


def verdicts(
    workers: ProcessPoolExecutor, judge: Judge, runs: Iterator[Run], ahead: int
) -> Iterator[tuple[Run, str | None]]:
    """Yield every run with its verdict as they end, with a bounded number on the way."""
    pending: dict[Future[str | None], Run] = {}
    while True:
        for run in islice(runs, ahead - len(pending)):
            pending[workers.submit(judge, run)] = run
        for future in wait(pending, return_when=FIRST_COMPLETED).done:
            yield pending.pop(future), future.result()


if __name__ == "__main__":
    sys.exit(main())
