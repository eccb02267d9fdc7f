"""Play a seeded tape on the core and print digests of all that came of it.

Role: runs in a process of its own, on any build: arguments are the implementation, a seed, how
many commands over all profiles, and optionally a sabotage. Prints JSON, for each profile the
digests of the record bytes (a unit's first record is its command), of the events and of the state.
"""

import hashlib
import json
import sys
from collections.abc import Iterable, Sequence

from engine.core import kernel
from engine.events import MatchingEngineEvent
from tests.builds.kernel_sabotages import BROKEN_MODULES, KERNEL_SABOTAGES
from tests.builds.sabotage import choose
from tests.engine.implementations import Engine, open_engine
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

CHECK_EVERY = 64
PROFILE_OF = {profile.name: profile for profile in PROFILES}


def play(implementation: str, profile: Profile, seed: int, commands: int) -> dict[str, str]:
    """Return the digests of one profile's stream; the engine is read from time to time."""
    engine = open_engine(implementation, profile.instruments, profile.configure)
    stream = Stream(profile, seed)
    records, events = hashlib.sha256(), hashlib.sha256()
    digest_events(events, engine.opening_events)
    for number in range(commands):
        unit = engine.process(stream.next())
        stream.hear(unit)
        digest_events(events, unit)
        records.update(record_bytes(engine))
        if number % CHECK_EVERY == 0:
            read_all(engine, profile)
    read_all(engine, profile)
    return {
        "records": records.hexdigest(),
        "events": events.hexdigest(),
        "book": engine.book_hash(),
        "state": engine.state_hash(),
    }


def digest_events(digest: "hashlib._Hash", events: Iterable[MatchingEngineEvent]) -> None:
    for event in events:
        digest.update(repr(event).encode())


def record_bytes(engine: Engine) -> bytes:
    """Return the last unit's records; the twin has none."""
    return engine.records() if isinstance(engine, kernel.MatchingEngine) else b""


def read_all(engine: Engine, profile: Profile) -> None:
    """Call everything that reads the engine's memory."""
    engine.check_invariants()
    for symbol in profile.symbols:
        engine.best(symbol)
        engine.depth(symbol, 3)
        engine.orders(symbol)


def main(arguments: Sequence[str]) -> None:
    """Play every profile, or that of the sabotage, which is switched on."""
    implementation, seed, commands, *broken = arguments
    profiles = list(PROFILE_OF.values())
    for name in broken:
        names = [sabotage.name for sabotage in KERNEL_SABOTAGES]
        choose(names.index(name) + 1, BROKEN_MODULES)
        profiles = [PROFILE_OF[KERNEL_SABOTAGES[names.index(name)].profile]]
    each = -(-int(commands) // len(profiles))
    told = {p.name: play(implementation, p, int(seed), each) for p in profiles}
    print(json.dumps({"core": kernel.__file__, "digests": told}))


if __name__ == "__main__":
    main(sys.argv[1:])
