"""Check the shape of one file: how long, how wide, documented, nothing left over.

Role: rules on size, docstrings, exceptions, left-overs and forbidden words (the house style).
Never imports the project.
"""

import ast
import re
from collections.abc import Iterator

from tests.architecture.source import Finding, Rule, Source

FILE_LINES_MAX = {".py": 300, ".pyi": 300, ".pxd": 300, ".js": 300, ".pyx": 500}
FUNCTION_LINES_MAX = 70
COLUMNS_MAX = 100

_CYTHON_FUNCTION = re.compile(r"(?P<indent>\s*)(?:cdef|cpdef|def|async def)\s[^=]*?(?P<name>\w+)\(")
_BROAD = ("Exception", "BaseException")
_CYTHON_BROAD = re.compile(r"\s*except\s*(?P<what>:|.*\b(?:Base)?Exception\b)")

# One letter of each stands in brackets, so that these rules do not find themselves.
_LEFT_OVER = re.compile(r"\b(?:TO[D]O|FIX[M]E|X[X]X)\b|\bNotImplemented[E]rror\b|\btime\.slee[p]\(")
_FORBIDDEN = re.compile(
    r"pyp[i]\.org|pythonhoste[d]\.org|registry\.npmj[s]|/simpl[e]/|inde[x]-url"
    r"|(?<![\w.])/wor[k]/|\bissues? #?[0-9]|Co-Autho[r]ed-By",
    re.IGNORECASE,
)


def files_are_short(source: Source) -> Iterator[Finding]:
    """Refuse a file longer than its kind may be."""
    allowed = FILE_LINES_MAX.get(source.suffix)
    lines = len(source.lines)
    if allowed is not None and lines > allowed:
        yield source.finding("file-length", 1, f"{lines} lines, at most {allowed}", lines)


def functions_are_short(source: Source) -> Iterator[Finding]:
    """Refuse a function of more than 70 lines, its docstring included."""
    for name, line, lines in _functions(source):
        if lines > FUNCTION_LINES_MAX:
            yield source.finding("function-length", line, f"{name}: {lines} lines", lines)


def _functions(source: Source) -> Iterator[tuple[str, int, int]]:
    if source.is_python:
        for node in ast.walk(source.tree):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                yield node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1
    elif source.is_cython:
        for number, line in enumerate(source.lines, 1):
            if found := _CYTHON_FUNCTION.match(line):
                yield found["name"], number, _block_length(source.lines, number, found["indent"])


def _block_length(lines: list[str], start: int, indent: str) -> int:
    """Count the lines from `start` (from 1) to the last one indented deeper than `indent`."""
    last = start
    for number in range(start + 1, len(lines) + 1):
        text = lines[number - 1]
        depth = len(text) - len(text.lstrip())
        if text.strip() and depth <= len(indent) and not text.lstrip().startswith((")", "#")):
            break
        last = number if text.strip() else last
    return last - start + 1


def lines_are_narrow(source: Source) -> Iterator[Finding]:
    """Refuse code wider than 100 columns."""
    if source.suffix in FILE_LINES_MAX:
        for number, line in enumerate(source.lines, 1):
            if len(line) > COLUMNS_MAX:
                yield source.finding("columns", number, f"{len(line)} columns")


def modules_say_their_role(source: Source) -> Iterator[Finding]:
    """Refuse a module that has code and no docstring."""
    if source.suffix == ".py":
        if source.tree.body and ast.get_docstring(source.tree) is None:
            yield source.finding("module-docstring", 1, "no docstring")
    elif source.suffix == ".pyx":
        code = [line for line in source.lines if line.strip() and not line.startswith("#")]
        if code and not code[0].startswith(('"""', 'r"""')):
            yield source.finding("module-docstring", 1, "no docstring")


def exceptions_are_narrow(source: Source) -> Iterator[Finding]:
    """Refuse a bare except, and `except Exception` without a comment that gives its reason."""
    for line, bare in _broad_handlers(source):
        if bare:
            yield source.finding("bare-except", line, "name what is caught")
        elif not any("#" in text for text in source.lines[max(line - 2, 0) : line + 1]):
            yield source.finding("broad-except", line, "say why in a comment")


def _broad_handlers(source: Source) -> Iterator[tuple[int, bool]]:
    """Yield (line, whether bare) of each handler that catches everything."""
    if source.is_python:
        for node in ast.walk(source.tree):
            if isinstance(node, ast.ExceptHandler) and (node.type is None or _is_broad(node.type)):
                yield node.lineno, node.type is None
            elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("suppress"):
                if any(map(_is_broad, node.args)):
                    yield node.lineno, False
    elif source.is_cython:
        for number, text in enumerate(source.lines, 1):
            if found := _CYTHON_BROAD.match(text):
                yield number, found["what"] == ":"


def _is_broad(caught: ast.expr) -> bool:
    return any(isinstance(name, ast.Name) and name.id in _BROAD for name in ast.walk(caught))


def nothing_is_left_over(source: Source) -> Iterator[Finding]:
    """Refuse marks of unfinished work, stubs and sleeps in code."""
    if source.suffix in FILE_LINES_MAX:
        for number, line in enumerate(source.lines, 1):
            if found := _LEFT_OVER.search(line):
                yield source.finding("left-over", number, found.group())


def the_project_speaks_of_itself(source: Source) -> Iterator[Finding]:
    """Refuse paths of one machine, registry hosts and talk of how the project was made."""
    for number, line in enumerate(source.lines, 1):
        if found := _FORBIDDEN.search(line):
            yield source.finding("forbidden-word", number, found.group())


SHAPE_RULES: tuple[Rule, ...] = (
    files_are_short,
    functions_are_short,
    lines_are_narrow,
    modules_say_their_role,
    exceptions_are_narrow,
    nothing_is_left_over,
    the_project_speaks_of_itself,
)
