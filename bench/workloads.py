"""Prepare seeded command streams, encoded once and replayed on fresh engines.

Role: what the engine benches execute. Each workload says its book size and mix; nothing here is
timed.

    Tape      encodes commands and numbers them as the engine will
    Phase     a stretch of commands: a timed one, or one that sets the stage
"""

from collections.abc import Iterable
from random import Random
from typing import Final

import msgspec

from engine import (
    AddInstrument,
    CancelOrder,
    Command,
    Configure,
    Instrument,
    MatchingEngine,
    NewOrder,
    OrderType,
    Side,
    TimeInForce,
)
from engine.core.encoding import CommandEncoder
from engine.events import TradeExecuted
from engine.flow import FlowProfile, OrderFlow
from engine.flow_play import FlowPlayer

ACME: Final = Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001")
MIDDLE_TICKS: Final = 1_000_000
LOTS: Final = 100
MAKER_ACCOUNTS: Final = 50
TAKER_ACCOUNT: Final = MAKER_ACCOUNTS + 1
SMALL_LEVELS: Final = 100
LARGE_LEVELS: Final = 2_000
CAPACITY_MIN: Final = 1 << 16
_OPENING_COMMANDS: Final = 2  # Configure and AddInstrument


class Phase(msgspec.Struct, frozen=True):
    """Commands to execute in one go; only named phases are measured.

    `source` holds the commands themselves where they were kept.
    """

    name: str | None
    records: bytes
    commands: int
    source: tuple[Command, ...]


class Workload(msgspec.Struct, frozen=True):
    """A stream of commands for a fresh engine of `capacity` orders; `book` says how many rest."""

    book: int
    capacity: int
    phases: tuple[Phase, ...]
    conditions: str


class Tape:
    """Encode commands with the numbers that a fresh engine will give them."""

    def __init__(self, *, keeps_source: bool = False) -> None:
        """Begin where the engine's constructor ends."""
        self._keeps_source = keeps_source
        self._encoder = CommandEncoder()
        self._encoder.encode(AddInstrument(instrument=ACME), _OPENING_COMMANDS)
        self._command_seq = _OPENING_COMMANDS
        self.phases: list[Phase] = []

    def record(self, name: str | None, commands: Iterable[Command]) -> None:
        """Append a phase."""
        parts, source = [], []
        for command in commands:
            if self._keeps_source:
                source.append(command)
            self._command_seq += 1
            parts.append(self._encoder.encode(command, self._command_seq))
        self.phases.append(Phase(name, b"".join(parts), len(parts), tuple(source)))


def open_engine(capacity: int) -> MatchingEngine:
    """Return a fresh engine with the one instrument of all workloads."""
    return MatchingEngine([ACME], configure=Configure(orders_capacity=capacity))


def passive_orders(random: Random, count: int, levels: int) -> list[NewOrder]:
    """Return limit orders spread evenly over `levels`, half of them bids, that never meet."""
    return [_passive(random, random.randrange(levels)) for _ in range(count)]


def _passive(random: Random, level: int) -> NewOrder:
    side = Side.BUY if level % 2 else Side.SELL
    behind = 1 + level // 2
    return NewOrder(
        symbol=ACME.symbol,
        account=1 + random.randrange(MAKER_ACCOUNTS),
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=LOTS,
        price_ticks=MIDDLE_TICKS - behind if side is Side.BUY else MIDDLE_TICKS + behind,
    )


def _cancels(random: Random, orders: dict[int, NewOrder], count: int) -> list[CancelOrder]:
    """Return cancels of `count` of `orders` at random, and forget these."""
    ids = random.sample(sorted(orders), count)
    return [
        CancelOrder(symbol=ACME.symbol, account=orders.pop(order_id).account, order_id=order_id)
        for order_id in ids
    ]


def adds_and_cancels(
    seed: int, *, book: int, batch: int, rounds: int, levels: int, keeps_source: bool = False
) -> Workload:
    """Add and cancel `batch` orders at random, `rounds` times, around a book of `book`."""
    random, tape = Random(seed), Tape(keeps_source=keeps_source)
    living = dict[int, NewOrder]()
    next_id = 1

    def enter(name: str | None, count: int) -> None:
        nonlocal next_id
        orders = passive_orders(random, count, levels)
        tape.record(name, orders)
        living.update(enumerate(orders, next_id))
        next_id += count

    enter(None, book - batch // 2)
    for _ in range(rounds):
        enter("add", batch)
        tape.record("cancel", _cancels(random, living, batch))
    conditions = f"{book:,} ± {batch // 2:,} orders on {levels:,} levels, at random"
    return Workload(book, max(2 * book, CAPACITY_MIN), tuple(tape.phases), conditions)


def aggressors(
    seed: int, *, book: int, batch: int, rounds: int, levels: int, keeps_source: bool = False
) -> Workload:
    """Take 1-3 resting orders whole with each order, then refill the levels, `rounds` times."""
    random, tape = Random(seed), Tape(keeps_source=keeps_source)
    engine = open_engine(CAPACITY_MIN)
    stage = passive_orders(random, book, levels)
    tape.record(None, stage)
    for command in stage:
        engine.process(command)
    for _ in range(rounds):
        takers = [_taker(random) for _ in range(batch)]
        events = [event for command in takers for event in engine.process(command)]
        refill = [_refill(random, event) for event in events if isinstance(event, TradeExecuted)]
        for command in refill:
            engine.process(command)
        tape.record("take", takers)
        tape.record(None, refill)
    conditions = f"{book:,} orders on {levels:,} levels, both sides in turn, 2 fills on average"
    return Workload(book, CAPACITY_MIN, tuple(tape.phases), conditions)


def _taker(random: Random) -> NewOrder:
    return NewOrder(
        symbol=ACME.symbol,
        account=TAKER_ACCOUNT,
        side=random.choice((Side.BUY, Side.SELL)),
        type=OrderType.MARKET,
        quantity_lots=LOTS * random.randint(1, 3),
        time_in_force=TimeInForce.IOC,
    )


def _refill(random: Random, trade: TradeExecuted) -> NewOrder:
    """Return an order like the one that was taken."""
    return NewOrder(
        symbol=ACME.symbol,
        account=1 + random.randrange(MAKER_ACCOUNTS),
        side=trade.side.opposite,
        type=OrderType.LIMIT,
        quantity_lots=trade.quantity_lots,
        price_ticks=trade.price_ticks,
    )


def flow(seed: int, *, commands: int) -> Workload:
    """Record `commands` of the order flow model (engine/flow.py), after its opening."""
    profile = FlowProfile(typical_lots=10_000, round_lots=1_000)
    engine = open_engine(CAPACITY_MIN)
    player, tape = FlowPlayer(engine, ACME.symbol, OrderFlow(seed, profile)), Tape()
    tape.record(None, [command for command, _ in player.opening()])
    tape.record("flow", [command for command, _ in player.actions(commands)])
    conditions = f"order flow model, seed {seed}, about {profile.orders} orders"
    return Workload(profile.orders, CAPACITY_MIN, tuple(tape.phases), conditions)
