"""Hold the compiled engine against its readable twin, and both against the fold of their events.

Role: random streams by seed and profile (tests/engine/fuzzing.py). `DEPTHCAST_SEED` is the first of
their seeds, `DEPTHCAST_COMMANDS` how many commands are played over all profiles. `make fuzz` goes
on for ever.
"""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import pytest

from engine.commands import Command
from engine.events import CommandCompleted
from engine.reference import ReferenceEngine
from tests.engine.fuzzing import open_workers, processors, runs_of, verdict
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

COMMANDS = int(os.environ.get("DEPTHCAST_COMMANDS", "1000000"))
COMMANDS_EACH = -(-COMMANDS // len(PROFILES))


@pytest.fixture(scope="module")
def workers() -> Iterator[ProcessPoolExecutor]:
    with open_workers(processors()) as opened:
        yield opened


@pytest.mark.timeout(600)
@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_both_implementations_tell_the_same_and_the_events_tell_it_all(
    profile: Profile, seed: int, workers: ProcessPoolExecutor
) -> None:
    runs = runs_of(profile, seed, COMMANDS_EACH)
    print(f"DEPTHCAST_SEED={seed} profile {profile.name}: {len(runs)} x {runs[0].commands}")
    for found in workers.map(verdict, runs):
        if found is not None:
            pytest.fail(found, pytrace=False)
    assert sum(run.commands for run in runs) >= COMMANDS_EACH


def test_the_streams_reach_what_they_are_for(seed: int) -> None:
    """A stream whose commands are nearly all refused proves little."""
    print(f"DEPTHCAST_SEED={seed}")
    for profile in PROFILES:
        engine = ReferenceEngine(profile.instruments, configure=profile.configure)
        stream, accepted = Stream(profile, seed), 0
        for _ in range(400):
            events = engine.process(stream.next())
            stream.hear(events)
            completed = events[-1]
            accepted += isinstance(completed, CommandCompleted) and completed.accepted
        assert accepted > 120, profile.name


def test_the_same_seed_makes_the_same_stream() -> None:
    def commands() -> list[Command]:
        engine, stream, sent = ReferenceEngine(PROFILES[0].instruments), Stream(PROFILES[0], 7), []
        for _ in range(300):
            sent.append(stream.next())
            stream.hear(engine.process(sent[-1]))
        return sent

    assert commands() == commands()
