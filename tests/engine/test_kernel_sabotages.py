"""Break a build of the kernel on purpose: each kind of check must turn red, on a short stream.

Role: proof that the judges of the compiled engine can fail (tests/builds/kernel_sabotages.py).
`test_sabotage.py` does the same with copies of the twin.
"""

import json
from pathlib import Path

import pytest

from tests.builds.build_core import Build, build
from tests.builds.kernel_sabotages import BROKEN_MODULES, KERNEL_SABOTAGES
from tests.builds.running import run
from tests.builds.sabotage import JUDGES, MEMORY_REPORTS

pytestmark = pytest.mark.timeout(300)

BROKEN = Build(("-O0",), broken=BROKEN_MODULES, sabotages=KERNEL_SABOTAGES)
SEEN = [(sabotage, judge) for sabotage in KERNEL_SABOTAGES for judge in sabotage.seen_by]
JUDGED = [(sabotage.name, judge) for sabotage, judge in SEEN if judge in JUDGES]
UNBROKEN = sorted({(judge, sabotage.profile) for sabotage, judge in SEEN if judge in JUDGES})


@pytest.fixture(scope="module")
def broken_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The one build that has the switches."""
    return build(BROKEN, tmp_path_factory.mktemp("broken"))


def judged(core: Path, questions: list[str]) -> dict[str, int | None]:
    """Return for each question the command at which its judge objected."""
    done = run(core, "judging", *questions, timeout_s=120)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(answers) == len(questions), f"{questions[len(answers)]}\n{done.stderr}"
    return dict(zip(questions, answers, strict=True))


@pytest.fixture(scope="module")
def objections(broken_core: Path) -> dict[str, int | None]:
    """When each judge objected to each sabotage."""
    return judged(broken_core, [f"{name}/{judge}" for name, judge in JUDGED])


@pytest.mark.parametrize(("name", "judge"), JUDGED, ids=map("-".join, JUDGED))
def test_a_broken_kernel_is_seen(objections: dict[str, int | None], name: str, judge: str) -> None:
    assert objections[f"{name}/{judge}"] is not None


def test_the_same_build_passes_with_every_switch_off(broken_core: Path) -> None:
    questions = [f"/{judge}/{profile}" for judge, profile in UNBROKEN]
    assert set(judged(broken_core, questions).values()) == {None}


def test_every_kind_of_check_has_been_seen_to_fail() -> None:
    assert {who for _, who in SEEN} == {*JUDGES, *MEMORY_REPORTS}
