"""Load a server: `python -m loadtest [SCENARIO …] [--quick] [--json FILE]`; see --help.

Role: the command line and the exit code: 0 sound, 1 a fault was seen or it could not run, 2 wrong
use.
"""

import resource
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Final

import uvloop

from loadtest.options import Plan, parse_plan
from loadtest.processor import describe_machine
from loadtest.report import Result, faults, header, table, write_json
from loadtest.scenarios import run_burst, run_steady
from loadtest.target import Target, own_server

INTERRUPTED: Final = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run what was asked for; return the exit code."""
    plan = parse_plan(argv)
    machine = describe_machine()
    print(header(machine))
    try:
        with own_server() if plan.target is None else nullcontext(plan.target) as target:
            results = [_run(name, plan, target) for name in plan.scenarios]
    except (OSError, subprocess.SubprocessError) as error:
        print(f"loadtest: {type(error).__name__}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    print()
    print(table(results))
    if plan.json is not None:
        write_json(machine, results, plan.json)
    return 1 if any(faults(result) for result in results) else 0


def _run(name: str, plan: Plan, target: Target) -> Result:
    print(f"running: {name} …", file=sys.stderr)
    if name == "steady":
        return uvloop.run(run_steady(plan, target))
    return uvloop.run(run_burst(plan, target))


def _allow_many_files() -> None:
    """Let this process and those it starts have as many connections as the system allows."""
    _, highest = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest, highest))


if __name__ == "__main__":
    _allow_many_files()
    # Whoever ends this process ends the server that it started, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(main())
