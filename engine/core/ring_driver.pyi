"""Type the ring driver (engine/core/ring_driver.pyx)."""

from collections.abc import Callable

from engine.core.rings import BusReader, CommandRing, EventBus

class RingDriver:
    """Send prepared commands and read what comes back, spinning."""

    read_slots: int
    def __init__(
        self, commands: CommandRing, bus: EventBus, reader: BusReader, records: bytes
    ) -> None: ...
    def round_trips(self, clock_ns: Callable[[], int], count: int) -> list[int]: ...
    @property
    def next_seq(self) -> int: ...
    def stream(self, slots: int) -> int: ...
    def publish(self, count: int) -> None: ...
