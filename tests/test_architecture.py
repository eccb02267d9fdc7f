"""Hold the whole checkout to the import rules and to the house style.

Role: runs the rules of tests/architecture over every file; what exceeds them stands in a ratchet.
"""

from pathlib import Path

import pytest

from tests.architecture.import_rules import IMPORT_RULES, find_cycle
from tests.architecture.ratchet import RATCHET, TESTED_ELSEWHERE, exceeding, loose
from tests.architecture.shape_rules import SHAPE_RULES
from tests.architecture.source import Rule, Source, project_sources
from tests.architecture.value_rules import VALUE_RULES

ROOT = Path(__file__).resolve().parent.parent
RULES = (*IMPORT_RULES, *SHAPE_RULES, *VALUE_RULES)
MIRRORED = ("engine", "auth", "app")


@pytest.fixture(scope="module")
def sources() -> tuple[Source, ...]:
    """Read the checkout once."""
    return tuple(project_sources(ROOT))


def rule_name(rule: Rule) -> str:
    return getattr(rule, "__name__", "rule")


@pytest.mark.parametrize("rule", RULES, ids=rule_name)
def test_every_file_keeps_the_rule(rule: Rule, sources: tuple[Source, ...]) -> None:
    told = exceeding((finding for source in sources for finding in rule(source)), RATCHET)
    assert not told, "\n" + "\n".join(told)


def test_the_ratchet_allows_no_more_than_is_needed(sources: tuple[Source, ...]) -> None:
    unneeded = loose((f for source in sources for rule in RULES for f in rule(source)), RATCHET)
    assert not unneeded, f"lower these entries of the ratchet (0: remove them): {unneeded}"


def test_modules_import_each_other_without_a_cycle(sources: tuple[Source, ...]) -> None:
    assert find_cycle(sources) == []


def test_every_module_has_a_test_file_of_its_name(sources: tuple[Source, ...]) -> None:
    paths = {source.path for source in sources if Path(source.path).name.startswith("test_")}
    tests = {Path(path).stem for path in paths}
    untested = set()
    for source in sources:
        path = Path(source.path)
        mirrored = path.parts[0] in MIRRORED and path.suffix in (".py", ".pyx")
        if mirrored and not path.stem.startswith("__") and not _has_test(path.stem, tests):
            untested.add(source.path)
    missing = sorted(untested - set(TESTED_ELSEWHERE))
    assert not missing, f"write a test file for each: {missing}"
    tested = sorted(set(TESTED_ELSEWHERE) - untested)
    assert not tested, f"remove these from the list: {tested}"
    assert set(TESTED_ELSEWHERE.values()) <= paths


def _has_test(stem: str, tests: set[str]) -> bool:
    """Find test_book or test_depth_book for the module book, test_book also for book_levels."""
    words = stem.split("_")
    prefixes = ["_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any(f"_{prefix}_" in f"{test}_" for prefix in prefixes for test in tests)


def test_the_rules_see_the_whole_project(sources: tuple[Source, ...]) -> None:
    seen = {source.path.partition("/")[0] for source in sources}
    assert {"engine", "auth", "app", "static", "tests", "Makefile", "pyproject.toml"} <= seen
