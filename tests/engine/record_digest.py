"""Print what a random stream of commands becomes: its commands, record bytes and hashes.

Role: run as a process of its own, so that two processes can be held against each other.
"""

import hashlib
import sys
from collections.abc import Sequence

from engine.core.kernel import MatchingEngine
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream

COMMANDS = 1_500


def digest(profile: Profile, seed: int) -> str:
    """Return one line that tells everything the kernel made of a stream."""
    engine = MatchingEngine(profile.instruments, configure=profile.configure)
    stream = Stream(profile, seed)
    commands, records = hashlib.sha256(), hashlib.sha256()
    for _ in range(COMMANDS):
        command = stream.next()
        commands.update(repr(command).encode())
        stream.hear(engine.process(command))
        records.update(engine.records())
    fields = (profile.name, commands.hexdigest(), records.hexdigest())
    return " ".join((*fields, engine.book_hash(), engine.state_hash()))


def main(arguments: Sequence[str]) -> None:
    """Print a line for every profile; the argument is the seed."""
    for profile in PROFILES:
        print(digest(profile, int(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
