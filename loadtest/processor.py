"""Describe the machine and read processor times.

Role: reads /proc and asks git; changes nothing.
"""

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

ROOT: Final = Path(__file__).resolve().parent.parent
_USER_TICKS: Final = 11
"""Place of utime in /proc/<pid>/stat behind the command's name; stime follows (proc(5))."""


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when it was measured; `load` is how many tasks wanted a core just before."""

    measured_at: str
    cpu: str
    cores: int
    system: str
    python: str
    commit: str
    load: float


def describe_machine() -> Machine:
    """Return this machine, now."""
    return Machine(
        measured_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        commit=_commit(),
        load=os.getloadavg()[0],
    )


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that a process has used, all its threads; None if unreadable."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    ticks = int(fields[_USER_TICKS]) + int(fields[_USER_TICKS + 1])
    return ticks / os.sysconf("SC_CLK_TCK")


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str:
    """Return the short commit, with "+" when the tree differs from it; "none" without one."""
    found = _git("rev-parse", "--short", "HEAD")
    return f"{found}{'+' if _git('status', '--porcelain') else ''}" if found else "none"


def _git(*arguments: str) -> str:
    try:
        ran = subprocess.run(
            ("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
