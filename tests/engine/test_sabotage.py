"""Break copies of the twin on purpose: the judges of random streams must turn red for each.

Role: proof that the fold and the comparison can fail (tests/engine/sabotages.py).
"""

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from engine.commands import Configure
from engine.instruments import Instrument
from engine.reference import ReferenceEngine
from tests.engine.duel import Duel, Entry, failure, shrink
from tests.engine.implementations import Engine
from tests.engine.profiles import PROFILES, Profile
from tests.engine.sabotages import BY_FOLD, BY_TWIN_ALONE, Sabotage, sabotaged
from tests.engine.streams import Stream

BY_NAME = {profile.name: profile for profile in PROFILES}
COMMANDS = 2_000
# Fixed: what a sabotage shows must not hang on luck. The differential test has the seeds.
SEED = 1


def play(engines: Sequence[Engine], profile: Profile) -> None:
    """Play a stream until the judges object."""
    duel, stream = Duel(engines), Stream(profile, SEED)
    for _ in range(COMMANDS):
        stream.hear(duel.play(stream.next()))
    duel.check()


@pytest.mark.parametrize("sabotage", BY_FOLD, ids=lambda sabotage: sabotage.name)
def test_the_fold_of_the_events_alone_sees_it(
    sabotage: Sabotage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    chosen = BY_NAME[sabotage.profile]
    twin = sabotaged(tmp_path, f"folded_{BY_FOLD.index(sabotage)}", sabotage)
    with pytest.raises(AssertionError):
        play([twin(chosen.instruments, configure=chosen.configure)], chosen)


@pytest.mark.parametrize("sabotage", BY_FOLD + BY_TWIN_ALONE, ids=lambda sabotage: sabotage.name)
def test_the_comparison_with_the_twin_sees_it(
    sabotage: Sabotage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    chosen = BY_NAME[sabotage.profile]
    number = (BY_FOLD + BY_TWIN_ALONE).index(sabotage)
    twin = sabotaged(tmp_path, f"compared_{number}", sabotage)
    kinds = (ReferenceEngine, twin)
    engines = [kind(chosen.instruments, configure=chosen.configure) for kind in kinds]
    with pytest.raises(AssertionError):
        play(engines, chosen)


@pytest.mark.parametrize("name", sorted({sabotage.profile for sabotage in BY_FOLD}))
def test_an_unbroken_twin_passes_the_same_judges(name: str) -> None:
    profile = BY_NAME[name]
    play([ReferenceEngine(profile.instruments, configure=profile.configure)], profile)


def test_a_failing_stream_is_shortened_to_what_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    twin = sabotaged(tmp_path, "shortened", BY_FOLD[0])
    profile = BY_NAME[BY_FOLD[0].profile]

    def open_both(instruments: Iterable[Instrument], configure: Configure) -> Sequence[Engine]:
        listed = list(instruments)
        return [kind(listed, configure=configure) for kind in (ReferenceEngine, twin)]

    def fails(entries: Sequence[Entry]) -> bool:
        return failure(open_both, profile.instruments, profile.configure, entries)[0] is not None

    engine, stream = ReferenceEngine(profile.instruments), Stream(profile, SEED)
    entries = []
    for number in range(200):
        entries.append(Entry(number, stream.next()))
        stream.hear(engine.process(entries[-1].command))
    assert fails(entries)
    shortest = shrink(fails, entries)
    assert fails(shortest)
    # Two orders at one price and somebody who meets them: less can't show the wrong order.
    assert 3 <= len(shortest) <= 5
