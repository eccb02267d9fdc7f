"""Run the endless search for differences for a moment, so that it can't rot."""

import pytest

from tests.engine.duel import Entry
from tests.engine.fuzz import main
from tests.engine.fuzzing import Run, record, runs_of
from tests.engine.profiles import PROFILES

FEW = ["--seed", "3", "--length", "40", "--processes", "2"]


def objects_to_the_second_seed(run: Run) -> str | None:
    """Stand for a judge that finds something."""
    return f"{run.profile.name} with seed {run.seed}" if run.seed == 4 else None


def test_it_ends_when_enough_was_played(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FEW, "--commands", "1200"]) == 0
    told = capsys.readouterr().out
    assert told.startswith(f"seed 3, {len(PROFILES)} profiles, 2 processes\n")
    assert ": 1,200 commands in" in told
    assert told.endswith("/s, no difference\n")


def test_it_ends_when_its_time_is_over() -> None:
    assert main([*FEW, "--seconds", "0"]) == 0


def test_it_stops_at_the_first_difference_and_shows_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(FEW, objects_to_the_second_seed) == 1
    told = capsys.readouterr().out
    assert "commands a difference:" in told
    assert "with seed 4" in told


@pytest.mark.parametrize("commands", [1, 2_000, 71_429])
def test_runs_have_seeds_of_their_own_and_are_as_many_commands_as_asked_for(commands: int) -> None:
    runs = runs_of(PROFILES[0], 7, commands)
    assert sum(run.commands for run in runs) >= commands
    assert [run.seed for run in runs] == list(range(7, 7 + len(runs)))
    assert len({run.commands for run in runs}) == 1


def test_a_shorter_run_is_the_beginning_of_a_longer_one() -> None:
    longer: list[Entry] = []
    shorter: list[Entry] = []
    record(Run(PROFILES[0], 2, 300), longer)
    record(Run(PROFILES[0], 2, 200), shorter)
    assert longer[:200] == shorter
