"""Read the pages of docs: their code blocks, headings and links."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ANCHOR_DROPPED = re.compile(r"[^\w\- ]")


def page(name: str) -> str:
    """Return the text of a page of docs."""
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Return the code blocks of one language, in order."""
    return [code for name, code in _BLOCK.findall(text) if name == language]


def prose(text: str) -> str:
    """Return the text without its code blocks."""
    return _BLOCK.sub("", text)


def headings(text: str) -> list[str]:
    """Return the headings of a page."""
    return _HEADING.findall(prose(text))


def anchor(heading: str) -> str:
    """Return what a link to a heading is called."""
    return _ANCHOR_DROPPED.sub("", heading.lower()).replace(" ", "-")
