"""Keep account of orders: when each was due, sent and answered.

Role: what the sender knows of its orders. Sans-I/O; times are arguments, in monotonic nanoseconds.
"""

from array import array
from collections import Counter
from collections.abc import Sequence
from typing import Final

import msgspec

from loadtest.figures import Sent, durations

UNANSWERED: Final = "unanswered"


class AnsweredOrder(msgspec.Struct, frozen=True):
    """The one field of an order that the sender reads: the engine's time of its last event."""

    updated_us: int


class Answer(msgspec.Struct, frozen=True):
    """An ack or an error, as far as the sender reads it."""

    type: str
    id: int | str | None = None
    code: str | None = None
    order: AnsweredOrder | None = None


class Ledger:
    """The orders of one run, numbered 0, 1, 2 … in the order of sending."""

    def __init__(self) -> None:
        self._due_ns = array("q")
        self._sent_ns = array("q")
        self._answered_ns = array("q")
        self._codes: dict[int, str] = {}
        self._engine_us: dict[int, int] = {}
        self.unanswered = 0

    def __len__(self) -> int:
        """Count the orders sent."""
        return len(self._due_ns)

    def sent(self, due_ns: int, now_ns: int) -> None:
        """Note that the next order goes out."""
        self._due_ns.append(due_ns)
        self._sent_ns.append(now_ns)
        self._answered_ns.append(0)
        self.unanswered += 1

    def answered(self, number: int, answer: Answer, now_ns: int) -> None:
        """Note an order's answer."""
        assert self._answered_ns[number] == 0, "each is answered once"
        self._answered_ns[number] = now_ns
        self.unanswered -= 1
        if answer.type == "ack" and answer.order is not None:
            self._engine_us[number] = answer.order.updated_us
        else:
            self._codes[number] = answer.code or answer.type

    def summary(self, first: int = 0) -> Sent:
        """Return the account of the orders from number `first` on."""
        numbers = range(first, len(self))
        accepted = [number for number in numbers if number in self._engine_us]
        refused = Counter(
            self._codes.get(number, UNANSWERED)
            for number in numbers
            if number not in self._engine_us
        )
        return Sent(
            sent=len(numbers),
            accepted=len(accepted),
            refused=dict(refused),
            due_to_acknowledged=durations(_spans_us(accepted, self._due_ns, self._answered_ns)),
            late=durations(_spans_us(numbers, self._due_ns, self._sent_ns)),
            first_us=min((self._engine_us[number] for number in accepted), default=0),
            elapsed_s=self._elapsed_s(first),
        )

    def _elapsed_s(self, first: int) -> float:
        if first >= len(self):
            return 0.0
        return max(0, max(self._answered_ns[first:]) - self._due_ns[first]) / 1e9


def _spans_us(numbers: Sequence[int], begin_ns: Sequence[int], end_ns: Sequence[int]) -> list[int]:
    return [(end_ns[number] - begin_ns[number]) // 1000 for number in numbers]
