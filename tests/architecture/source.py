"""Read the project's files for the architecture rules: text, syntax tree, imports.

Role: the vocabulary that the rules share. Knows no rule; never imports the project.
"""

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

PACKAGES = ("engine", "auth", "app", "static", "bench", "loadtest")
TEXT_SUFFIXES = frozenset(
    ".py .pyx .pxd .pyi .js .css .html .md .toml .txt .yml .yaml .json .cfg .sh .svg".split()
)
TEXT_NAMES = frozenset(("Makefile", "Dockerfile", "LICENSE", ".gitignore", ".dockerignore", "run"))
SKIPPED_FOLDERS = frozenset(
    ".git .venv build dist var node_modules __pycache__ .hypothesis .pytest_cache .mypy_cache"
    " .ruff_cache test-results".split()
)

_CYTHON_IMPORT = re.compile(
    r"(?P<indent>\s*)(?:from\s+(?P<origin>[\w.]+)\s+c?import\s+(?P<names>[^#]*)"
    r"|c?import\s+(?P<modules>[\w., ]+))"
)
_CYTHON_EXTERN = re.compile(r"\s*cdef\s+extern\s+from\s+[\"'<]+(?P<header>[^\"'>]+)")


class Finding:
    """Tell what one rule holds against one file, at one line; `amount` is what a ratchet counts."""

    def __init__(self, rule: str, path: str, line: int, detail: str, amount: int = 1) -> None:
        self.rule = rule
        self.path = path
        self.line = line
        self.detail = detail
        self.amount = amount

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.detail}"


class Import:
    """Name one imported module: "engine.limits", or "engine" with the names taken from it."""

    def __init__(self, module: str, names: tuple[str, ...], line: int, *, nested: bool) -> None:
        self.module = module
        self.names = names
        self.line = line
        self.nested = nested

    def targets(self) -> tuple[str, ...]:
        """Return what may be meant: `from engine import limits` may mean engine.limits."""
        return (self.module, *(f"{self.module}.{name}" for name in self.names))


class Source:
    """Hold one file: its path inside the project (with /) and its text."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.suffix = PurePosixPath(path).suffix

    @property
    def is_python(self) -> bool:
        return self.suffix in (".py", ".pyi")

    @property
    def is_cython(self) -> bool:
        return self.suffix in (".pyx", ".pxd")

    @cached_property
    def module(self) -> str:
        """The dotted module name: engine/core/__init__.py is "engine.core"."""
        parts = PurePosixPath(self.path).with_suffix("").parts
        return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def imports(self) -> tuple[Import, ...]:
        if self.is_python:
            return tuple(_python_imports(self.tree))
        return tuple(_cython_imports(self.lines)) if self.is_cython else ()

    def finding(self, rule: str, line: int, detail: str, amount: int = 1) -> Finding:
        return Finding(rule, self.path, line, detail, amount)


Rule = Callable[[Source], Iterable[Finding]]


def project_sources(root: Path) -> Iterator[Source]:
    """Yield every text file of the checkout that is not made by a tool."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in SKIPPED_FOLDERS and ".egg-info" not in n)
        for path in (Path(folder, name) for name in sorted(files)):
            if path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES:
                yield Source(path.relative_to(root).as_posix(), path.read_text("utf-8"))


def _python_imports(tree: ast.Module) -> Iterator[Import]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    nested = {
        id(inner)
        for outer in ast.walk(tree)
        if isinstance(outer, functions)
        for inner in ast.walk(outer)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(alias.name, (), node.lineno, nested=id(node) in nested)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            names = tuple(alias.name for alias in node.names)
            yield Import(module, names, node.lineno, nested=id(node) in nested)


def _cython_imports(lines: list[str]) -> Iterator[Import]:
    for number, line in enumerate(lines, 1):
        if extern := _CYTHON_EXTERN.match(line):
            yield Import(f"<{extern['header']}>", (), number, nested=False)
        found = _CYTHON_IMPORT.match(line)
        if found is None:
            continue
        nested = bool(found["indent"])
        if found["origin"]:
            names = tuple(re.findall(r"\w+(?=\s*(?:,|$|as\b|\)))", found["names"] or ""))
            yield Import(found["origin"], names, number, nested=nested)
        else:
            for module in (found["modules"] or "").split(","):
                yield Import(module.split()[0], (), number, nested=nested)
