"""Records become events: the same ones that a call returns, complete, in every process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.commands import AddInstrument, Command, NewOrder, OrderType, Side
from engine.core.expansion import Expander
from engine.core.kernel import MatchingEngine
from engine.events import (
    EVENT_CODES,
    CommandCompleted,
    MatchingEngineEvent,
    OrderMatched,
    OrderStatusChanged,
    TradeExecuted,
)
from engine.instruments import Instrument
from tests.engine.core_types import enumeration, record
from tests.engine.profiles import PROFILES, Profile
from tests.engine.record_digest import digest
from tests.engine.streams import Stream

ROOT = Path(__file__).resolve().parents[2]
SLOT_BYTES = 64
ACME = Instrument("ACME-USD", "0.01", "0.0001")
STREAM_COMMANDS = 2_000


def play(profile: Profile, seed: int) -> tuple[bytes, list[MatchingEngineEvent]]:
    """Return the records of a whole life, and what the calls returned."""
    engine = MatchingEngine.unconfigured()
    stream = Stream(profile, seed)
    records, events = bytearray(), []
    opening: list[Command] = [profile.configure]
    opening += [AddInstrument(instrument=instrument) for instrument in profile.instruments]
    for command in opening:
        events += engine.process(command)
        records += engine.records()
    for _ in range(STREAM_COMMANDS):
        unit = engine.process(stream.next())
        stream.hear(unit)
        events += unit
        records += engine.records()
    return bytes(records), events


def test_the_records_of_streams_expand_to_what_the_calls_returned(seed: int) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    seen: set[type] = set()
    for profile in PROFILES:
        records, events = play(profile, seed)
        assert Expander().expand_bytes(records) == events, profile.name
        assert [event.seq for event in events] == list(range(1, len(events) + 1)), profile.name
        numbers = [e.command_seq for e in events if isinstance(e, CommandCompleted)]
        assert numbers == list(range(1, len(numbers) + 1)), profile.name
        seen |= {type(event) for event in events}
    # Nothing in the streams changes an instrument's limits.
    assert {kind.__name__ for kind in set(EVENT_CODES) - seen} <= {"InstrumentUpdated"}


@pytest.mark.parametrize("form", [bytes, bytearray, memoryview])
def test_records_may_be_any_bytes(form: type) -> None:
    engine = MatchingEngine([ACME])
    expected = engine.process(order(1, Side.BUY, 5))
    assert [type(e) for e in Expander().expand_bytes(form(engine.records()))] == [
        type(e) for e in expected
    ]
    assert Expander().expand_bytes(form(b"")) == []


def order(account: int, side: Side, quantity_lots: int, price_ticks: int = 7) -> NewOrder:
    return NewOrder(
        symbol="ACME-USD",
        account=account,
        side=side,
        type=OrderType.LIMIT,
        quantity_lots=quantity_lots,
        price_ticks=price_ticks,
        received_ns=99,
    )


def test_one_fill_is_one_record_of_two_slots() -> None:
    engine = MatchingEngine([ACME])
    engine.process(order(1, Side.SELL, 5))
    events = engine.process(order(2, Side.BUY, 2))
    records = engine.records()
    # Its command, its account, its acceptance, the fill, and the level, which ends the unit.
    assert len(records) == 6 * SLOT_BYTES
    first, second = record("FillFirst", records, 3), record("FillSecond", records, 4)
    assert first.kind == enumeration("RecordKind")["RECORD_FILL"]
    trade = next(event for event in events if isinstance(event, TradeExecuted))
    maker, taker = (event for event in events if isinstance(event, OrderMatched))
    statuses = [event for event in events if isinstance(event, OrderStatusChanged)]
    assert first.seq == trade.seq
    assert (first.trade_id, first.price_ticks, first.quantity_lots) == (1, 7, 2)
    assert (first.maker_id, first.taker_id) == (maker.order_id, taker.order_id) == (1, 2)
    assert (first.maker_status, first.taker_status) == (0x12, 0x13)
    assert [(s.old_status << 4) | s.new_status for s in statuses] == [0x12, 0x13]
    assert (second.maker_remaining_lots, second.taker_remaining_lots) == (3, 0)
    assert (second.maker_sum_low, second.taker_sum_low) == (14, 14)
    assert (second.maker_account, second.taker_account) == (1, 2)
    assert [event.seq for event in events] == list(range(trade.seq - 2, trade.seq + 7))


def test_the_same_commands_are_the_same_bytes_in_every_process(seed: int) -> None:
    """Another process hashes text in another way; nothing of that may reach a record."""
    print(f"DEPTHCAST_SEED={seed}")
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.engine.record_digest", str(seed)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("1", "4242")
    ]
    one, other = (process.communicate(timeout=50)[0] for process in processes)
    assert [process.returncode for process in processes] == [0, 0]
    assert one == other
    assert one.splitlines()[0] == digest(PROFILES[0], seed)
    assert len(one.splitlines()) == len(PROFILES)
