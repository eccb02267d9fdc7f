"""Print figures as a table and write them as JSON.

Role: the only place that formats figures.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from bench.figures import Figure, Row, Skipped
from bench.machine import Machine

HEADINGS: Final = ("figure", "median", "goal", "min - max", "p50 / p99", "beside", "conditions")


class Report(msgspec.Struct, frozen=True):
    """All figures of one run of the benches."""

    machine: Machine
    rows: tuple[Row, ...]


def header(machine: Machine) -> str:
    """Return the lines that say where figures come from."""
    return (
        f"{machine.measured_at} · {machine.cpu}, {machine.cores} cores, {machine.memory_gib} GiB"
        f" · {machine.system} · load {machine.load:.1f}\n"
        f"{machine.python} ({machine.compiler}) · commit {machine.commit}"
    )


def table(rows: Iterable[Row]) -> str:
    """Return the figures as an aligned Markdown table, and what was skipped below it."""
    rows = list(rows)
    cells = [HEADINGS, *(_cells(row) for row in rows if isinstance(row, Figure))]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = [_line(line, widths) for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    lines += [f"skipped: {row.name}: {row.why}" for row in rows if isinstance(row, Skipped)]
    return "\n".join(lines)


def write_json(report: Report, path: Path) -> None:
    """Write a report for programs."""
    rows = [{"skipped": isinstance(row, Skipped)} | msgspec.to_builtins(row) for row in report.rows]
    document = {"machine": msgspec.to_builtins(report.machine), "figures": rows}
    path.write_bytes(msgspec.json.format(msgspec.json.encode(document)) + b"\n")


def _cells(row: Figure) -> tuple[str, ...]:
    singles = ""
    if row.p50_ns is not None and row.p99_ns is not None:
        singles = f"{_duration(row.p50_ns)} / {_duration(row.p99_ns)}"
    conditions = row.conditions
    if row.state_hash is not None:
        conditions += f"; hash {row.state_hash[:12]}"
    return (
        row.name,
        f"{_number(row.value)} {row.unit}",
        row.goal or "",
        f"{_number(row.lowest)} - {_number(row.highest)}",
        singles,
        "" if row.ratio is None else f"{row.ratio:.2f} × {row.beside}",
        conditions,
    )


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (f" {cell.ljust(width)} " for cell, width in zip(cells, widths, strict=True))
    return "|" + "|".join(padded) + "|"


def _number(value: float) -> str:
    if value >= 1_000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _duration(nanoseconds: float) -> str:
    if nanoseconds < 10_000:
        return f"{nanoseconds:,.0f} ns"
    if nanoseconds < 10_000_000:
        return f"{nanoseconds / 1e3:,.0f} µs"
    return f"{nanoseconds / 1e6:,.1f} ms"
