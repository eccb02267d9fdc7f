"""Hold engines against each other and against the fold, command after command.

Role: the judge of random streams. `Duel` plays one command on every engine; what differs raises
`Divergence`. `shrink` makes a failing stream as short as it can.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import msgspec

from engine.commands import AmendOrder, CancelOrder, Command, Configure
from engine.events import (
    CommandCompleted,
    DepthUpdated,
    MarketStateChanged,
    MatchingEngineEvent,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    TradeExecuted,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from tests.engine.fold import Fold
from tests.engine.implementations import Engine

SMALL_BOOK_ORDERS = 64
CHECK_EVERY = 256
SHRINK_RUNS_MAX = 600
CHANGES = (OrderAdded, OrderAmended, OrderMatched, TradeExecuted, MarketStateChanged)


class Divergence(AssertionError):
    """Two engines, or an engine and the fold of its events, disagree."""


@dataclass(frozen=True)
class Entry:
    """A command of a recorded stream; `names` is the entry whose order it amends or cancels.

    Ids shift when a stream is shortened: what an amend means is the order, not its number.
    """

    number: int
    command: Command
    names: int | None = None


class Duel:
    """Engines that get the same commands, and the fold of the first one's events."""

    def __init__(self, engines: Sequence[Engine]) -> None:
        """Fold the opening events of the first engine; the others must have the same."""
        self.engines = engines
        self.fold = Fold()
        self.commands = 0
        self._book_hash: str | None = None
        self._equal("opening events", [engine.opening_events for engine in engines])
        self._fold_opening(engines[0].opening_events)

    def play(self, command: Command) -> list[MatchingEngineEvent]:
        """Play one command; touched levels are compared each time, whole books by their size."""
        units = [engine.process(command) for engine in self.engines]
        for unit in units[1:]:
            if unit != units[0]:
                raise Divergence(f"{command}\n{first_difference(units[0], unit)}")
        before, self._book_hash = self._book_hash, None
        self.fold.unit(units[0])
        self.commands += 1
        for symbol in {event.symbol for event in units[0] if isinstance(event, DepthUpdated)}:
            self._check_depth(symbol)
        if len(self.fold.orders) <= SMALL_BOOK_ORDERS or self.commands % CHECK_EVERY == 0:
            self._check_state()
        self._check_refusal(units[0], before)
        return units[0]

    def check(self) -> None:
        """Compare all that the engines can tell with what the events alone tell."""
        self._check_state()
        self._equal("book hashes", [e.book_hash() for e in self.engines], self._book_hash)
        for symbol in self.fold.books:
            self._check_depth(symbol)
            self._check_orders(symbol)

    def _check_state(self) -> None:
        """Compare the state, which covers every order of every book, and hold the invariants."""
        self._book_hash = self.fold.book_hash()
        state_hash = self.fold.state_hash(self._book_hash)
        found = [engine.state_hash() for engine in self.engines]
        if any(one != state_hash for one in found):
            for symbol in self.fold.books:
                self._check_orders(symbol)
        self._equal("state hashes", found, state_hash)
        for engine in self.engines:
            engine.check_invariants()

    def _check_depth(self, symbol: str) -> None:
        depth = self.fold.depth(symbol)
        self._equal(f"depth of {symbol}", [e.depth(symbol, 0) for e in self.engines], depth)
        best = tuple(side[0][0] if side else None for side in depth)
        self._equal(f"best of {symbol}", [e.best(symbol) for e in self.engines], best)

    def _check_orders(self, symbol: str) -> None:
        """Name the orders that differ; the hashes cover them all."""
        orders = self.fold.order_states(symbol)
        self._equal(f"orders of {symbol}", [e.orders(symbol) for e in self.engines], orders)

    def _check_refusal(self, unit: Sequence[MatchingEngineEvent], before: str | None) -> None:
        """Demand that a refused command left the book alone, beyond the expiries before it."""
        completed = unit[-1]
        assert isinstance(completed, CommandCompleted), "the fold has seen to that"
        if completed.accepted:
            return
        cancels = [event.reason for event in unit if isinstance(event, OrderCancelled)]
        expiries = all(reason is Reason.EXPIRED for reason in cancels)
        if not expiries or any(isinstance(event, CHANGES) for event in unit):
            raise Divergence(f"a refused command did something: {unit}")
        if not cancels and None not in (before, self._book_hash) and before != self._book_hash:
            raise Divergence(f"a refused command changed the book: {completed}")

    def _fold_opening(self, events: Iterable[MatchingEngineEvent]) -> None:
        unit: list[MatchingEngineEvent] = []
        for event in events:
            unit.append(event)
            if isinstance(event, CommandCompleted):
                self.fold.unit(unit)
                unit = []

    def _equal(self, what: str, found: Sequence[object], expected: object = None) -> None:
        for value in found:
            if value != (found[0] if expected is None else expected):
                raise Divergence(f"{what} differ: {found}" + (f" ≠ {expected}" if expected else ""))


def first_difference(
    expected: Sequence[MatchingEngineEvent], found: Sequence[MatchingEngineEvent]
) -> str:
    """Return the first pair of events that are not equal."""
    for one, other in zip_longest(expected, found):
        if one != other:
            return f"  {one}\n≠ {other}"
    return "no difference"


Opener = Callable[[Iterable[Instrument], Configure], Sequence[Engine]]


def failure(
    open_engines: Opener,
    instruments: Sequence[Instrument],
    configure: Configure,
    entries: Sequence[Entry],
) -> tuple[AssertionError | None, list[Command]]:
    """Replay a recorded stream on fresh engines; return what failed and the commands sent."""
    sent: list[Command] = []
    ids: dict[int, int] = {}
    try:
        duel = Duel(open_engines(instruments, configure))
        for entry in entries:
            command = _named(entry, ids)
            sent.append(command)
            for event in duel.play(command):
                if isinstance(event, OrderAdded):
                    ids[entry.number] = event.order_id
        duel.check()
    except AssertionError as error:
        return error, sent
    return None, sent


def _named(entry: Entry, ids: dict[int, int]) -> Command:
    """Return the command with the id that its order has in this run."""
    if entry.names is None or not isinstance(entry.command, AmendOrder | CancelOrder):
        return entry.command
    return msgspec.structs.replace(entry.command, order_id=ids.get(entry.names, 0))


def shrink(fails: Callable[[Sequence[Entry]], bool], entries: Sequence[Entry]) -> list[Entry]:
    """Return a part of a failing stream that still fails: halves first, single commands last."""
    kept = list(entries)
    size, runs = max(1, len(kept) // 2), 0
    while runs < SHRINK_RUNS_MAX:
        start, shorter = 0, False
        while start < len(kept) and runs < SHRINK_RUNS_MAX:
            candidate = kept[:start] + kept[start + size :]
            runs += 1
            if candidate and fails(candidate):
                kept, shorter = candidate, True
            else:
                start += size
        if size == 1 and not shorter:
            break
        size = max(1, size // 2)
    return kept
