"""Gather the outcomes of a batch until each order has one.

Role: a small part of the gateway. Loop thread. Sans-I/O.
"""

from collections.abc import Callable

from app import wire
from app.errors import Refusal
from app.submission import OrderResult


class Batch:
    """Hold the outcomes in the order of the orders; answer once, with the last one."""

    def __init__(self, size: int, done: Callable[[wire.BatchOutcomes], None]) -> None:
        """Wait for `size` outcomes."""
        self._outcomes: list[wire.BatchOutcome | None] = [None] * size
        self._missing = size
        self._done = done

    def take(self, place: int, result: OrderResult | wire.Validated | Refusal) -> None:
        """Take the outcome of the order at `place`, which has none yet."""
        assert self._outcomes[place] is None, "an order of a batch has one outcome"
        self._outcomes[place] = _outcome(result)
        self._missing -= 1
        if self._missing == 0:
            outcomes = tuple(outcome for outcome in self._outcomes if outcome is not None)
            self._done(wire.BatchOutcomes(outcomes))


def _outcome(result: OrderResult | wire.Validated | Refusal) -> wire.BatchOutcome:
    if isinstance(result, Refusal):
        return wire.BatchOutcome(error=wire.problem(result))
    if isinstance(result, wire.Validated):
        return wire.BatchOutcome(validated=True)
    return wire.BatchOutcome(order=result.order)
