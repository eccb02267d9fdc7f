"""The compiled core under the compiler's sanitizers: memory, undefined behaviour, data races.

Role: builds of the core alone; Python beside it is as it is. `DEPTHCAST_SANITIZED_COMMANDS` makes
the runs longer (`make sanitize`). Every sanitizer must also report what is broken on purpose.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.builds.build_core import Build, build, runtime_library
from tests.builds.kernel_sabotages import BROKEN_MODULES, KERNEL_SABOTAGES
from tests.builds.ring_sabotages import BROKEN_MODULES as BROKEN_RINGS
from tests.builds.ring_sabotages import RING_SABOTAGES
from tests.builds.running import run
from tests.builds.sabotage import MEMORY_REPORTS, RACE
from tests.conftest import unavailable

COMMANDS = int(os.environ.get("DEPTHCAST_SANITIZED_COMMANDS", "10000"))
RUN_S_MAX = 100 + COMMANDS / 500
ROUND_COMMANDS = 2_000
ROUNDS = max(2, COMMANDS // 3 // ROUND_COMMANDS)
ROUNDS_UNTIL_SEEN = 60

pytestmark = pytest.mark.timeout(200 + RUN_S_MAX)

MEMORY = ("-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")
# Without -fno-builtin the compiler moves a slot by instructions of its own, which it does not
# show to TSan: it would be blind to what travels through the rings.
THREADS = ("-O1", "-fno-builtin", "-fsanitize=thread")

IN_MEMORY = [
    (sabotage.name, report) for sabotage in KERNEL_SABOTAGES for report in sabotage.seen_by
]
IN_MEMORY = [(name, report) for name, report in IN_MEMORY if report in MEMORY_REPORTS]

# A lag reader copies what may be overwritten meanwhile and looks afterwards whether it was: right
# on every machine, but a race by the letter. All that is around that copy is still watched.
LAG_COPY = "race:BusReader_copy\n"


def preloaded(name: str) -> str:
    """Return a sanitizer's runtime, which must be there before Python is."""
    library = runtime_library(name)
    if library is None:
        unavailable(f"{name} of the C++ compiler (Debian: apt-get install g++)")
    return str(library)


@pytest.fixture(scope="module")
def memory_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core under AddressSanitizer and UndefinedBehaviorSanitizer."""
    preloaded("libasan.so")
    return build(Build(MEMORY), tmp_path_factory.mktemp("memory"))


@pytest.fixture(scope="module")
def broken_memory_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with switches."""
    preloaded("libasan.so")
    wanted = Build(MEMORY, broken=BROKEN_MODULES, sabotages=KERNEL_SABOTAGES)
    return build(wanted, tmp_path_factory.mktemp("broken_memory"))


@pytest.fixture(scope="module")
def threads_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The core, its rings and the engine thread's loop under ThreadSanitizer."""
    preloaded("libtsan.so")
    return build(Build(THREADS, roots=("runloop",)), tmp_path_factory.mktemp("threads"))


@pytest.fixture(scope="module")
def broken_threads_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with switches."""
    preloaded("libtsan.so")
    wanted = Build(THREADS, ("runloop",), broken=BROKEN_RINGS, sabotages=RING_SABOTAGES)
    return build(wanted, tmp_path_factory.mktemp("broken_threads"))


def in_memory(core: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Play a tape under both sanitizers of memory, Python's own small blocks included."""
    options = {
        "LD_PRELOAD": preloaded("libasan.so"),
        "ASAN_OPTIONS": "detect_leaks=0",
        "UBSAN_OPTIONS": "print_stacktrace=1",
        "PYTHONMALLOC": "malloc",
    }
    return run(core, "tape", "compiled", *arguments, timeout_s=RUN_S_MAX, environment=options)


def between_threads(
    core: Path, *arguments: str, suppressions: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Send commands to an engine thread and read its events, under TSan."""
    options = "halt_on_error=1:exitcode=66"
    if suppressions is not None:
        options += f":suppressions={suppressions}"
    variables = {"LD_PRELOAD": preloaded("libtsan.so"), "TSAN_OPTIONS": options}
    return run(core, "two_threads", *arguments, timeout_s=RUN_S_MAX, environment=variables)


def test_a_long_tape_leaves_memory_and_the_language_in_order(memory_core: Path, seed: int) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    done = in_memory(memory_core, str(seed), str(COMMANDS))
    assert (done.returncode, done.stderr) == (0, "")
    assert Path(json.loads(done.stdout)["core"]).is_relative_to(memory_core)


@pytest.mark.parametrize(("name", "report"), IN_MEMORY, ids=map("-".join, IN_MEMORY))
def test_a_fault_in_memory_or_arithmetic_is_reported(
    broken_memory_core: Path, name: str, report: str
) -> None:
    done = in_memory(broken_memory_core, "1", "3000", name)
    assert done.returncode != 0
    assert report in done.stderr


@pytest.mark.parametrize("waits", ["spin", "yield", "park"])
def test_two_threads_share_the_rings_without_a_race(
    threads_core: Path, waits: str, seed: int
) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    done = between_threads(threads_core, waits, str(seed), str(ROUNDS), "gates")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_reader_that_is_overtaken_races_in_its_copy_alone(
    threads_core: Path, seed: int, tmp_path: Path
) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    suppressions = tmp_path / "suppressions"
    suppressions.write_text(LAG_COPY)
    done = between_threads(
        threads_core, "spin", str(seed), str(ROUNDS), "lag", suppressions=suppressions
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", [sabotage.name for sabotage in RING_SABOTAGES])
def test_a_missing_order_between_the_threads_is_reported(
    broken_threads_core: Path, name: str
) -> None:
    done = between_threads(broken_threads_core, "spin", "1", str(ROUNDS_UNTIL_SEEN), "gates", name)
    assert done.returncode == 66
    assert RACE in done.stderr
