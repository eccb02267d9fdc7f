"""Play streams on a core with sabotages switched on, and tell when each judge objects.

Role: runs in a process of its own, on a sabotaged build: arguments are "name/judge" (no name: no
sabotage, "/judge/profile"), and each gets one line of JSON: the command at which the judge
objected, null when it never did.
"""

import json
import sys
from collections.abc import Callable, Sequence

from engine import MatchingEngine
from engine.commands import Command
from engine.events import CommandCompleted, MatchingEngineEvent, OrderCancelled
from engine.reference import ReferenceEngine
from engine.reference_invariants import InvariantBroken
from tests.builds.kernel_sabotages import BROKEN_MODULES, KERNEL_SABOTAGES
from tests.builds.sabotage import (
    ASSERTION,
    DEPTH,
    FOLD,
    HASH,
    INVARIANTS,
    REFUSAL,
    TWIN,
    choose,
)
from tests.engine.fold import Fold
from tests.engine.fold_book import Misfold
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

COMMANDS = 1_500
# Fixed: what a sabotage shows must not hang on luck.
SEED = 1
PROFILE_OF = {profile.name: profile for profile in PROFILES}

Events = Sequence[MatchingEngineEvent]
Judge = Callable[[Command, Events], None]
"""Look at a command and its unit; raises when something is wrong."""


class Difference(AssertionError):
    """Two that should tell the same do not."""


def demand_equal(found: object, expected: object) -> None:
    if found != expected:
        raise Difference(f"{found} ≠ {expected}")


def beside_the_twin(_engine: MatchingEngine, profile: Profile) -> Judge:
    """Compare the events alone."""
    twin = ReferenceEngine(profile.instruments, configure=profile.configure)
    return lambda command, events: demand_equal(events, twin.process(command))


def by_the_fold(engine: MatchingEngine, _profile: Profile) -> Judge:
    """Let the events contradict themselves."""
    fold = opened_fold(engine)
    return lambda _command, events: fold.unit(events)


def by_the_hash(engine: MatchingEngine, _profile: Profile) -> Judge:
    """Compare the book with what the events told of it, also before a later one shows it."""
    fold = opened_fold(engine)

    def judge(_command: Command, events: Events) -> None:
        fold.unit(events)
        demand_equal(engine.book_hash(), fold.book_hash())

    return judge


def by_the_depth(engine: MatchingEngine, profile: Profile) -> Judge:
    """Compare the levels and the best prices with those that the events told."""
    fold = opened_fold(engine)

    def judge(_command: Command, events: Events) -> None:
        fold.unit(events)
        for symbol in profile.symbols:
            told = fold.depth(symbol)
            demand_equal(engine.depth(symbol, 0), told)
            demand_equal(engine.best(symbol), tuple(side[0][0] if side else None for side in told))

    return judge


def by_what_is_refused(engine: MatchingEngine, _profile: Profile) -> Judge:
    """Demand that a refused command leaves the book alone, beyond the expiries before it."""
    before = engine.book_hash()

    def judge(_command: Command, events: Events) -> None:
        nonlocal before
        after, kinds = engine.book_hash(), {type(event) for event in events}
        refused = any(isinstance(e, CommandCompleted) and not e.accepted for e in events)
        if refused and OrderCancelled not in kinds:
            demand_equal(after, before)
        before = after

    return judge


def by_the_invariants(engine: MatchingEngine, _profile: Profile) -> Judge:
    """Let the engine check its own memory."""
    return lambda _command, _events: engine.check_invariants()


def by_its_assertions(_engine: MatchingEngine, _profile: Profile) -> Judge:
    """Leave it to the kernel, which fails inside `process`."""
    return lambda _command, _events: None


def opened_fold(engine: MatchingEngine) -> Fold:
    """Return a fold of the opening events."""
    fold, unit = Fold(), list[MatchingEngineEvent]()
    for event in engine.opening_events:
        unit.append(event)
        if isinstance(event, CommandCompleted):
            fold.unit(unit)
            unit.clear()
    return fold


JUDGES: dict[str, tuple[Callable[[MatchingEngine, Profile], Judge], type[AssertionError]]] = {
    TWIN: (beside_the_twin, Difference),
    FOLD: (by_the_fold, Misfold),
    HASH: (by_the_hash, Difference),
    DEPTH: (by_the_depth, Difference),
    REFUSAL: (by_what_is_refused, Difference),
    INVARIANTS: (by_the_invariants, InvariantBroken),
    ASSERTION: (by_its_assertions, AssertionError),
}
"""How each judge is made, and what it raises: a failure of another kind is not its own."""


def objection(profile: Profile, judge_name: str) -> int | None:
    """Return the number of the first command whose outcome the judge calls wrong."""
    make_judge, objects_by = JUDGES[judge_name]
    engine = MatchingEngine(profile.instruments, configure=profile.configure)
    judge, stream = make_judge(engine, profile), Stream(profile, SEED)
    for number in range(1, COMMANDS + 1):
        command = stream.next()
        try:
            events = engine.process(command)
            judge(command, events)
        except AssertionError as error:
            return number if type(error) is objects_by else None
        stream.hear(events)
    return None


def main(arguments: Sequence[str]) -> None:
    """Answer each argument with one line."""
    names = [sabotage.name for sabotage in KERNEL_SABOTAGES]
    for argument in arguments:
        name, judge_name, *profile_name = argument.split("/")
        number = names.index(name) + 1 if name else 0
        chosen = profile_name[0] if profile_name else KERNEL_SABOTAGES[number - 1].profile
        choose(number, BROKEN_MODULES)
        found = objection(PROFILE_OF[chosen], judge_name)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
