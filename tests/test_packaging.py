"""Hold pyproject.toml and the lock files to the tree: a wheel lacks what is forgotten there.

Role: reads the project's own files; builds nothing.
"""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
CODE = ("engine", "auth", "app")
LOCKS = ("build", "run", "test", "dev", "loadtest")
PIN = re.compile(r"^([\w.-]+)==([^\s;\\]+)", re.MULTILINE)


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(path: str) -> dict[str, str]:
    return dict(PIN.findall((ROOT / path).read_text()))


def names(requirements: list[str]) -> set[str]:
    found = [re.match(r"[\w.-]+", requirement) for requirement in requirements]
    return {match.group().lower() for match in found if match is not None}


def test_every_package_of_the_tree_is_listed(project: dict[str, Any]) -> None:
    folders = {path.parent for top in CODE for path in (ROOT / top).rglob("*.py")}
    found = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert found | {"static"} == set(project["tool"]["setuptools"]["packages"])


def test_every_cython_module_of_the_tree_is_built(project: dict[str, Any]) -> None:
    found = {
        path.relative_to(ROOT).as_posix() for top in CODE for path in (ROOT / top).rglob("*.pyx")
    }
    modules = project["tool"]["setuptools"]["ext-modules"]
    assert found == {module["sources"][0] for module in modules}
    for module in modules:
        assert module["sources"] == [module["name"].replace(".", "/") + ".pyx"]


def test_every_cython_module_shows_its_types(project: dict[str, Any]) -> None:
    for module in project["tool"]["setuptools"]["ext-modules"]:
        assert (ROOT / module["sources"][0]).with_suffix(".pyi").is_file(), module["name"]


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_of_a_lock_file_has_hashes(lock: str) -> None:
    entries = re.split(r"\n(?=\S)", (ROOT / f"requirements/{lock}.txt").read_text().strip())
    assert entries
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS[1:])
def test_the_lock_files_agree_with_the_constraints(lock: str) -> None:
    assert pins(f"requirements/{lock}.txt").items() <= pins("constraints.txt").items()


def test_every_dependency_is_pinned(project: dict[str, Any]) -> None:
    pinned = {name.lower() for name in pins("constraints.txt")}
    extras = project["project"]["optional-dependencies"].values()
    for requirements in (project["project"]["dependencies"], *extras):
        assert names(requirements) <= pinned


def test_what_builds_is_what_is_locked(project: dict[str, Any]) -> None:
    wanted = {requirement.lower() for requirement in project["build-system"]["requires"]}
    locked = {
        f"{name.lower()}=={version}" for name, version in pins("requirements/build.txt").items()
    }
    assert wanted == locked
