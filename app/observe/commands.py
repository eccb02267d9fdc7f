"""Watch commands go to the engine and come back, for the metrics.

Role: the bridge's observer. Times are wall-clock nanoseconds; stages count from a command's
arrival at the gateway: `engine` until it was matched, `published` until its events were handed
over. Loop thread.
"""

from collections.abc import Callable

from app.bridge import Outcome
from app.errors import Refusal
from app.observe.metrics import Metrics
from engine.commands import Command


class CommandObserver:
    """Count commands by type and outcome, and measure their way. O(1) each."""

    def __init__(
        self, metrics: Metrics, clock_ns: Callable[[], int], matched_ns: Callable[[int], int]
    ) -> None:
        """Take times from `clock_ns`, and from `matched_ns` by command_seq."""
        self._metrics = metrics
        self._clock_ns = clock_ns
        self._matched_ns = matched_ns

    def submitted(self, command: Command, refusal: Refusal | None) -> None:
        """Count a command that did not get in; the others are counted when they end."""
        if refusal is not None:
            self._metrics.count_command(type(command), "busy")

    def completed(self, command_type: type[Command], outcome: Outcome, submitted_ns: int) -> None:
        """Count a command and its way."""
        if outcome.unknown:
            self._metrics.count_command(command_type, "unknown")
            return
        self._metrics.count_command(command_type, "accepted" if outcome.accepted else "refused")
        latency = self._metrics.command_latency
        matched_ns = self._matched_ns(outcome.command_seq)
        if matched_ns >= submitted_ns:  # else its batch is not over, and has no time yet
            latency.observe_ns(matched_ns - submitted_ns, "engine")
        latency.observe_ns(max(0, self._clock_ns() - submitted_ns), "published")
