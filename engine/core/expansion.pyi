"""Type the record expander (engine/core/expansion.pyx)."""

from engine.events import MatchingEngineEvent

class Expander:
    """Expand units to events; learns the symbols from the InstrumentAdded it meets."""

    def expand_bytes(
        self, records: bytes | bytearray | memoryview
    ) -> list[MatchingEngineEvent]: ...
