"""Check what modules hold and compute with: no hidden state, no float for money, no page in Python.

Role: rules on module-level values, floats and the browser page. Never imports the project.
"""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import PACKAGES, Finding, Rule, Source

FLOATS_ALLOWED_IN = ("engine/flow.py",)
# What holds state or owns a resource: made by the composition root, never by an import.
STATEFUL = frozenset(
    "Condition ContextVar Counter Event FastAPI Lock OrderedDict Queue RLock Random Semaphore"
    " SimpleQueue SortedDict SortedList Starlette Thread bytearray count cycle defaultdict deque"
    " open".split()
)
_STATEFUL_ENDING = re.compile(r"(Manager|Store|Hub|Bridge|Gateway|Engine|Bus|Registry|Client)$")
# Their objects never change, or are a library's own shared ones by name.
NAMED_HELPERS = frozenset(("getLogger", "compile", "Encoder", "Decoder", "Struct", "namedtuple"))

_CYTHON_TEXT = re.compile(r'"""(?:.|\n)*?"""|"[^"\n]*"|\'[^\'\n]*\'|#[^\n]*')
_CYTHON_FLOAT = re.compile(r"\b(?:float|double|np\.float\w*)\b|(?<![\w.])\d+\.\d+|\b\d+[eE]-\d+")
_MARKUP = re.compile(r"<(?:html|head|body|div|span|script|table)\b", re.IGNORECASE)
_UNSAFE_PAGE = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML)\b|\bdocument\.write\b|\beval\(|\bnew Function\("
)
_ADDRESS = re.compile(r"\b(?:https?|wss?)://(?!www\.w3\.org/)[\w\[]")


def modules_hold_no_state(source: Source) -> Iterator[Finding]:
    """Refuse work at import and objects with a life of their own at module level."""
    if source.suffix != ".py" or source.path.partition("/")[0] not in PACKAGES:
        return
    for node in _module_level(source.tree.body):
        if problem := _state(node):
            yield source.finding("module-state", node.lineno, problem)
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Global):
            yield source.finding("module-state", inner.lineno, f"global {', '.join(inner.names)}")


def _module_level(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield what runs at import, looking into `if` and `try`, but not under `__main__`."""
    for node in body:
        if isinstance(node, ast.If) and "__name__" not in ast.unparse(node.test):
            yield from _module_level([*node.body, *node.orelse])
        elif isinstance(node, ast.Try):
            yield from _module_level([*node.body, *node.orelse, *node.finalbody])
        elif not isinstance(node, ast.If):
            yield node


def _state(node: ast.stmt) -> str:
    """Say what is wrong with one statement at module level; "" when nothing is."""
    if isinstance(node, (ast.For, ast.While, ast.With, ast.AugAssign)):
        return "work at import"
    if isinstance(node, ast.Expr):
        return "" if isinstance(node.value, ast.Constant) else "work at import"
    if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        return _held(ast.unparse(targets[0]), node.value)
    return ""


def _held(name: str, value: ast.expr) -> str:
    """Say what is wrong with `name = value` at module level; "" when it is a constant."""
    called = _called(value)
    if called in STATEFUL or _STATEFUL_ENDING.search(called):
        return f"{name} holds a {called}"
    variable = name.islower() and name != "__all__"
    mutable = isinstance(value, (ast.List, ast.Dict, ast.Set, ast.ListComp, ast.DictComp))
    if variable and (mutable or (called and called not in NAMED_HELPERS)):
        return f"{name} is a variable of the module"
    return ""


def _called(value: ast.expr) -> str:
    """Return the last name of what is called: "Lock" for threading.Lock(); "" for no call."""
    if not isinstance(value, ast.Call):
        return ""
    return ast.unparse(value.func).rpartition(".")[2]


def money_is_never_a_float(source: Source) -> Iterator[Finding]:
    """Refuse float literals, the type and true division in the engine."""
    if not source.path.startswith("engine/") or source.path in FLOATS_ALLOWED_IN:
        return
    if source.is_python:
        for node in ast.walk(source.tree):
            if _is_float(node):
                yield source.finding("float", getattr(node, "lineno", 1), "no float in the engine")
    elif source.is_cython:
        for number, line in enumerate(_without_text(source.text).splitlines(), 1):
            if found := _CYTHON_FLOAT.search(line):
                yield source.finding("float", number, found.group())


def _is_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, (ast.BinOp, ast.AugAssign)):
        return isinstance(node.op, ast.Div)
    return isinstance(node, ast.Name) and node.id == "float"


def _without_text(cython: str) -> str:
    """Blank out comments and strings, keeping the line numbers."""
    return _CYTHON_TEXT.sub(lambda found: "\n" * found.group().count("\n"), cython)


def pages_are_files(source: Source) -> Iterator[Finding]:
    """Refuse HTML in Python strings: pages live in static/."""
    if source.suffix != ".py" or source.path.partition("/")[0] not in ("app", "auth", "engine"):
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if found := _MARKUP.search(node.value):
                yield source.finding("markup", node.lineno, found.group())


def pages_are_self_contained_and_safe(source: Source) -> Iterator[Finding]:
    """Refuse markup from data, evaluated text and absolute addresses in the browser's files."""
    if not source.path.startswith("static/"):
        return
    for number, line in enumerate(source.lines, 1):
        if found := _UNSAFE_PAGE.search(line) or _ADDRESS.search(line):
            yield source.finding("page", number, found.group())


VALUE_RULES: tuple[Rule, ...] = (
    modules_hold_no_state,
    money_is_never_a_float,
    pages_are_files,
    pages_are_self_contained_and_safe,
)
