"""Type the command encoder (engine/core/encoding.pyx)."""

from engine.commands import Command

class CommandEncoder:
    """Encode commands; gives listed symbols their numbers in the order of their listing."""

    def encode(self, command: Command, command_seq: int) -> bytes: ...
