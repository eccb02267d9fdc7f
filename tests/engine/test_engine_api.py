"""Use both implementations as an embedding program does (docs/EVENTS.md, "In-process API")."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from engine import limits
from engine.commands import (
    AddInstrument,
    CancelOrder,
    Command,
    Configure,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.events import (
    CommandCompleted,
    Configured,
    InstrumentAdded,
    MatchingEngineEvent,
    OrderAdded,
    OrderMatched,
)
from engine.instruments import Instrument
from engine.reasons import Reason
from engine.reference import ReferenceEngine
from tests.engine.implementations import NAMES, EngineClass, engine_class
from tests.engine.profiles import PROFILES
from tests.engine.streams import Stream

X = Instrument("X", "1", "1")
Y = Instrument("Y", "1", "1")
ROOT = Path(__file__).resolve().parents[2]


def limit(account: int, side: Side, lots: int, price_ticks: int, **fields: object) -> NewOrder:
    return NewOrder(
        symbol="X",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=lots,
        price_ticks=price_ticks,
        **fields,  # type: ignore[arg-type]
    )


def completed(events: list[MatchingEngineEvent]) -> CommandCompleted:
    event = events[-1]
    assert isinstance(event, CommandCompleted)
    return event


def test_an_engine_opens_with_its_settings_and_its_instruments(engine_type: EngineClass) -> None:
    settings = Configure(epoch="e1", orders_capacity=5, next_event_seq=100, next_order_id=70)
    engine = engine_type([X, Y], configure=settings)
    opening = engine.opening_events
    assert opening[0] == Configured(
        100, 0, "e1", 5, settings.levels_capacity, settings.open_orders_max, 70
    )
    assert [event.seq for event in opening] == list(range(100, 106))
    listed = [event for event in opening if isinstance(event, InstrumentAdded)]
    assert [(event.symbol, event.number) for event in listed] == [("X", 0), ("Y", 1)]
    added = engine.process(limit(1, Side.BUY, 5, 100))[1]
    assert isinstance(added, OrderAdded)
    assert (added.order_id, added.seq) == (70, 107)


def test_an_engine_is_configured_once(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    assert completed(engine.process(Configure())).reason is Reason.INVALID_REQUEST


def test_an_accepted_order_is_told_as_it_was_sent(engine_type: EngineClass) -> None:
    command = limit(
        3, Side.SELL, 40, 100, time_in_force=TimeInForce.GTD, post_only=True, display_lots=10,
        self_trade_prevention=SelfTradePrevention.CANCEL_BOTH, expire_at_us=99, deadline_us=50,
        client_order_id="mine", connection=12, received_ns=9_000,
    )  # fmt: skip
    added = engine_type([X]).process(command)[1]
    assert isinstance(added, OrderAdded)
    shared = set(NewOrder.__struct_fields__) & set(OrderAdded.__struct_fields__)
    assert len(shared) == 14
    for field in shared:
        assert getattr(added, field) == getattr(command, field), field
    assert added.engine_ns == 9_000


def test_depth_and_best_show_levels_best_first(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    assert engine.best("X") == (None, None)
    for price_ticks in (98, 100, 99, 100):
        engine.process(limit(1, Side.BUY, 5, price_ticks))
    engine.process(limit(2, Side.SELL, 30, 101, display_lots=7))
    assert engine.best("X") == (100, 101)
    assert engine.depth("X") == ([(100, 10, 2), (99, 5, 1), (98, 5, 1)], [(101, 7, 1)])
    assert engine.depth("X", levels=1) == ([(100, 10, 2)], [(101, 7, 1)])
    assert engine.depth("X", levels=0) == engine.depth("X", levels=3)


def test_an_unknown_symbol_has_no_book(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    for ask in (engine.depth, engine.best, engine.orders):
        with pytest.raises(KeyError):
            ask("NONE")


def test_the_hash_of_a_book_forgets_how_it_came_about(engine_type: EngineClass) -> None:
    one, other = engine_type([X]), engine_type([X])
    one.process(limit(1, Side.BUY, 5, 100))
    other.process(limit(1, Side.BUY, 0, 100))
    other.process(limit(1, Side.BUY, 5, 100))
    assert one.book_hash() == other.book_hash()
    assert one.state_hash() != other.state_hash()


def test_the_widest_fill_keeps_its_exact_sum(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    lots, price_ticks = limits.QUANTITY_LOTS_MAX, limits.PRICE_TICKS_MAX
    engine.process(limit(1, Side.SELL, lots, price_ticks))
    events = engine.process(limit(2, Side.BUY, lots, price_ticks))
    sums = [event.price_quantity_sum for event in events if isinstance(event, OrderMatched)]
    assert sums == [lots * price_ticks] * 2
    assert sums[0].bit_length() == 88


def test_a_level_is_full_at_its_widest_sum(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    lots = limits.QUANTITY_LOTS_MAX
    for _ in range(limits.LEVEL_QUANTITY_LOTS_MAX // lots):
        assert completed(engine.process(limit(1, Side.BUY, lots, 100))).accepted
    left = limits.LEVEL_QUANTITY_LOTS_MAX % lots
    iceberg = limit(1, Side.BUY, 2 * left, 100, display_lots=left + 1)
    for command in (limit(1, Side.BUY, left + 1, 100), iceberg):
        assert completed(engine.process(command)).reason is Reason.CAPACITY
    assert completed(engine.process(limit(1, Side.BUY, lots, 99))).accepted
    iceberg = limit(1, Side.BUY, 2 * left, 100, display_lots=left)
    assert completed(engine.process(iceberg)).accepted
    assert engine.depth("X", levels=1)[0][0][1] == limits.LEVEL_QUANTITY_LOTS_MAX


@pytest.mark.parametrize("order_id", [0, -1, 2, 2**53, 2**63 - 1])
def test_a_cancel_of_what_never_was_is_refused(engine_type: EngineClass, order_id: int) -> None:
    engine = engine_type([X])
    engine.process(limit(1, Side.BUY, 5, 100))
    events = engine.process(CancelOrder(symbol="X", account=1, order_id=order_id))
    assert completed(events).reason is Reason.UNKNOWN_ORDER


def test_an_instrument_listed_later_gets_the_next_number(engine_type: EngineClass) -> None:
    engine = engine_type([X])
    events = engine.process(AddInstrument(instrument=Y, received_ns=5))
    assert events[0] == InstrumentAdded(events[0].seq, "Y", 5, 1, Y)
    assert engine.depth("Y") == ([], [])


def tape(count: int) -> list[Command]:
    engine, stream, commands = ReferenceEngine(PROFILES[0].instruments), Stream(PROFILES[0], 1), []
    for _ in range(count):
        commands.append(stream.next())
        stream.hear(engine.process(commands[-1]))
    return commands


def event_bytes(name: str, count: int) -> bytes:
    """Return the encoded events of a tape: what another process must repeat."""
    engine = engine_class(name)(PROFILES[0].instruments)
    encoder = msgspec.msgpack.Encoder()
    units = [engine.opening_events, *(engine.process(command) for command in tape(count))]
    return b"".join(encoder.encode(event) for unit in units for event in unit)


@pytest.mark.parametrize("name", NAMES)
def test_another_process_with_another_hash_seed_repeats_the_event_bytes(name: str) -> None:
    program = (
        "import sys; from tests.engine.test_engine_api import event_bytes;"
        f"sys.stdout.buffer.write(event_bytes({name!r}, 500))"
    )
    outputs = [
        subprocess.run(
            [sys.executable, "-c", program],
            cwd=ROOT,
            env={"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            check=True,
            timeout=60,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert outputs[0] == outputs[1] == event_bytes(name, 500)
