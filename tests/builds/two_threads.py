"""Send commands from one thread, match on another, and read what comes back, all in a hurry.

Role: runs in a process of its own, on a build under ThreadSanitizer: arguments are how the engine
waits, a seed, how many rounds, the readers ("gates" or "lag") and optionally a sabotage. The rings
are small, so that both are full again and again. Ends with 0 when the record bytes that came are
those which an engine without threads makes of the same commands.

TSan sees only what orders two threads: while the engine runs it takes no GIL, so nothing but the
rings' own atomics can order it and the other thread. (The wake-ups' descriptors do as well: hence
runs that spin.)
"""

import select
import struct
import sys
from collections.abc import Sequence
from random import Random

from engine.bus import LAG, CommandEncoder, CommandRing, EventBus
from engine.commands import AddInstrument, Command
from engine.core.kernel import MatchingEngine
from engine.thread import EngineThread, WaitStrategy, Wake
from tests.builds.ring_sabotages import BROKEN_MODULES, RING_SABOTAGES
from tests.builds.sabotage import choose
from tests.engine.profiles import PROFILES
from tests.engine.streams import Stream

COMMAND_SLOTS, BUS_SLOTS = 64, 64
ROUND_COMMANDS = 2_000
SEND_TRIES = 50
COMMAND_SEQ, COMMAND_SEQ_AT = struct.Struct("<Q"), 24  # records.pxd, CommandRecord
SLEEP_S_MAX = 1.0


def recorded(seed: int) -> tuple[list[Command], bytes]:
    """Return a stream's commands, and the records that an engine makes of them."""
    profile = PROFILES[0]
    engine, stream = MatchingEngine.unconfigured(), Stream(profile, seed)
    commands: list[Command] = [profile.configure]
    commands += [AddInstrument(instrument=instrument) for instrument in profile.instruments]
    records = bytearray()
    for command in commands:
        engine.process(command)
        records += engine.records()
    for _ in range(ROUND_COMMANDS):
        commands.append(stream.next())
        stream.hear(engine.process(commands[-1]))
        records += engine.records()
    return commands, bytes(records)


def command_seq_of(records: bytes) -> int:
    """Return the number of the command that the first unit begins with."""
    (command_seq,) = COMMAND_SEQ.unpack_from(records, COMMAND_SEQ_AT)
    return int(command_seq)


class Crossing:
    """An engine on its thread, and the one thread that owns both ring ends."""

    def __init__(self, waits: WaitStrategy, seed: int, readers: str) -> None:
        self.random = Random(seed)
        self.commands, self.bus = CommandRing(COMMAND_SLOTS), EventBus(BUS_SLOTS)
        self.wake, self.ended = Wake(), Wake()
        end = self.wake.writing_end
        self.journal = self.bus.subscribe("journal", wake=end)
        self.loop = self.bus.subscribe("loop", after="journal", wake=end)
        self.debug = [self.bus.subscribe("debug", LAG)] if readers == "lag" else []
        engine = MatchingEngine.unconfigured()
        self.thread = EngineThread(engine, self.commands, self.bus, ended=self.ended, waits=waits)
        self.encoder, self.sent = CommandEncoder(), 0
        self.come = bytearray()

    def run(self, commands: Sequence[Command], records_bytes: int) -> None:
        """Send all commands and read until so many bytes have come."""
        self.thread.start()
        while len(self.come) < records_bytes:
            if not self.thread.running:
                raise RuntimeError(f"the engine is gone: {self.thread.failure}")
            self.send_some(commands)
            self.read_some()
        if not self.thread.stop():
            raise RuntimeError("the engine does not stop")
        self.wake.close()
        self.ended.close()

    def send_some(self, commands: Sequence[Command]) -> None:
        """Send as many as chance wants, unless the ring stays full."""
        for _ in range(self.random.choice((0, 1, 5, 200))):
            if self.sent == len(commands) or not self.send(commands[self.sent]):
                break
        self.commands.wake()

    def send(self, command: Command) -> bool:
        for _ in range(SEND_TRIES):
            if self.commands.send(self.encoder, command, self.sent + 1, command.received_ns):
                self.sent += 1
                return True
        return False

    def read_some(self) -> None:
        """Read on every reader, a little or all; sleep where nothing is left to read."""
        for reader in (self.journal, *self.debug):
            reader.read_records(self.most())
        records = self.loop.read_records(self.most())
        if records:
            # Its batch may be under way still, and its time be written just now.
            self.thread.matched_ns(command_seq_of(records))
        self.come += records
        self.bus.statistics()
        if self.commands.used_slots and self.nothing_came():
            select.select([self.wake.reading_end], [], [], SLEEP_S_MAX)
            self.wake.clear()

    def most(self) -> int:
        return self.random.choice((1, 7, 4_096))

    def nothing_came(self) -> bool:
        """Say whether all that came was read, and ask to be woken then."""
        return self.journal.may_sleep() and self.loop.may_sleep()


def main(arguments: Sequence[str]) -> None:
    """Send the same commands so many times, each time through new rings."""
    waits, seed, rounds, readers, *broken = arguments
    commands, expected = recorded(int(seed))
    for name in broken:
        names = [sabotage.name for sabotage in RING_SABOTAGES]
        choose(names.index(name) + 1, BROKEN_MODULES)
    for number in range(int(rounds)):
        crossing = Crossing(waits, int(seed) + number, readers)  # type: ignore[arg-type]
        crossing.run(commands, len(expected))
        if bytes(crossing.come) != expected:
            raise RuntimeError("other records came than an engine without threads makes")


if __name__ == "__main__":
    main(sys.argv[1:])
