"""List what exceeds the house style today. The list only shrinks.

Each entry is (rule, path): how much is allowed, summed over the findings of that rule in that
file: a number of lines for the two lengths, a number of places for everything else. An entry that
is higher than needed fails the test, so that what was won is kept.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from tests.architecture.source import Finding

Ratchet = Mapping[tuple[str, str], int]

RATCHET: Final[Ratchet] = {}

# Modules without a test file of their own name, each with the test file that covers it instead.
TESTED_ELSEWHERE: Final[Mapping[str, str]] = {
    "app/credentials.py": "tests/app/test_cli.py",
    "engine/core/matcher.pyx": "tests/engine/test_cases.py",
    "engine/events.py": "tests/engine/test_expansion.py",
    "engine/reasons.py": "tests/engine/test_expansion.py",
}


def _amounts(findings: Iterable[Finding]) -> Counter[tuple[str, str]]:
    amounts = Counter[tuple[str, str]]()
    for finding in findings:
        amounts[finding.rule, finding.path] += finding.amount
    return amounts


def exceeding(findings: Iterable[Finding], ratchet: Ratchet) -> list[str]:
    """Return the findings of each file that has more of them than the ratchet allows, as text."""
    found = list(findings)
    beyond = {key for key, amount in _amounts(found).items() if amount > ratchet.get(key, 0)}
    return [str(finding) for finding in found if (finding.rule, finding.path) in beyond]


def loose(findings: Iterable[Finding], ratchet: Ratchet) -> dict[tuple[str, str], int]:
    """Return the entries that allow more than is needed, with what is needed (0: remove it)."""
    amounts = _amounts(findings)
    return {key: amounts[key] for key, allowed in ratchet.items() if amounts[key] < allowed}
