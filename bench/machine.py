"""Describe the machine, the interpreter and the commit that figures belong to.

Role: the header of every report. Reads files and asks git; changes nothing.
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


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """Where and when figures were measured; `load` is how many tasks wanted a core just before."""

    measured_at: str
    cpu: str
    cores: int
    memory_gib: int
    system: str
    python: str
    compiler: str
    commit: str
    load: float


def describe_machine() -> Machine:
    """Return this machine, now."""
    return Machine(
        measured_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        memory_gib=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        system=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {sys.version.split()[0]}",
        compiler=platform.python_compiler(),
        commit=_commit(),
        load=os.getloadavg()[0],
    )


def _cpu_model() -> str:
    """Return the processor's name where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str:
    """Return the short commit, with "+" when the tree differs from it; "none" without one."""
    found = _git("rev-parse", "--short", "HEAD")
    if not found:
        return "none"
    return f"{found}{'+' if _git('status', '--porcelain') else ''}"


def _git(*arguments: str) -> str:
    try:
        ran = subprocess.run(
            ("git", *arguments), cwd=ROOT, capture_output=True, text=True, check=False, timeout=20
        )
    except OSError:
        return ""
    return ran.stdout.strip() if ran.returncode == 0 else ""
