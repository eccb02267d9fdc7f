"""Name the two implementations of the engine that every rule is tested on."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any, Protocol

from engine.commands import Command, Configure
from engine.events import MatchingEngineEvent
from engine.hashing import OrderState
from engine.instruments import Instrument

REFERENCE = "reference"
COMPILED = "compiled"
NAMES = (REFERENCE, COMPILED)
_PLACES = {
    REFERENCE: ("engine.reference", "ReferenceEngine"),
    COMPILED: ("engine", "MatchingEngine"),
}


class Engine(Protocol):
    """What both implementations can do (docs/EVENTS.md, "In-process API")."""

    opening_events: list[MatchingEngineEvent]

    def process(self, command: Command) -> list[MatchingEngineEvent]: ...
    def depth(self, symbol: str, levels: int = 10) -> tuple[list[Any], list[Any]]: ...
    def best(self, symbol: str) -> tuple[int | None, int | None]: ...
    def orders(self, symbol: str) -> list[OrderState]: ...
    def book_hash(self) -> str: ...
    def state_hash(self) -> str: ...
    def check_invariants(self) -> None: ...


EngineClass = Callable[..., Engine]


def engine_class(name: str) -> EngineClass:
    """Return an implementation; one that is missing is an error, never a skipped test."""
    module, attribute = _PLACES[name]
    implementation: EngineClass = getattr(importlib.import_module(module), attribute)
    return implementation


def open_engine(
    name: str, instruments: Iterable[Instrument], configure: Configure | None = None
) -> Engine:
    """Open one engine of the named implementation."""
    return engine_class(name)(
        list(instruments), configure=Configure() if configure is None else configure
    )
