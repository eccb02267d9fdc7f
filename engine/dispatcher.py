"""Route events to the handlers that asked for them.

Role: the reading side's fan-out inside one process. Handlers see whole units, in order, each
handler all of a batch before the next one does. A handler that fails is reported and gets no more
events until it has rebuilt its view; the others go on. Imports no asyncio: awaiting is enough.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, runtime_checkable

from engine.events import MatchingEngineEvent

EventType = type[MatchingEngineEvent]
BatchFold = Callable[[Sequence[MatchingEngineEvent]], Awaitable[None]]


class EventHandler(Protocol):
    """Fold events into a view; owned by the thread that dispatches."""

    @property
    def name(self) -> str:
        """Name the handler in logs and metrics."""
        ...

    async def handle_event(self, event: MatchingEngineEvent) -> None:
        """Fold one event."""
        ...


@runtime_checkable
class BatchEventHandler(Protocol):
    """Fold several whole units at once: the form for handlers on the hot path."""

    async def handle_events(self, batch: Sequence[MatchingEngineEvent]) -> None:
        """Fold the events of whole units, in order."""
        ...


@runtime_checkable
class RebuildingEventHandler(Protocol):
    """Make a view anew after a failure, from somewhere else than the events missed."""

    async def rebuild(self) -> None:
        """Bring the view to the state after the last batch dispatched."""
        ...


class EventDispatcher:
    """Hand each handler the events of its types, in the order of registration.

    `report(handler, error)` is called once for each failure. O(events x handlers that want them).
    """

    def __init__(self, report: Callable[[EventHandler, Exception], None]) -> None:
        """Start without handlers."""
        self._report = report
        self._handlers: list[EventHandler] = []
        self._routes: dict[EventType, list[int]] = {}
        self._folds: dict[str, BatchFold | None] = {}
        self._stale: set[str] = set()

    @property
    def stale(self) -> frozenset[str]:
        """Return the names of handlers whose view is behind the events."""
        return frozenset(self._stale)

    def register(self, handler: EventHandler, *event_types: EventType) -> None:
        """Add a handler for events of these types; raises ValueError for a name in use."""
        if any(other.name == handler.name for other in self._handlers):
            raise ValueError(f"there is a handler called {handler.name!r}")
        for event_type in event_types:
            self._routes.setdefault(event_type, []).append(len(self._handlers))
        self._handlers.append(handler)
        # Asked once: looking a protocol up for each batch would cost more than most batches.
        self._folds[handler.name] = (
            handler.handle_events if isinstance(handler, BatchEventHandler) else None
        )

    async def dispatch(self, events: Sequence[MatchingEngineEvent]) -> None:
        """Let every handler fold its events of some whole units."""
        wanted: list[list[MatchingEngineEvent]] = [[] for _ in self._handlers]
        for event in events:
            for place in self._routes.get(type(event), ()):
                wanted[place].append(event)
        for handler, batch in zip(self._handlers, wanted, strict=True):
            if batch:
                await self._hand_over(handler, batch)

    async def _hand_over(self, handler: EventHandler, batch: list[MatchingEngineEvent]) -> None:
        try:
            if handler.name in self._stale:
                await self._rebuild(handler)
                return
            fold = self._folds[handler.name]
            if fold is not None:
                await fold(batch)
                return
            for event in batch:
                await handler.handle_event(event)
        except Exception as error:  # noqa: BLE001 - one broken view must not take the others down
            self._stale.add(handler.name)
            self._report(handler, error)

    async def _rebuild(self, handler: EventHandler) -> None:
        if isinstance(handler, RebuildingEventHandler):
            await handler.rebuild()
            self._stale.discard(handler.name)
