"""Hold every profile's events against the books that are kept on them (tests/engine/ledger.py)."""

from pathlib import Path

import pytest

from engine.commands import CancelAll, Command, Expire
from engine.events import CommandCompleted, MatchingEngineEvent, OrderAdded, OrderStatusChanged
from tests.engine.implementations import Engine, EngineClass
from tests.engine.ledger import Ledger, Unbalanced
from tests.engine.profiles import PROFILES, Profile
from tests.engine.sabotages import BY_FOLD, Sabotage, sabotaged
from tests.engine.streams import Stream

COMMANDS = 3_000
PROFILE_OF = {profile.name: profile for profile in PROFILES}
SABOTAGES = {sabotage.name: sabotage for sabotage in BY_FOLD}
SEEN_BY_LEDGER = (
    "last in, first out",
    "the taker's price",
    "a refilled slice stays in front",
    "a gap in seq",
    "a trade through the limit",
    "a raised order keeps its place",
    "a fill is told to one side only",
)
every_profile = pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)


def opened(engine_type: EngineClass, profile: Profile) -> Engine:
    return engine_type(profile.instruments, configure=profile.configure)


def keep(engine: Engine, profile: Profile, seed: int) -> Ledger:
    """Play a stream, let everybody cancel, and return its closed books."""
    ledger, stream = Ledger(), Stream(profile, seed)
    ledger.hear(engine.opening_events)
    for _ in range(COMMANDS):
        events = engine.process(stream.next())
        ledger.hear(events)
        stream.hear(events)
    ledger.balance(standing(engine, profile))
    ledger.hear(engine.process(CancelAll(account=0)))
    ledger.balance({})
    return ledger


def standing(engine: Engine, profile: Profile) -> dict[int, int]:
    orders = [order for symbol in profile.symbols for order in engine.orders(symbol)]
    return {order.order_id: order.remaining_lots for order in orders}


@every_profile
def test_every_order_ends_once_and_nothing_is_lost(
    profile: Profile, engine_type: EngineClass, seed: int
) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    ledger = keep(opened(engine_type, profile), profile, seed)
    assert all(order.ended for order in ledger.orders.values())
    assert ledger.traded_lots > 0
    assert len(ledger.orders) > COMMANDS // 10


@every_profile
def test_a_refused_command_leaves_the_book_as_it_was(
    profile: Profile, engine_type: EngineClass, seed: int
) -> None:
    """What is due expires with a refused command too: it is let go before the comparison."""
    print(f"DEPTHCAST_SEED={seed}")
    engine, stream, refused = opened(engine_type, profile), Stream(profile, seed), 0
    for _ in range(COMMANDS // 4):
        command = stream.next()
        stream.hear(engine.process(Expire(received_ns=command.received_ns)))
        before = engine.book_hash()
        events = engine.process(command)
        stream.hear(events)
        if was_refused(command, events):
            refused += 1
            assert engine.book_hash() == before, command
    assert refused > 10


def was_refused(command: Command, events: list[MatchingEngineEvent]) -> bool:
    """Tell whether a command was refused; a refused order then has no id, and never lived."""
    completed = events[-1]
    assert isinstance(completed, CommandCompleted)
    added = any(isinstance(event, OrderAdded) for event in events)
    statuses = [event for event in events if isinstance(event, OrderStatusChanged)]
    assert completed.accepted or not added, command
    assert completed.accepted or all(event.order_id == 0 for event in statuses), command
    return not completed.accepted


@pytest.mark.parametrize("name", SEEN_BY_LEDGER)
def test_the_books_do_not_close_on_a_sabotaged_engine(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    sabotage: Sabotage = SABOTAGES[name]
    twin = sabotaged(tmp_path, f"booked_{SEEN_BY_LEDGER.index(name)}", sabotage)
    profile = PROFILE_OF[sabotage.profile]
    with pytest.raises(Unbalanced):
        # Fixed: what a sabotage shows must not hang on luck.
        keep(opened(twin, profile), profile, seed=1)
