"""Type the rings (engine/core/rings.pyx)."""

from typing import Literal

from engine.commands import Command
from engine.core.encoding import CommandEncoder
from engine.events import MatchingEngineEvent

class CommandRing:
    """Carry commands to the engine thread: one producer, one consumer, bounded."""

    capacity: int
    def __init__(self, capacity: int) -> None: ...
    def set_wake(self, descriptor: int) -> None: ...
    @property
    def used_slots(self) -> int: ...
    def wake(self) -> None: ...
    def push(self, records: bytes, urgent: bool = False) -> bool: ...
    def send(
        self,
        encoder: CommandEncoder,
        command: Command,
        command_seq: int,
        received_ns: int,
        urgent: bool = False,
    ) -> bool: ...

class BusReader:
    """Read one cursor of a bus: copy records out as they come, hand out whole units."""

    name: str
    missed_events: int
    def read(self, most: int = 4096) -> list[MatchingEngineEvent]: ...
    def read_records(self, most: int = 4096) -> bytes: ...
    def may_sleep(self) -> bool: ...
    @property
    def behind_slots(self) -> int: ...

class EventBus:
    """Carry records from one writer to many readers, each at its own pace."""

    capacity: int
    def __init__(self, capacity: int) -> None: ...
    def subscribe(
        self,
        name: str,
        policy: Literal["gate", "lag"] = "gate",
        after: str | None = None,
        wake: int = -1,
    ) -> BusReader: ...
    def publish(self, records: bytes) -> None: ...
    def stop(self) -> None: ...
    @property
    def used_slots(self) -> int: ...
    def statistics(self) -> dict[str, int]: ...
