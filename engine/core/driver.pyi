"""Type the command driver (engine/core/driver.pyx)."""

from collections.abc import Callable

from engine.core.kernel import MatchingEngine

class CommandDriver:
    """Execute prepared commands on an engine, as a ring's reader would."""

    commands: int
    written_slots: int
    discards: bool
    def __init__(self, engine: MatchingEngine, records: bytes, discards: bool = False) -> None: ...
    def execute(self, count: int) -> int: ...
    def time_batches(self, clock_ns: Callable[[], int], batch: int) -> list[int]: ...
    def copy(self) -> None: ...
    def read_best(self, symbol: str, count: int) -> int: ...
