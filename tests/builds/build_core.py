"""Build the compiled core anew for tests: with other flags, or with places broken on purpose.

    engine/core ──► break (sabotages) ──► translate (Cython) ──► compile (flags) ──► a package

Role: `make build` makes what is shipped; what is made here never is. Each step's outcome is kept
under build/variants by the hash of all that went into it, so that a second run finds it there.
Imports nothing of the project.
"""

import hashlib
import os
import re
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from tests.builds.sabotage import Sabotage, sabotaged

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "engine" / "core"
KEPT = ROOT / "build" / "variants"
KEPT_FILES_MAX = 150  # some 100 MB: a dozen generations of sources
BUILDS_AT_ONCE = 2
BUILD_S_MAX = 300

_CIMPORT = re.compile(r"^from engine\.core\.(\w+) cimport", re.MULTILINE)

Sources = Mapping[str, str]
"""The text of each .pyx and .pxd of the core, by its file name."""


@dataclass(frozen=True)
class Build:
    """What to build: the extension modules that `roots` need, with these flags.

    The sabotages are compiled into `broken` modules only: the readers beside them stay honest.
    """

    flags: tuple[str, ...]
    roots: tuple[str, ...] = ("kernel",)
    broken: tuple[str, ...] = ()
    sabotages: tuple[Sabotage, ...] = ()


def build(wanted: Build, folder: Path) -> Path:
    """Build a package folder, to be put in front of the module path; returns it.

    It has the checkout's Python modules beside the extensions. Raises AssertionError when a
    sabotage no longer fits the sources, RuntimeError with the compiler's words.
    """
    sources = read_sources()
    broken = sabotaged(sources, wanted.sabotages, wanted.broken)

    # Asked here, once: sysconfig gathers its answers on first use, and not for two threads.
    tools = (compiler_version(), *compiling(), *wanted.flags)

    def make(module: str) -> Path:
        text = broken if module in wanted.broken else sources
        return compiled(translated(module, text), tools)

    modules = sorted(set().union(*(needs(root, sources) for root in wanted.roots)))
    modules = [module for module in modules if f"{module}.pyx" in sources]
    with ThreadPoolExecutor(BUILDS_AT_ONCE) as pool:
        extensions = dict(zip(modules, pool.map(make, modules), strict=True))
    core = folder / "engine" / "core"
    core.mkdir(parents=True)
    for path in [*CORE.parent.glob("*.py"), *CORE.glob("*.py")]:
        (folder / path.relative_to(ROOT)).symlink_to(path)
    for module, extension in extensions.items():
        (core / f"{module}.so").symlink_to(extension)
    forget_old()
    return folder


def read_sources() -> Sources:
    """Return the core as it stands in the checkout."""
    paths = sorted([*CORE.glob("*.pyx"), *CORE.glob("*.pxd")])
    return {path.name: path.read_text("utf-8") for path in paths}


def needs(module: str, sources: Sources) -> set[str]:
    """Return the modules that a module's C++ depends on, itself too."""
    found, left = set[str](), {module}
    while left:
        name = left.pop()
        found.add(name)
        # Of the others, what they declare: their own code is theirs.
        files = [f"{name}.pxd", f"{name}.pyx"]
        left.update(*(_CIMPORT.findall(sources.get(file, "")) for file in files))
        left -= found
    return found


def translated(module: str, sources: Sources) -> Path:
    """Return the C++ of one module, with the Cython lines in it for readable reports."""
    needed = {f"{name}.pxd" for name in needs(module, sources)} | {f"{module}.pyx"}
    used = {name: text for name, text in sorted(sources.items()) if name in needed}

    def translate(target: Path) -> None:
        with tempfile.TemporaryDirectory() as place:
            core = Path(place, "engine", "core")
            core.mkdir(parents=True)
            for package in (core.parent, core):
                (package / "__init__.py").touch()
            for name, text in used.items():
                (core / name).write_text(text, "utf-8")
            options = ["--cplus", "--line-directives", "--module-name", f"engine.core.{module}"]
            source = f"engine/core/{module}.pyx"
            run_tool([sys.executable, "-m", "cython", *options, "-o", str(target), source], place)

    return kept(".cpp", translate, version("Cython"), module, *used, *used.values())


def compiled(source: Path, tools: tuple[str, ...]) -> Path:
    """Return the extension module of one C++ file; the tools are a version, then a command."""

    def compile_it(target: Path) -> None:
        run_tool([*tools[1:], "-x", "c++", str(source), "-o", str(target)], ROOT)

    return kept(".so", compile_it, *tools, source.read_text("utf-8"))


def compiling() -> list[str]:
    """Return the command that compiles and links an extension, without its files."""
    linking = shlex.split(sysconfig.get_config_var("LDCXXSHARED"))[1:]
    include = sysconfig.get_path("include")
    return [*compiler(), "-std=c++17", "-fPIC", "-g1", f"-I{include}", *linking]


def compiler() -> list[str]:
    """Return the C++ compiler's command: CXX, or that which Python was built with."""
    return shlex.split(os.environ.get("CXX") or sysconfig.get_config_var("CXX"))[:1]


@cache
def compiler_version() -> str:
    """Return what the compiler says of itself."""
    return run_tool([*compiler(), "--version"], ROOT)


@cache
def runtime_library(name: str) -> Path | None:
    """Return the compiler's own shared library of this name, None when it has none."""
    found = Path(run_tool([*compiler(), f"-print-file-name={name}"], ROOT).strip())
    return found if found.is_absolute() else None


def kept(suffix: str, make: Callable[[Path], None], *ingredients: str) -> Path:
    """Return the file that these ingredients make; it is made unless it is there."""
    key = hashlib.sha256("\0".join(ingredients).encode()).hexdigest()[:24]
    path = KEPT / f"{key}{suffix}"
    if path.exists():
        path.touch()
        return path
    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=KEPT) as place:
        made = Path(place, path.name)
        make(made)
        # Another run may make the same at this time: whoever is last, it is whole.
        made.replace(path)
    return path


def forget_old() -> None:
    """Delete what was not used for the longest time."""
    newest_first = sorted(KEPT.glob("*.*"), key=lambda path: -path.stat().st_mtime)
    for path in newest_first[KEPT_FILES_MAX:]:
        path.unlink(missing_ok=True)


def run_tool(command: list[str], folder: Path | str) -> str:
    """Run a tool of the build and return its output."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=BUILD_S_MAX, check=False
    )
    if done.returncode != 0:
        raise RuntimeError(f"{shlex.join(command)}\n{done.stderr[-4000:]}")
    return done.stdout
