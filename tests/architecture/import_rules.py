"""Check who may import whom (docs/ARCHITECTURE.md, import rules).

Role: rules over the import statements of one file, and the search for cycles over all of them.
Never imports the project.
"""

import sys
from collections.abc import Iterable, Iterator
from graphlib import CycleError, TopologicalSorter

from tests.architecture.source import PACKAGES, Finding, Import, Rule, Source

ENGINE_STDLIB = frozenset(
    "__future__ abc array bisect collections contextlib dataclasses decimal enum fractions"
    " functools hashlib heapq itertools math operator re string struct types typing zlib".split()
)
ENGINE_CYTHON = frozenset(("cython", "cpython", "libc", "libcpp", "posix"))
ENGINE_ONLY_IN = {
    "sortedcontainers": ("engine.reference",),
    "asyncio": ("engine.dispatcher",),
    "random": ("engine.flow",),
    "threading": ("engine.thread",),
    "os": ("engine.thread",),
}
# Cython's and C's ways to a clock, to randomness, to files.
ENGINE_NEVER = frozenset(
    "libc.time posix.time libcpp.random libc.stdio <time.h> <sys/time.h> <chrono> <random>"
    " <iostream> <fstream> <stdio.h>".split()
)
# The threads' side of the core waits, and stamps batches beside the records; the market never does.
ENGINE_THREADS = ("engine.core.rings", "engine.core.runloop")
SANS_IO = tuple(
    "app.accounts app.errors app.gateway app.idempotency app.market app.rate_limit app.store"
    " app.expiries app.wire app.feed.codecs app.feed.depth app.feed.group app.feed.hub"
    " app.feed.messages app.feed.outbox app.feed.services app.feed.session app.feed.timers".split()
)
SHELL_ONLY = frozenset(
    "aiohttp anyio asyncio datetime httptools httpx os random secrets select selectors socket ssl"
    " starlette subprocess threading time uuid uvicorn uvloop websockets".split()
)
MAY_IMPORT_MAIN = ("app.cli", "app.serve", "tests")


def _within(module: str, package: str) -> bool:
    """Tell whether `module` is `package` or inside it, app.gateway_limits being app.gateway's."""
    return module == package or module.startswith((f"{package}.", f"{package}_"))


def _top(module: str) -> str:
    return module.partition(".")[0]


def engine_is_a_leaf(source: Source) -> Iterator[Finding]:
    """Refuse everything but value types, msgspec and the engine itself."""
    if not _within(source.module, "engine"):
        return
    for statement in source.imports:
        if not _engine_may_import(source, statement):
            detail = f"the engine must not import {statement.module}"
            yield source.finding("engine-leaf", statement.line, detail)


def _engine_may_import(source: Source, statement: Import) -> bool:
    if "<time.h>" in statement.targets() and source.module in ENGINE_THREADS:
        return True
    if ENGINE_NEVER.intersection(statement.targets()):
        return False
    top = _top(statement.module)
    if top in ENGINE_ONLY_IN:
        return any(_within(source.module, owner) for owner in ENGINE_ONLY_IN[top])
    if source.is_cython and (top in ENGINE_CYTHON or top.startswith("<")):
        return True
    return top in ENGINE_STDLIB or top in ("engine", "msgspec")


def random_in_the_engine_is_seeded(source: Source) -> Iterator[Finding]:
    """Refuse random's module functions: only the class, which takes a seed."""
    for statement in source.imports:
        if _within(source.module, "engine") and statement.module == "random":
            if statement.names != ("Random",):
                yield source.finding("engine-leaf", statement.line, "from random import Random")


def auth_is_a_leaf(source: Source) -> Iterator[Finding]:
    """Refuse everything but the standard library, PyJWT and auth itself."""
    if not _within(source.module, "auth"):
        return
    for statement in source.imports:
        top = _top(statement.module)
        if top not in sys.stdlib_module_names and top not in ("auth", "jwt"):
            detail = f"auth must not import {statement.module}"
            yield source.finding("auth-leaf", statement.line, detail)


def protocol_logic_is_sans_io(source: Source) -> Iterator[Finding]:
    """Refuse loops, sockets, clocks and randomness where bytes go in and actions come out."""
    if not any(_within(source.module, module) for module in SANS_IO):
        return
    for statement in source.imports:
        if _top(statement.module) in SHELL_ONLY:
            detail = f"{source.module} is sans-I/O: no {statement.module}"
            yield source.finding("sans-io", statement.line, detail)


def only_main_composes(source: Source) -> Iterator[Finding]:
    """Refuse an import of app.main by anything but the command line and tests."""
    if any(_within(source.module, module) for module in MAY_IMPORT_MAIN):
        return
    for statement in source.imports:
        if "app.main" in statement.targets():
            yield source.finding("composition", statement.line, "nobody imports app.main")


def clients_know_only_the_protocol(source: Source) -> Iterator[Finding]:
    """Let app.client import nothing else of app; let loadtest import nothing but app.client."""
    own = "app.client"
    for statement in source.imports:
        ours = _top(statement.module) in ("app", "auth", "engine")
        if _within(source.module, own):
            forbidden = _top(statement.module) == "app"
        else:
            forbidden = _within(source.module, "loadtest") and ours
        meant = statement.targets()[1:] or statement.targets()
        if forbidden and not all(_within(target, own) for target in meant):
            detail = f"{source.module} knows only the protocol: no {statement.module}"
            yield source.finding("protocol-only", statement.line, detail)


def the_core_is_reached_through_the_engine(source: Source) -> Iterator[Finding]:
    """Refuse app, auth and loadtest an import of engine.core: the engine has a public face."""
    if _top(source.module) not in ("app", "auth", "loadtest", "static"):
        return
    for statement in source.imports:
        if any(_within(target, "engine.core") for target in statement.targets()):
            yield source.finding("public-face", statement.line, "engine.core is the engine's own")


def the_product_never_imports_its_tests(source: Source) -> Iterator[Finding]:
    """Refuse engine, auth and app an import of tests, bench or loadtest."""
    if _top(source.module) not in ("engine", "auth", "app", "static"):
        return
    for statement in source.imports:
        if _top(statement.module) in ("tests", "bench", "loadtest"):
            yield source.finding("no-test-import", statement.line, statement.module)


def imports_stand_at_the_top(source: Source) -> Iterator[Finding]:
    """Refuse an import inside a function, and a relative one."""
    for statement in source.imports:
        if statement.nested:
            yield source.finding("import-place", statement.line, "an import inside a function")
        if statement.module.startswith("."):
            yield source.finding("import-place", statement.line, "a relative import")


def find_cycle(sources: Iterable[Source]) -> list[str]:
    """Return the modules of one import cycle, first and last the same; empty without one."""
    ours = [s for s in sources if _top(s.module) in PACKAGES and s.suffix != ".pyi"]
    known = {source.module for source in ours}
    graph: dict[str, set[str]] = {}
    for source in ours:
        edges = graph.setdefault(source.module, set())
        for statement in source.imports:
            edges.update(_meant(statement, known) - {source.module})
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def _meant(statement: Import, known: set[str]) -> set[str]:
    """Return the modules that a statement loads: the submodules it names, else the package."""
    named = {f"{statement.module}.{name}" for name in statement.names} & known
    return named or ({statement.module} & known)


IMPORT_RULES: tuple[Rule, ...] = (
    engine_is_a_leaf,
    random_in_the_engine_is_seeded,
    auth_is_a_leaf,
    protocol_logic_is_sans_io,
    only_main_composes,
    clients_know_only_the_protocol,
    the_core_is_reached_through_the_engine,
    the_product_never_imports_its_tests,
    imports_stand_at_the_top,
)
