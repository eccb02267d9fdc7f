"""Who gets which events, in which order, and what happens when a handler fails."""

from collections.abc import Sequence
from typing import Any

import pytest

from engine.commands import Expire, NewOrder, OrderType, Side
from engine.core.kernel import MatchingEngine
from engine.dispatcher import EventDispatcher, EventHandler
from engine.events import CommandCompleted, DepthUpdated, MatchingEngineEvent, OrderAdded
from engine.instruments import Instrument

Log = list[tuple[str, Any]]


class Single:
    """A handler that takes one event at a time."""

    def __init__(self, name: str, log: Log) -> None:
        self.name = name
        self.log = log
        self.breaks: Exception | None = None

    async def handle_event(self, event: MatchingEngineEvent) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.log.append((self.name, event))


class Batch(Single):
    """A handler that takes a batch at once."""

    async def handle_events(self, batch: Sequence[MatchingEngineEvent]) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.log.append((self.name, list(batch)))


class Rebuilding(Batch):
    """A handler that can make its view anew."""

    async def rebuild(self) -> None:
        if self.breaks is not None:
            raise self.breaks
        self.log.append((self.name, "rebuilt"))


class Dispatched:
    """A dispatcher and what it reported."""

    def __init__(self) -> None:
        self.log: Log = []
        self.reports: list[tuple[str, Exception]] = []
        self.dispatcher = EventDispatcher(self._report)

    def _report(self, handler: EventHandler, error: Exception) -> None:
        self.reports.append((handler.name, error))


@pytest.fixture
def dispatched() -> Dispatched:
    return Dispatched()


@pytest.fixture
def events() -> list[MatchingEngineEvent]:
    """The events of two units."""
    engine = MatchingEngine([Instrument("X", "1", "1")])
    order = NewOrder(
        symbol="X",
        account=1,
        side=Side.BUY,
        type=OrderType.LIMIT,
        price_ticks=5,
        quantity_lots=1,
    )
    return [*engine.process(order), *engine.process(Expire())]


def of(kind: type, events: Sequence[MatchingEngineEvent]) -> list[MatchingEngineEvent]:
    return [event for event in events if isinstance(event, kind)]


async def test_each_handler_gets_its_types_in_order_and_all_of_a_batch_before_the_next(
    dispatched: Dispatched, events: list[MatchingEngineEvent]
) -> None:
    log, dispatcher = dispatched.log, dispatched.dispatcher
    dispatcher.register(Batch("depth", log), DepthUpdated)
    dispatcher.register(Single("orders", log), OrderAdded, CommandCompleted)
    dispatcher.register(Batch("all", log), OrderAdded, DepthUpdated, CommandCompleted)
    await dispatcher.dispatch(events)
    wanted = [e for e in events if isinstance(e, OrderAdded | CommandCompleted)]
    seen = [e for e in events if isinstance(e, OrderAdded | DepthUpdated | CommandCompleted)]
    assert log == [
        ("depth", of(DepthUpdated, events)),
        *(("orders", event) for event in wanted),
        ("all", seen),
    ]
    assert dispatched.reports == []


async def test_a_handler_that_nothing_concerns_is_not_called(
    dispatched: Dispatched, events: list[MatchingEngineEvent]
) -> None:
    dispatched.dispatcher.register(Batch("depth", dispatched.log), DepthUpdated)
    await dispatched.dispatcher.dispatch(of(CommandCompleted, events))
    await dispatched.dispatcher.dispatch([])
    assert dispatched.log == []


async def test_a_name_is_given_once(dispatched: Dispatched) -> None:
    dispatched.dispatcher.register(Single("depth", []), DepthUpdated)
    with pytest.raises(ValueError, match="a handler called 'depth'"):
        dispatched.dispatcher.register(Batch("depth", []), OrderAdded)


@pytest.mark.parametrize("kind", [Single, Batch])
async def test_a_handler_that_fails_is_reported_once_and_gets_no_more_the_others_go_on(
    dispatched: Dispatched, events: list[MatchingEngineEvent], kind: type[Single]
) -> None:
    broken, error = kind("broken", dispatched.log), ArithmeticError("lost count")
    dispatcher = dispatched.dispatcher
    dispatcher.register(broken, OrderAdded)
    dispatcher.register(Single("other", dispatched.log), OrderAdded)
    broken.breaks = error
    await dispatcher.dispatch(events)
    assert dispatched.reports == [("broken", error)]
    assert dispatcher.stale == {"broken"}
    broken.breaks = None
    await dispatcher.dispatch(events)
    assert dispatched.log == [("other", of(OrderAdded, events)[0])] * 2
    assert len(dispatched.reports) == 1
    assert dispatcher.stale == {"broken"}


async def test_a_handler_that_can_rebuild_does_so_and_then_goes_on(
    dispatched: Dispatched, events: list[MatchingEngineEvent]
) -> None:
    handler, dispatcher = Rebuilding("view", dispatched.log), dispatched.dispatcher
    dispatcher.register(handler, OrderAdded)
    handler.breaks = ArithmeticError("lost count")
    await dispatcher.dispatch(events)
    await dispatcher.dispatch(events)
    assert [name for name, _ in dispatched.reports] == ["view", "view"], "the rebuild failed too"
    assert dispatcher.stale == {"view"}
    handler.breaks = None
    await dispatcher.dispatch(events)
    assert dispatched.log == [("view", "rebuilt")]
    assert dispatcher.stale == frozenset()
    await dispatcher.dispatch(events)
    assert dispatched.log[1:] == [("view", of(OrderAdded, events))]


async def test_a_stop_of_the_program_is_not_taken_for_a_failure(
    dispatched: Dispatched, events: list[MatchingEngineEvent]
) -> None:
    class Stopped(Single):
        async def handle_event(self, event: MatchingEngineEvent) -> None:
            raise KeyboardInterrupt

    dispatched.dispatcher.register(Stopped("stopped", []), OrderAdded)
    with pytest.raises(KeyboardInterrupt):
        await dispatched.dispatcher.dispatch(events)
    assert dispatched.reports == []
