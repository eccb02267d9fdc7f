"""Name the event bus and its readers' policies.

    engine thread ──► EventBus ──┬─► journal   gate                the producer waits for it
        (one writer)             ├─► loop      gate, after journal it acts on committed units only
                                 └─► debug     lag                 overtaken, and told how far

Role: what Python sees of the rings (engine/core/rings.pyx). Who may wait for whom: the writer for
gate readers, a reader for the one it comes after and for the writer; nobody for a lag reader, and
no reader for the loop. A reader copies records out as they come and acts on whole units only, so
no cycle of waits can arise.
"""

from typing import Final, Literal

from engine.core.encoding import CommandEncoder
from engine.core.rings import BusReader, CommandRing, EventBus

__all__ = ["GATE", "LAG", "BusReader", "CommandEncoder", "CommandRing", "EventBus", "Policy"]

Policy = Literal["gate", "lag"]

GATE: Final[Policy] = "gate"
"""The writer never overtakes this reader: a full ring stops the engine's intake."""

LAG: Final[Policy] = "lag"
"""The writer overtakes this reader, which is told how many events it missed."""
