"""Good-till-date orders end in time, also where nobody trades."""

import pytest

from app.bridge import Outcome
from app.errors import Refusal, refuse
from app.expiries import ENDED_KEPT, ExpiryTimer
from engine.commands import (
    CancelOrder,
    Command,
    Configure,
    Expire,
    NewOrder,
    OrderType,
    Side,
    TimeInForce,
)
from engine.core.kernel import MatchingEngine
from engine.events import MatchingEngineEvent, OrderAdded, OrderCancelled
from engine.instruments import Instrument
from engine.reasons import Reason


class Timer:
    """A timer beside an engine that carries out at once what it sends."""

    def __init__(self) -> None:
        self.engine = MatchingEngine(
            [Instrument("X", "1", "1"), Instrument("Y", "1", "1")],
            configure=Configure(orders_capacity=100, levels_capacity=100),
        )
        self.refusal: Refusal | None = None
        self.now_us = 0
        self.sent: list[Command] = []
        self.ended: list[tuple[int, Reason]] = []
        self.unheard: list[MatchingEngineEvent] = []
        self.timer = ExpiryTimer(self.submit)

    def submit(self, command: Command, done: object) -> Refusal | None:
        if self.refusal is not None:
            return self.refusal
        self.sent.append(command)
        assert isinstance(command, Expire)
        self.command_and_hear(Expire(received_ns=self.now_us * 1_000))
        assert callable(done)
        done(Outcome(1, True, Reason.NONE, 0))
        return None

    def command_and_hear(self, command: Command) -> int:
        """Carry out a command; what comes of it is heard by the next tick. Return its order."""
        events = self.engine.process(command)
        self.ended += [(e.order_id, e.reason) for e in events if isinstance(e, OrderCancelled)]
        self.unheard += [event for event in events if isinstance(event, ExpiryTimer.event_types)]
        return next((event.order_id for event in events if isinstance(event, OrderAdded)), 0)

    async def hear(self) -> None:
        events, self.unheard = self.unheard, []
        await self.timer.handle_events(events)

    async def enter(self, symbol: str, expire_at_us: int | None) -> int:
        gtd = expire_at_us is not None
        order = NewOrder(
            symbol=symbol,
            account=1,
            side=Side.BUY,
            type=OrderType.LIMIT,
            price_ticks=5,
            quantity_lots=1,
            time_in_force=TimeInForce.GTD if gtd else TimeInForce.GTC,
            expire_at_us=expire_at_us,
        )
        order_id = self.command_and_hear(order)
        await self.hear()
        return order_id

    async def cancel(self, order_id: int) -> None:
        self.command_and_hear(CancelOrder(symbol="X", account=1, order_id=order_id))
        await self.hear()

    async def tick(self, now_us: int) -> int:
        """Let time pass; return how many commands that sent."""
        before, self.now_us = len(self.sent), now_us
        self.timer.tick(now_us)
        await self.hear()
        return len(self.sent) - before


async def test_one_command_expires_what_is_due_in_every_symbol() -> None:
    timer = Timer()
    await timer.enter("Y", 300)
    await timer.enter("X", 200)
    await timer.enter("X", None)
    await timer.enter("X", 200)
    assert await timer.tick(199) == 0
    assert await timer.tick(200) == 1
    assert timer.ended == [(2, Reason.EXPIRED), (4, Reason.EXPIRED)]
    assert await timer.tick(299) == 0
    assert await timer.tick(1_000) == 1
    assert timer.ended[2:] == [(1, Reason.EXPIRED)]
    assert await timer.tick(10**12) == 0, "nothing is left to expire"
    assert timer.engine.living_orders == 1


async def test_nothing_is_sent_while_no_order_has_an_end() -> None:
    timer = Timer()
    await timer.enter("X", None)
    assert await timer.tick(10**15) == 0


@pytest.mark.parametrize("code", ["engine_busy", "shutting_down"])
async def test_an_engine_that_takes_nothing_now_is_asked_again(code: str) -> None:
    timer = Timer()
    await timer.enter("X", 200)
    timer.refusal = refuse(code, "not now")
    assert [await timer.tick(250), await timer.tick(260)] == [0, 0]
    timer.refusal = None
    assert await timer.tick(261) == 1
    assert timer.ended == [(1, Reason.EXPIRED)]


async def test_an_order_that_ended_before_its_time_costs_nothing() -> None:
    timer = Timer()
    order_id = await timer.enter("X", 200)
    await timer.cancel(order_id)
    assert await timer.tick(200) == 0
    assert timer.ended == [(1, Reason.USER)]


async def test_orders_that_end_long_before_their_time_do_not_pile_up() -> None:
    timer = Timer()
    await timer.enter("X", 700)
    for number in range(ENDED_KEPT * 3):
        await timer.cancel(await timer.enter("X", 10**15 + number))
    assert len(timer.timer._due) <= ENDED_KEPT + 2
    assert await timer.tick(700) == 1
    assert timer.ended[-1] == (1, Reason.EXPIRED)
