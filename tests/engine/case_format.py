"""Read, write and run the case files in tests/engine/cases.

A case is a small market in aligned text: commands on the left of the bar, on its right what the
engine tells, one event a line. Lines without a bar set the stage:

    case  A market order takes the best price first
    instrument X min 2 band 10          default: X without limits, tick and lot 1
    limits orders 3 levels 2 account 2  capacities, and open orders of one account
    at 500                              time of the commands below, in microseconds
    1 sell 5 @ 100                      | #1 added
                                        | depth sell 100: 5 in 1
    book                                | #1 sell 5 @ 100

Accounts 1 to 9 are registered beforehand. "book" writes all living orders of X, "book Y" of Y.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from engine.commands import AddAccount, Command, Configure
from engine.events import MatchingEngineEvent
from engine.instruments import Instrument
from tests.engine.command_text import (
    command_text,
    instrument_text,
    parse_command,
    parse_instrument,
)
from tests.engine.event_text import DEFAULT_SYMBOL, book_lines, unit_lines
from tests.engine.implementations import EngineClass

CASES = Path(__file__).parent / "cases"
ACCOUNTS = range(1, 10)
COMMAND_COLUMNS = 42
CAPACITIES = {
    "orders": "orders_capacity",
    "levels": "levels_capacity",
    "account": "open_orders_max",
}


@dataclass
class Step:
    """One command, or a look at a book, and the lines that must come out."""

    line: int
    text: str
    command: Command | None
    expected: list[str] = field(default_factory=list)


@dataclass
class Case:
    """One small market."""

    name: str
    instruments: list[Instrument] = field(default_factory=list)
    configure: Configure = field(default_factory=Configure)
    steps: list[Step] = field(default_factory=list)


def read_cases(path: Path) -> list[Case]:
    """Read all cases of one file; raises ValueError naming the line that makes no sense."""
    return parse_cases(path.read_text("utf-8"), path.name)


def parse_cases(text: str, name: str) -> list[Case]:
    """Read all cases of a text."""
    cases: list[Case] = []
    received_ns = 0
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        try:
            if line.startswith("case "):
                cases.append(Case(line.removeprefix("case ").strip()))
                received_ns = 0
            elif line.startswith("at "):
                received_ns = int(line.split()[1]) * 1_000
            else:
                _read_line(cases[-1], number, line, received_ns)
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(f"{name}:{number}: {line.strip()!r}: {error!r}") from error
    return cases


def _read_line(case: Case, number: int, line: str, received_ns: int) -> None:
    command, bar, event = (part.strip() for part in line.partition("|"))
    words = command.split()
    if command and words[0] == "instrument":
        case.instruments.append(parse_instrument(words[1:]))
    elif command and words[0] == "limits":
        pairs = zip(words[1::2], words[2::2], strict=True)
        fields = {CAPACITIES[word]: int(value) for word, value in pairs}
        case.configure = msgspec.structs.replace(case.configure, **fields)
    elif command:
        known = None if words[0] == "book" else parse_command(command, received_ns)
        case.steps.append(Step(number, command, known))
    if bar and event:
        case.steps[-1].expected.append(event)


@dataclass(frozen=True)
class Played:
    """What came out of one step."""

    step: Step
    events: list[MatchingEngineEvent]
    lines: list[str]


def play(case: Case, engine_type: EngineClass) -> Iterator[Played]:
    """Play a case on a fresh engine; the invariants hold after every command."""
    engine = engine_type(
        case.instruments or [Instrument(DEFAULT_SYMBOL, "1", "1")], configure=case.configure
    )
    for account in ACCOUNTS:
        engine.process(AddAccount(account=account))
    for step in case.steps:
        if step.command is None:
            symbol = ([*step.text.split(), DEFAULT_SYMBOL])[1]
            yield Played(step, [], book_lines(engine.orders(symbol)))
        else:
            events = engine.process(step.command)
            engine.check_invariants()
            yield Played(step, events, unit_lines(events))


def case_text(case: Case, engine_type: EngineClass) -> str:
    """Write a case with what `engine_type` makes of it, ready to be pasted into a case file."""
    lines = [f"case {case.name}"]
    lines += [f"instrument {instrument_text(instrument)}" for instrument in case.instruments]
    limits = [
        f"{word} {getattr(case.configure, name)}"
        for word, name in CAPACITIES.items()
        if getattr(case.configure, name) != getattr(Configure(), name)
    ]
    lines += [f"limits {' '.join(limits)}"] if limits else []
    received_ns = 0
    for played in play(case, engine_type):
        command = played.step.command
        if command is not None and command.received_ns != received_ns:
            received_ns = command.received_ns
            lines.append(f"at {received_ns // 1_000}")
        lines += aligned(played.step.text, played.lines)
    return "\n".join(lines) + "\n"


def case_of(
    name: str, instruments: list[Instrument], configure: Configure, commands: list[Command]
) -> Case:
    """Return the case that plays `commands`."""
    steps = [Step(0, command_text(command), command) for command in commands]
    return Case(name, instruments, configure, steps)


def aligned(left: str, right: list[str]) -> list[str]:
    """Return the lines of one step: commands in the left column, events in the right one."""
    rows = [f"{left:<{COMMAND_COLUMNS}}| {right[0]}" if right else left]
    return rows + [f"{'':<{COMMAND_COLUMNS}}| {line}" for line in right[1:]]
