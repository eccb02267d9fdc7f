"""Run benches by name and print their figures: `python -m bench [NAME …] [--quick] [--json FILE]`.

Role: the command line; holds no measurement.
"""

import argparse
import gc
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from bench import calls, engine, loop, peers, rest, rings
from bench.figures import FULL, QUICK, Row, Scale
from bench.machine import describe_machine
from bench.report import Report, header, table, write_json

BENCHES: Final[Mapping[str, Callable[[Scale], list[Row]]]] = {
    engine.BENCH: engine.measure,
    calls.BENCH: calls.measure,
    rings.BENCH: rings.measure,
    loop.BENCH: loop.measure,
    rest.BENCH: rest.measure,
    peers.BENCH: peers.measure,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure what was asked for; return the exit code."""
    parser = _parser()
    arguments = parser.parse_args(argv)
    if unknown := [name for name in arguments.names if name not in BENCHES]:
        parser.error(f"no bench called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    scale = QUICK if arguments.quick else FULL
    machine = describe_machine()
    print(header(machine))
    rows: list[Row] = []
    for name in arguments.names or BENCHES:
        print(f"measuring: {name} …", file=sys.stderr)
        rows += BENCHES[name](scale)
        gc.collect()
    print()
    print(table(rows))
    if arguments.json is not None:
        write_json(Report(machine, tuple(rows)), arguments.json)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Depthcast.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join(BENCHES)}")
    parser.add_argument("--quick", action="store_true", help="smaller books and fewer runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser


if __name__ == "__main__":
    sys.exit(main())
