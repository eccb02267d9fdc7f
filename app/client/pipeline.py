"""Decide which order commands may be under way together without their order mattering.

Role: the importer's rule for strict order at speed. A server may answer `engine_busy` to one
command and take the next, so only commands that commute are in flight together: whatever is
refused and sent again, the book after them is the same. Sans-I/O.
"""

from typing import Final, Literal

import msgspec

WINDOW_MAX: Final = 256
"""Commands in flight: enough to hide a round trip, far below what fills a server's ring."""

Side = Literal["buy", "sell"]
Kind = Literal["add", "remove", "aggress"]


class Command(msgspec.Struct, frozen=True):
    """What a command touches: its order, side and price; `number` counts them in order."""

    number: int
    kind: Kind
    key: str
    side: Side
    price_ticks: int


def conflict(first: Command, second: Command) -> bool:
    """Tell whether it matters which of two commands comes first.

    Aggressors take from whatever is there. Two of one order follow each other. Two orders at one
    price queue up. An order must not come before the one that it would trade with has gone.
    """
    if first.kind == "aggress" or second.kind == "aggress" or first.key == second.key:
        return True
    if first.kind == second.kind == "add":
        return first.side == second.side and first.price_ticks == second.price_ticks
    if first.kind == "remove" and second.kind == "add":
        return first.side != second.side and _crosses(second, first.price_ticks)
    return False


def _crosses(order: Command, other_ticks: int) -> bool:
    if order.side == "buy":
        return order.price_ticks >= other_ticks
    return order.price_ticks <= other_ticks


class Pipeline:
    """The commands under way, and those to be sent again before anything else."""

    def __init__(self, window: int = WINDOW_MAX) -> None:
        assert window >= 1
        self._window = window
        self._in_flight: dict[int, Command] = {}
        self._refused: list[Command] = []

    @property
    def idle(self) -> bool:
        """Whether every command so far is done."""
        return not self._in_flight and not self._refused

    @property
    def next_retry(self) -> Command | None:
        """The command to send again now: the earliest refused, once nothing is in flight."""
        return self._refused[0] if self._refused and not self._in_flight else None

    def may_send(self, command: Command) -> bool:
        """Whether a new command may go out now."""
        if self._refused or len(self._in_flight) >= self._window:
            return False
        return not any(conflict(other, command) for other in self._in_flight.values())

    def sent(self, command: Command) -> None:
        """Note that a command went out, for the first time or again."""
        if self._refused and self._refused[0] is command:
            del self._refused[0]
        assert command.number not in self._in_flight
        self._in_flight[command.number] = command

    def done(self, command: Command) -> None:
        """Note that a command was carried out."""
        del self._in_flight[command.number]

    def refused(self, command: Command) -> None:
        """Note that a command was refused for now: it goes out again, in its place."""
        del self._in_flight[command.number]
        self._refused.append(command)
        self._refused.sort(key=lambda each: each.number)
