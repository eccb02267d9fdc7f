"""Show each architecture rule a tiny source that it must refuse, and one that it must let pass.

Role: makes sure that no rule is unable to fail. Words that a rule forbids are written in pieces.
"""

from pathlib import Path
from textwrap import dedent

import pytest

from tests.architecture import import_rules, shape_rules, value_rules
from tests.architecture.import_rules import IMPORT_RULES, find_cycle
from tests.architecture.shape_rules import SHAPE_RULES
from tests.architecture.source import Rule, Source, project_sources
from tests.architecture.value_rules import VALUE_RULES

LEAF = import_rules.engine_is_a_leaf
SEEDED = import_rules.random_in_the_engine_is_seeded
AUTH = import_rules.auth_is_a_leaf
SANS_IO = import_rules.protocol_logic_is_sans_io
MAIN = import_rules.only_main_composes
PROTOCOL = import_rules.clients_know_only_the_protocol
FACE = import_rules.the_core_is_reached_through_the_engine
NO_TESTS = import_rules.the_product_never_imports_its_tests
PLACE = import_rules.imports_stand_at_the_top
LENGTH = shape_rules.files_are_short
FUNCTION = shape_rules.functions_are_short
COLUMNS = shape_rules.lines_are_narrow
DOCSTRING = shape_rules.modules_say_their_role
NARROW = shape_rules.exceptions_are_narrow
LEFT_OVER = shape_rules.nothing_is_left_over
WORDS = shape_rules.the_project_speaks_of_itself
STATE = value_rules.modules_hold_no_state
FLOAT = value_rules.money_is_never_a_float
MARKUP = value_rules.pages_are_files
PAGE = value_rules.pages_are_self_contained_and_safe

LONG_FUNCTION = "def f(x):\n" + "    x += 1\n" * 70
LONG_KERNEL = "cdef int f(int x) noexcept nogil:\n" + "    x += 1\n" * 70 + "\ncdef int g = 0\n"
UNEXPLAINED = "try:\n    pass\nexcept Exception:\n    pass\n"
EXPLAINED = "try:\n    pass\nexcept Exception:\n    # the reader is gone either way\n    pass\n"

REFUSED: list[tuple[Rule, str, str]] = [
    (LEAF, "engine/book.py", "import asyncio"),
    (LEAF, "engine/book.py", "import time"),
    (LEAF, "engine/book.py", "import os.path"),
    (LEAF, "engine/book.py", "import logging"),
    (LEAF, "engine/book.py", "from sortedcontainers import SortedDict"),
    (LEAF, "engine/book.py", "import random"),
    (LEAF, "engine/thread.py", "import asyncio"),
    (LEAF, "engine/book.py", "from app import wire"),
    (LEAF, "engine/book.py", "if TYPE_CHECKING:\n    from auth.tokens import Identity"),
    (LEAF, "engine/book.py", "def f():\n    import app.wire"),
    (LEAF, "engine/core/kernel.pyx", "from libc.time cimport time"),
    (LEAF, "engine/core/kernel.pyx", "from libc cimport time"),
    (LEAF, "engine/core/kernel.pyx", "cimport posix.time"),
    (LEAF, "engine/core/kernel.pyx", "cimport numpy as np"),
    (LEAF, "engine/core/kernel.pxd", "from app.feed.broadcast cimport Frame"),
    (LEAF, "engine/core/kernel.pyx", 'cdef extern from "<chrono>" namespace "std":\n    pass'),
    (LEAF, "engine/core/kernel.pyx", 'cdef extern from "time.h":\n    pass'),
    (SEEDED, "engine/flow.py", "import random"),
    (SEEDED, "engine/flow.py", "from random import Random, gauss"),
    (AUTH, "auth/tokens.py", "from starlette.requests import Request"),
    (AUTH, "auth/tokens.py", "import app.errors"),
    (AUTH, "auth/tokens.py", "from engine import limits"),
    (SANS_IO, "app/feed/session.py", "import asyncio"),
    (SANS_IO, "app/feed/session.py", "from time import monotonic"),
    (SANS_IO, "app/feed/session_orders.py", "import socket"),
    (SANS_IO, "app/feed/hub.py", "from starlette.websockets import WebSocket"),
    (SANS_IO, "app/gateway.py", "import uuid"),
    (SANS_IO, "app/errors.py", "from datetime import datetime"),
    (MAIN, "app/api/orders.py", "from app.main import create_app"),
    (MAIN, "app/api/orders.py", "from app import main"),
    (MAIN, "bench/rest.py", "import app.main"),
    (PROTOCOL, "app/client/book.py", "from app.wire import Order"),
    (PROTOCOL, "app/client/book.py", "from app import client, wire"),
    (PROTOCOL, "loadtest/users.py", "from app.feed import messages"),
    (PROTOCOL, "loadtest/users.py", "import engine"),
    (FACE, "app/bridge.py", "from engine.core.rings import Ring"),
    (FACE, "app/bridge.py", "from engine import core"),
    (NO_TESTS, "app/bridge.py", "from tests.support import clock"),
    (NO_TESTS, "engine/flow.py", "import bench.flow"),
    (PLACE, "app/cli.py", "def f():\n    import json"),
    (PLACE, "app/cli.py", "async def f():\n    if True:\n        from json import loads"),
    (PLACE, "app/cli.py", "from .wire import Order"),
    (PLACE, "engine/core/kernel.pyx", "def f():\n    from engine import limits"),
    (LENGTH, "app/cli.py", "x = 1\n" * 301),
    (LENGTH, "static/js/book.js", "x;\n" * 301),
    (LENGTH, "engine/core/kernel.pyx", "x = 1\n" * 501),
    (FUNCTION, "app/cli.py", LONG_FUNCTION),
    (FUNCTION, "app/cli.py", "class C:\n    async " + LONG_FUNCTION.replace("\n", "\n    ")),
    (FUNCTION, "engine/core/kernel.pyx", LONG_KERNEL),
    (FUNCTION, "engine/core/book.pxd", LONG_KERNEL.replace("cdef", "cdef inline", 1)),
    (COLUMNS, "app/cli.py", "x = " + "1" * 97),
    (COLUMNS, "static/js/book.js", "/" * 101),
    (DOCSTRING, "app/cli.py", "import json"),
    (DOCSTRING, "engine/core/kernel.pyx", "# cython: boundscheck=False\nimport cython"),
    (NARROW, "app/cli.py", "try:\n    pass\nexcept:\n    pass"),
    (NARROW, "app/cli.py", UNEXPLAINED),
    (NARROW, "app/cli.py", UNEXPLAINED.replace("Exception", "(OSError, BaseException) as error")),
    (NARROW, "app/cli.py", "with contextlib.suppress(Exception):\n    pass"),
    (NARROW, "engine/core/kernel.pyx", UNEXPLAINED),
    (NARROW, "engine/core/kernel.pyx", "try:\n    pass\nexcept:\n    pass"),
    (LEFT_OVER, "app/cli.py", "# TO" + "DO: later"),
    (LEFT_OVER, "static/js/book.js", "// FIX" + "ME"),
    (LEFT_OVER, "engine/core/kernel.pyx", "raise NotImplemented" + "Error"),
    (LEFT_OVER, "tests/test_cli.py", "time.slee" + "p(1)"),
    (WORDS, "docs/DEVELOPING.md", "see /wor" + "k/main"),
    (WORDS, "requirements/run.txt", "--inde" + "x-url https://example.org"),
    (WORDS, "Dockerfile", "https://pyp" + "i.org/project/x"),
    (WORDS, "app/cli.py", "# as issu" + "e #2 asks"),
    (STATE, "app/api/orders.py", "app = create_app()"),
    (STATE, "app/feed/hub.py", "connections = {}"),
    (STATE, "app/feed/hub.py", "CONNECTIONS: Final = ConnectionManager()"),
    (STATE, "app/feed/hub.py", "_LOCK = threading.Lock()"),
    (STATE, "app/feed/hub.py", "CACHE = collections.defaultdict(list)"),
    (STATE, "app/feed/hub.py", "def f():\n    global seen\n    seen = 1"),
    (STATE, "app/feed/hub.py", "for code in CODES:\n    register(code)"),
    (STATE, "app/feed/hub.py", "if True:\n    logging.basicConfig()"),
    (FLOAT, "engine/book.py", "price = 0.5"),
    (FLOAT, "engine/book.py", "def f(price: float): pass"),
    (FLOAT, "engine/book.py", "middle = (bid + ask) / 2"),
    (FLOAT, "engine/book.py", "total /= 2"),
    (FLOAT, "engine/core/kernel.pyx", "cdef double price"),
    (FLOAT, "engine/core/kernel.pyx", "x = y * 0.5"),
    (MARKUP, "app/api/docs.py", 'PAGE = "<html><body>"'),
    (MARKUP, "app/api/docs.py", 'page = f"<div class={name}>"'),
    (PAGE, "static/js/tape.js", "row.innerHTML = trade.price;"),
    (PAGE, "static/js/main.js", "new WebSocket('ws://localhost:8080/v1/ws')"),
    (PAGE, "static/index.html", '<script src="https://cdn.example.org/chart.js"></script>'),
]

ACCEPTED: list[tuple[Rule, str, str]] = [
    (LEAF, "engine/reference.py", "from sortedcontainers import SortedDict"),
    (LEAF, "engine/dispatcher.py", "import asyncio"),
    (LEAF, "engine/thread.py", "import os\nimport threading"),
    (LEAF, "engine/core/rings.pyx", "from libcpp.atomic cimport atomic, memory_order"),
    (LEAF, "engine/core/rings.pyx", 'cdef extern from "sys/eventfd.h" nogil:\n    pass'),
    (LEAF, "app/clock.py", "import time"),
    (SEEDED, "engine/flow.py", "from random import Random"),
    (AUTH, "auth/tokens.py", "import json\nimport jwt\nfrom auth import policy"),
    (SANS_IO, "app/feed/connection.py", "import asyncio"),
    (MAIN, "app/cli.py", "from app.main import create_app"),
    (PROTOCOL, "loadtest/users.py", "import asyncio\nfrom app.client import Connection"),
    (FACE, "engine/thread.py", "from engine.core.runloop import RunLoop"),
    (PLACE, "app/cli.py", "if TYPE_CHECKING:\n    from json import loads"),
    (LENGTH, "engine/core/kernel.pyx", "x = 1\n" * 500),
    (FUNCTION, "app/cli.py", "def f(x):\n" + "    x += 1\n" * 69),
    (FUNCTION, "engine/core/kernel.pyx", LONG_KERNEL.replace("    x += 1\n", "", 1)),
    (COLUMNS, "README.md", "x" * 101),
    (DOCSTRING, "engine/core/kernel.pyx", '# cython: x=1\n"""Match."""\nimport cython'),
    (DOCSTRING, "tests/__init__.py", ""),
    (NARROW, "app/cli.py", EXPLAINED),
    (NARROW, "app/cli.py", "try:\n    pass\nexcept OSError:\n    pass"),
    (LEFT_OVER, "app/cli.py", "await clock.sleep(1)"),
    (WORDS, "README.md", "a network/work/flow that an issuer likes"),
    (STATE, "app/errors.py", "STATUS: Final = {'internal': 500}\n_log = logging.getLogger('x')"),
    (STATE, "app/__main__.py", "if __name__ == '__main__':\n    main()"),
    (STATE, "app/limits.py", "assert LOW < HIGH\n_decoder = msgspec.json.Decoder(Order)"),
    (FLOAT, "engine/flow.py", "rate = 0.5"),
    (FLOAT, "engine/book.py", "middle = (bid + ask) // 2  # 0.5 is lost"),
    (FLOAT, "engine/core/kernel.pyx", "cdef int x = 15  # a double of 0.5"),
    (MARKUP, "app/api/docs.py", 'text = "a < b and b > c"'),
    (PAGE, "static/js/main.js", "const svg = 'http://www.w3.org/2000/svg'; row.textContent = x;"),
]


def row_name(value: object) -> str:
    return getattr(value, "__name__", str(value)[:40].partition("\n")[0])


@pytest.mark.parametrize(("rule", "path", "text"), REFUSED, ids=row_name)
def test_a_rule_refuses_what_it_forbids(rule: Rule, path: str, text: str) -> None:
    findings = list(rule(Source(path, text)))
    assert findings
    assert all(str(finding).startswith(f"{path}:{finding.line}: ") for finding in findings)


@pytest.mark.parametrize(("rule", "path", "text"), ACCEPTED, ids=row_name)
def test_a_rule_lets_pass_what_is_allowed(rule: Rule, path: str, text: str) -> None:
    assert [str(finding) for finding in rule(Source(path, text))] == []


@pytest.mark.parametrize("table", [REFUSED, ACCEPTED], ids=["refused", "accepted"])
def test_every_rule_has_a_row(table: list[tuple[Rule, str, str]]) -> None:
    allowed_everywhere = {NO_TESTS} if table is ACCEPTED else set()
    rules = {*IMPORT_RULES, *SHAPE_RULES, *VALUE_RULES} - allowed_everywhere
    assert {rule for rule, _, _ in table} == rules


CYCLES = [
    ({"app/a.py": "import app.b", "app/b.py": "from app import a"}, {"app.a", "app.b"}),
    (
        {
            "engine/core/kernel.pyx": "from engine.core.rings cimport push",
            "engine/core/rings.pxd": "from engine.core.records cimport record",
            "engine/core/records.pyx": "from engine.core cimport kernel",
        },
        {"engine.core.kernel", "engine.core.rings", "engine.core.records"},
    ),
    ({"app/a.py": "from app import b, c", "app/b.py": "import app.c", "app/c.py": ""}, set()),
    ({"app/__init__.py": "from app import a", "app/a.py": "import app.b", "app/b.py": ""}, set()),
]


@pytest.mark.parametrize(("files", "cycle"), CYCLES)
def test_a_cycle_of_imports_is_found(files: dict[str, str], cycle: set[str]) -> None:
    assert set(find_cycle([Source(path, text) for path, text in files.items()])) == cycle


def test_the_checkout_is_read_without_what_tools_made(tmp_path: Path) -> None:
    kept = ("app/cli.py", ".ci/run", "Makefile", "static/index.html")
    skipped = (
        ".venv/lib/x.py",
        "build/x.py",
        "app/__pycache__/x.py",
        "app/x.so",
        "x.egg-info/a.txt",
    )
    for name in (*kept, *skipped):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    assert {source.path for source in project_sources(tmp_path)} == set(kept)


def test_cython_imports_are_read_with_their_names() -> None:
    text = dedent("""
        from libcpp.atomic cimport atomic, memory_order as order
        from engine.core.rings cimport (Ring, push)
        cimport cython, posix.unistd
    """)
    found = [(entry.module, entry.names) for entry in Source("x.pyx", text).imports]
    assert found[0][0] == "libcpp.atomic"
    assert "atomic" in found[0][1]
    assert found[1] == ("engine.core.rings", ("Ring", "push"))
    assert found[2:] == [("cython", ()), ("posix.unistd", ())]
