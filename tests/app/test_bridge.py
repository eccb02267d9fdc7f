"""The way to the engine thread and back, with real rings, a real thread and a real loop."""

import asyncio
import threading

import pytest

from app.bridge import Outcome
from engine.commands import (
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Expire,
    MarketState,
    NewOrder,
    SetMarketState,
    Side,
)
from engine.events import CommandCompleted
from engine.reasons import Reason
from tests.app.engine_door import OPENING, Door, close_door, limit, open_door
from tests.waiting import turns_until

OPENED = len(OPENING)
AMEND = AmendOrder(symbol="ACME-USD", account=1, order_id=1, quantity_lots=1)


async def test_every_command_is_answered_once_in_order_after_the_handlers_saw_it() -> None:
    async with open_door() as door:
        door.log.clear()
        for _ in range(30):
            assert door.submit(limit()) is None
        await door.answered()
        numbers = list(range(OPENED + 1, OPENED + 31))
        assert door.logged("done") == numbers
        seen = 0
        for kind, what in door.log:
            if kind == "event" and isinstance(what, CommandCompleted):
                seen = what.command_seq
            elif kind == "done":
                assert isinstance(what, int)
                assert what <= seen, "its events came first"
            elif kind == "batch":
                assert what == seen, "it was answered before the batch was through"
        assert door.logged("completed") == [(NewOrder, number) for number in numbers]


async def test_events_come_without_a_gap_through_rings_far_smaller_than_their_number() -> None:
    async with open_door(command_slots=64, event_slots=64) as door:
        left, refused = 3_000, 0
        while left:
            code = door.submit(
                limit(Side.BUY if left % 2 else Side.SELL, 1 + left % 5, left % 9 + 1)
            )
            assert code in (None, "engine_busy")
            left -= code is None
            refused += code is not None
            if code is not None:
                await asyncio.sleep(0)
        await door.answered()
        events = door.logged("event")
        seqs = [event.seq for event in events]  # type: ignore[attr-defined]
        assert seqs == list(range(1, len(seqs) + 1))
        assert [o.command_seq for o in door.outcomes] == list(range(1, OPENED + 3_001))
        assert refused > 0


@pytest.mark.parametrize(
    "urgent",
    [
        CancelOrder(symbol="ACME-USD", account=1, order_id=1),
        CancelAll(account=1),
        SetMarketState(symbol="ACME-USD", state=MarketState.HALTED),
        Expire(),
        AMEND,
    ],
    ids=lambda command: type(command).__name__,
)
async def test_a_full_ring_says_so_and_still_takes_what_leads_out_of_the_market(
    urgent: Command,
) -> None:
    door = Door(command_slots=64)
    for command in OPENING:
        assert door.submit(command) is None
    taken = OPENED
    while door.submit(limit()) is None:
        taken += 1
    assert door.submit(limit()) == door.submit(AMEND) == "engine_busy"
    more = 0
    while door.submit(urgent, reduces=urgent is AMEND) is None:
        more += 1
    assert more == 64 // 8, "the last eighth"
    assert door.commands.used_slots == 64
    assert door.outcomes == []
    door.start()
    outcomes = await door.answered()
    assert [outcome.command_seq for outcome in outcomes] == list(range(1, taken + more + 1))
    assert not any(outcome.unknown for outcome in outcomes)
    assert door.submit(limit()) is None, "there is room again"
    await door.answered()
    await close_door(door)


async def test_a_clock_that_goes_back_does_not_take_the_engine_with_it() -> None:
    async with open_door() as door:
        door.times_ns = iter((500, 300, 400, 501))
        door.outcomes.clear()
        for _ in range(4):
            door.submit(limit())
        assert [outcome.engine_ns for outcome in await door.answered()] == [500, 500, 500, 501]


async def test_the_time_in_a_command_is_replaced_by_the_clock() -> None:
    async with open_door() as door:
        door.times_ns = iter((700,))
        assert door.submit(Expire(received_ns=2**60)) is None
        assert (await door.answered())[-1].engine_ns == 700


async def test_a_command_from_another_thread_is_refused_by_a_sentence() -> None:
    async with open_door() as door:
        failures: list[BaseException] = []

        def submit() -> None:
            try:
                door.submit(limit())
            except AssertionError as error:
                failures.append(error)

        thread = threading.Thread(target=submit)
        thread.start()
        thread.join()
        assert [str(error).split("\n")[0] for error in failures] == [
            "commands come from the loop thread alone"
        ]
        assert door.bridge.pending == 0


async def test_an_outcome_tells_what_was_accepted_refused_and_cancelled() -> None:
    async with open_door() as door:
        door.outcomes.clear()
        commands: list[Command] = [
            limit(),
            limit(account=2),
            limit(),
            limit(quantity_lots=0),
            CancelAll(account=1),
            CancelOrder(symbol="ACME-USD", account=1, order_id=1),
        ]
        for command in commands:
            assert door.submit(command) is None
        told = [(o.accepted, o.reason, o.order_id, o.cancelled_ids) for o in await door.answered()]
        assert told == [
            (True, Reason.NONE, 1, ()),
            (True, Reason.NONE, 2, ()),
            (True, Reason.NONE, 3, ()),
            (False, Reason.INVALID_QUANTITY, 0, ()),
            (True, Reason.NONE, 0, (1, 3)),
            (False, Reason.UNKNOWN_ORDER, 0, ()),
        ]


@pytest.mark.parametrize("_attempt", range(20))
async def test_when_the_engine_dies_what_is_under_way_ends_unknown(_attempt: int) -> None:
    async with open_door() as door:
        assert door.submit(limit()) is None
        await door.answered()
        door.outcomes.clear()
        door.break_engine()
        for _ in range(5):
            assert door.submit(limit()) is None
        waiting = asyncio.create_task(door.bridge.answered())
        await door.answered()
        async with asyncio.timeout(10):
            await waiting
        assert [outcome.command_seq for outcome in door.outcomes] == list(range(4, 9))
        assert all(o.unknown and not o.accepted for o in door.outcomes)
        assert door.submit(limit()) == "shutting_down"
        assert isinstance(door.thread.failure, AssertionError)
        assert door.pump is not None
        async with asyncio.timeout(10):
            await asyncio.wait((door.pump,))


async def test_a_bridge_that_is_closed_answers_what_is_under_way_and_takes_no_more() -> None:
    async with open_door() as door:
        door.outcomes.clear()
        for _ in range(10):
            assert door.submit(limit()) is None
        door.bridge.close()
        assert door.submit(CancelAll(account=1)) == "shutting_down"
        async with asyncio.timeout(10):
            await door.bridge.answered()
        assert [outcome.accepted for outcome in door.outcomes] == [True] * 10
        assert door.logged("submitted")[-1] == "shutting_down"


async def test_a_failure_behind_the_handlers_leaves_nobody_without_an_answer() -> None:
    async with open_door() as door:
        door.outcomes.clear()

        def broken(_outcome: Outcome) -> None:
            raise ArithmeticError("the caller is broken")

        assert door.bridge.submit(limit(), broken) is None
        for _ in range(3):
            assert door.submit(limit()) is None
        await turns_until(lambda: door.pump is not None and door.pump.done())
        assert door.pump is not None
        assert isinstance(door.pump.exception(), ArithmeticError)
        assert [outcome.unknown for outcome in door.outcomes] == [True] * 3
        assert door.submit(limit()) == "shutting_down"


async def test_others_get_their_turn_while_a_flood_of_events_is_handed_over() -> None:
    async with open_door(command_slots=4_096, event_slots=8_192) as door:
        turns = 0
        for _ in range(3_000):
            assert door.submit(limit()) is None
        while door.bridge.pending:
            turns += 1
            await asyncio.sleep(0)
        assert turns > 1
        batches = door.logged("batch")
        assert len(batches) > 1, "it was handed over in parts"
