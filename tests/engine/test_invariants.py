"""The kernel's own check of its memory, after random streams and at every step of short ones.

That the check can fail is shown where a kernel is sabotaged (tests/engine/test_sabotage.py).
"""

import pytest

from engine.core.kernel import MatchingEngine
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

SHORT, LONG = 300, 5_000


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_the_invariants_hold_after_every_command_of_a_random_stream(
    profile: Profile, seed: int
) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    engine = MatchingEngine(profile.instruments, configure=profile.configure)
    stream = Stream(profile, seed)
    for number in range(LONG):
        stream.hear(engine.process(stream.next()))
        if number < SHORT or number % 250 == 0:
            engine.check_invariants()
    engine.check_invariants()


def test_an_empty_engine_keeps_its_invariants() -> None:
    MatchingEngine().check_invariants()
    MatchingEngine.unconfigured().check_invariants()
