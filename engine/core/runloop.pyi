"""Type the engine thread's loop (engine/core/runloop.pyx)."""

from typing import Literal

from engine.core.kernel import MatchingEngine
from engine.core.rings import CommandRing, EventBus

class EngineLoop:
    """Connect an engine to its command ring and its event bus, and run it."""

    def __init__(
        self,
        engine: MatchingEngine,
        commands: CommandRing,
        bus: EventBus,
        wake: int,
        waits: Literal["park", "yield", "spin"],
    ) -> None: ...
    def run(self) -> None: ...
    def stop(self) -> None: ...
    def matched_ns(self, command_seq: int) -> int: ...
