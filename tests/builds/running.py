"""Run a script of this folder on a build of the core, in a process of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tests.builds.build_core import ROOT

# What would keep a sanitizer's runtime from laying out its shadow memory.
_SHADOW_FAILED = "unexpected memory mapping"


def run(
    folder: Path,
    script: str,
    *arguments: str,
    timeout_s: float,
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run `tests.builds.<script>` with the build in `folder` before everything else.

    Raises subprocess.TimeoutExpired.
    """
    command = [sys.executable, "-P", "-m", f"tests.builds.{script}", *arguments]
    path = os.pathsep.join((str(folder), str(ROOT)))
    variables = {**os.environ, "PYTHONPATH": path, **(environment or {})}

    def once(*prefix: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*prefix, *command],
            env=variables,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )

    done = once()
    if done.returncode != 0 and _SHADOW_FAILED in done.stderr:
        # A kernel that scatters memory widely: without that, the runtime finds its place.
        done = once("setarch", "--addr-no-randomize")
    return done
