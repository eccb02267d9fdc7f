"""The same tape gives the same bytes, whatever the compiler's options and Python's hash seed."""

import json
import tomllib
from importlib import import_module
from pathlib import Path

import pytest

from tests.builds.build_core import CORE, ROOT, Build, build, needs, read_sources
from tests.builds.kernel_sabotages import BROKEN_MODULES, KERNEL_SABOTAGES
from tests.builds.ring_sabotages import BROKEN_MODULES as BROKEN_RINGS
from tests.builds.ring_sabotages import RING_SABOTAGES
from tests.builds.running import run
from tests.builds.sabotage import SWITCH, Sabotage, sabotaged
from tests.engine.implementations import COMPILED, REFERENCE
from tests.engine.profiles import PROFILES

pytestmark = pytest.mark.timeout(300)

COMMANDS = 10_000
UNOPTIMISED = Build(("-O0",))
TOLD_BY_BOTH = ("events", "book", "state")

Digests = dict[str, dict[str, str]]


def played(folder: Path, implementation: str, seed: int, hash_seed: int) -> Digests:
    """Play the tape on the core in `folder`, in another process; return each profile's digests."""
    print(f"DEPTHCAST_SEED={seed}")
    done = run(
        folder,
        "tape",
        implementation,
        str(seed),
        str(COMMANDS),
        timeout_s=120,
        environment={"PYTHONHASHSEED": str(hash_seed)},
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["core"]).is_relative_to(folder), "another core was played"
    digests: Digests = told["digests"]
    assert {profile.name for profile in PROFILES} <= set(digests)
    return digests


@pytest.fixture(scope="module")
def shipped(seed: int) -> Digests:
    """What the core that `make build` made tells of the tape."""
    return played(ROOT, COMPILED, seed, hash_seed=1)


def test_another_process_with_another_hash_seed_makes_the_same_bytes(
    shipped: Digests, seed: int
) -> None:
    assert played(ROOT, COMPILED, seed, hash_seed=2) == shipped


def test_a_core_without_optimisation_makes_the_same_bytes(
    shipped: Digests, seed: int, tmp_path: Path
) -> None:
    assert played(build(UNOPTIMISED, tmp_path), COMPILED, seed, hash_seed=3) == shipped


def test_the_twin_tells_the_same_with_another_hash_seed(shipped: Digests, seed: int) -> None:
    twin = played(ROOT, REFERENCE, seed, hash_seed=4)
    for name, digests in shipped.items():
        told = {what: digests[what] for what in TOLD_BY_BOTH}
        assert {what: twin[name][what] for what in TOLD_BY_BOTH} == told, name


def test_what_is_shipped_is_optimised_and_has_no_sabotage() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    extensions = project["tool"]["setuptools"]["ext-modules"]
    assert all("-O3" in extension["extra-compile-args"] for extension in extensions)
    assert len(extensions) == len(list(CORE.glob("*.pyx")))
    for module in (*BROKEN_MODULES, *BROKEN_RINGS):
        assert not hasattr(import_module(f"engine.core.{module}"), SWITCH)


@pytest.mark.parametrize(
    ("sabotages", "modules"),
    [(KERNEL_SABOTAGES, BROKEN_MODULES), (RING_SABOTAGES, BROKEN_RINGS)],
    ids=["kernel", "rings"],
)
def test_every_sabotage_is_compiled_into_a_module_with_a_switch(
    sabotages: tuple[Sabotage, ...], modules: tuple[str, ...]
) -> None:
    sources = read_sources()
    compiled = {f"{module}.pyx" for module in modules}
    for module in modules:
        compiled |= {f"{name}.pxd" for name in needs(module, sources)}
    assert {sabotage.file for sabotage in sabotages} <= compiled
    assert len({sabotage.name for sabotage in sabotages}) == len(sabotages)


@pytest.mark.parametrize("text", ["no such line\n", "cdef "], ids=["never", "often"])
def test_a_sabotage_that_no_longer_fits_is_an_error(text: str) -> None:
    sabotage = Sabotage("old", "everything", (), "matcher.pyx", text, "BROKEN")
    with pytest.raises(AssertionError, match=r"old: stands \d+ times in matcher\.pyx"):
        sabotaged(read_sources(), [sabotage], [])
