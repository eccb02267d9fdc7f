"""Print what was measured as a table and write it as JSON.

Role: the only place that formats figures.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import msgspec

from loadtest.figures import Burst, Cpu, Durations, Sent, Steady
from loadtest.processor import Machine

HEADINGS: Final = ("figure", "value", "p50", "p99", "p99.9", "highest", "of")
Row = tuple[str, ...]
Result = Steady | Burst


def header(machine: Machine) -> str:
    """Return the lines that say where figures come from."""
    return (
        f"{machine.measured_at} · {machine.cpu}, {machine.cores} cores · {machine.system}"
        f" · load {machine.load:.1f}\n{machine.python} · commit {machine.commit}"
    )


def table(results: Sequence[Result]) -> str:
    """Return all figures as one aligned Markdown table, conditions and faults below it."""
    cells = [HEADINGS, *(row for result in results for row in _rows(result))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines.append("")
    lines += [f"{_name(result)}: {result.conditions}" for result in results]
    lines += [f"FAULT: {fault}" for result in results for fault in faults(result)]
    return "\n".join(lines)


def faults(result: Result) -> list[str]:
    """Return what must not be in any run: a broken chain, another book, unanswered orders."""
    found = [f"{count} orders: {code}" for code, count in result.sent.refused.items()]
    if isinstance(result, Steady):
        found += result.received.faults
        lacking = result.received.subscribers - result.received.complete
        if lacking:
            found.append(f"{lacking} subscribers never had the last change")
        if result.received.checked_messages == 0:
            found.append("no message was checked")
    return found


def write_json(machine: Machine, results: Sequence[Result], path: Path) -> None:
    """Write everything for programs."""
    document = {
        "machine": msgspec.to_builtins(machine),
        "results": [
            {"scenario": _name(result), "faults": faults(result)} | msgspec.to_builtins(result)
            for result in results
        ],
    }
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


def _name(result: Result) -> str:
    return type(result).__name__.lower()


def _rows(result: Result) -> Iterator[Row]:
    name = _name(result)
    if isinstance(result, Steady):
        yield from _audience_rows(name, result)
    else:
        yield _plain(f"{name}: accepted orders", f"{result.orders_per_second:,.0f} /s")
    yield from _order_rows(name, result.sent)
    yield from _cpu_rows(name, result.cpu)


def _audience_rows(name: str, result: Steady) -> Iterator[Row]:
    received, elapsed_s = result.received, result.sent.elapsed_s or 1.0
    yield _plain(f"{name}: reach", f"{result.reach:.2%}", f"{result.expected:,} messages")
    yield _spread(f"{name}: matched → received", received.matched_to_received)
    yield _plain(f"{name}: messages received", f"{received.messages / elapsed_s:,.0f} /s")
    yield _plain(f"{name}: bytes received", f"{received.bytes / elapsed_s:,.0f} /s")
    yield _plain(f"{name}: checked messages", f"{received.checked_messages:,}")


def _order_rows(name: str, sent: Sent) -> Iterator[Row]:
    accepted = f"{sent.accepted / sent.sent:.2%}" if sent.sent else "-"
    yield _plain(f"{name}: orders accepted", accepted, f"{sent.sent:,} orders")
    yield _spread(f"{name}: order due → own ack", sent.due_to_acknowledged)
    yield _spread(f"{name}: order due → sent", sent.late)


def _cpu_rows(name: str, cpu: Cpu) -> Iterator[Row]:
    shares = (("server", cpu.server), ("sender", cpu.sender), ("receivers", cpu.receivers))
    for process, cores in shares:
        if cores is not None:
            yield _plain(f"{name}: CPU of {process}", f"{cores:.0%} of a core")


def _plain(figure: str, value: str, of: str = "") -> Row:
    return (figure, value, "", "", "", "", of)


def _spread(figure: str, spread: Durations | None) -> Row:
    if spread is None:
        return _plain(figure, "none")
    marks_us = (spread.p50_us, spread.p99_us, spread.p999_us, spread.highest_us)
    return (figure, "", *(_duration(mark_us) for mark_us in marks_us), f"{spread.count:,}")


def _duration(microseconds: int) -> str:
    return f"{microseconds:,} µs" if abs(microseconds) < 10_000 else f"{microseconds / 1e3:,.1f} ms"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f" {cell.ljust(width)} " for cell, width in zip(cells, widths, strict=True))
    return "|" + "|".join(padded) + "|"
