"""Wire gateway, store, handlers and the readable engine without a loop, a thread or a socket.

A command is carried out as soon as it is submitted, on its own unit; `hold` and `release` put time
between, `refusal` stands for a full ring, `die` for an engine that is gone.
"""

from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, Final

import msgspec

from app import wire
from app.accounts import Accounts
from app.errors import Refusal
from app.gateway import Caller, Gateway, OrderResult
from app.handlers.depth import DepthEventHandler
from app.handlers.orders import OrderEventHandler
from app.handlers.trades import TradeEventHandler
from app.idempotency import ClientOrderIds
from app.market import MarketData
from app.order_index import OrderIndex
from app.store import MemoryOrderStore
from engine.commands import Command, Configure, Side
from engine.events import OrderAdded, OrderCancelled
from engine.instruments import Instrument
from engine.limits import ORDERS_CAPACITY_DEFAULT
from engine.reasons import Reason
from engine.reference import ReferenceEngine

ACME: Final = Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001")
BETA: Final = Instrument("BETA-USD", tick_size="0.5", lot_size="1")
PENDING: Final = "pending"
START_NS: Final = 1_700_000_000_000_000_000


class SubmittedOutcome(msgspec.Struct, frozen=True):
    """What became of a command, as app.submission.Outcome describes it."""

    accepted: bool = False
    reason: Reason = Reason.NONE
    order_id: int = 0
    cancelled_ids: tuple[int, ...] = ()
    unknown: bool = False


class Recorder:
    """Be a listener that remembers every order update, as (account, seq, event, order, fill)."""

    def __init__(self) -> None:
        self.updates: list[tuple[str, int, str, wire.Order, wire.FillNote | None]] = []
        self.trades: list[wire.Trade] = []
        self.deaf = False

    def wants(self, account: str) -> bool:
        return not self.deaf

    def order_changed(
        self,
        account: str,
        seq: int,
        event: wire.OrderEventName,
        order: wire.Order,
        fill: wire.FillNote | None,
    ) -> None:
        self.updates.append((account, seq, event, order, fill))

    def depth_changed(self, symbol: str, changes: Sequence[tuple[Side, int]]) -> None:
        pass

    def traded(self, symbol: str, trades: Sequence[wire.Trade]) -> None:
        self.trades += trades

    def instrument_changed(self, symbol: str) -> None:
        pass

    def flush(self, now_us: int) -> None:
        pass


class Harness:
    """Be a whole server but for its edges; `clock_ns` is the clock of gateway and engine."""

    def __init__(
        self,
        instruments: Iterable[Instrument] = (ACME, BETA),
        *,
        orders_per_second: int = 0,
        open_orders_max: int = 0,
        orders_capacity: int = ORDERS_CAPACITY_DEFAULT,
        epoch: str = "epoch-1",
        ids: ClientOrderIds | None = None,
        history: dict[str, int] | None = None,
        make_hub: Callable[["Harness"], Any] | None = None,
    ) -> None:
        """Open the engine; `history` are bounds of the `OrderIndex`."""
        self.clock_ns = START_NS
        self.epoch = epoch
        self.refusal: Refusal | None = None
        self.commands: list[Command] = []
        self.units: list[Sequence[Any]] = []
        self._waiting: deque[tuple[Command, Callable[[Any], None]]] = deque()
        self._held = self._running = self._dead = False
        self.market, self.accounts, self.ids = MarketData(), Accounts(), ids or ClientOrderIds()
        index = OrderIndex(
            accounts=self.accounts,
            market=self.market,
            ended=self.ids.order_ended,
            **(history or {}),
        )
        self.store = MemoryOrderStore(index)
        self.hub = Recorder() if make_hub is None else make_hub(self)
        self._handlers = (
            DepthEventHandler(self.market, self.hub, crossed=self._crossed),
            TradeEventHandler(self.market, self.hub),
            OrderEventHandler(self.store, self.accounts, self.hub),
        )
        self.gateway = Gateway(
            market=self.market,
            store=self.store,
            accounts=self.accounts,
            client_order_ids=self.ids,
            submit=self.submit,
            clock_ns=lambda: self.clock_ns,
            orders_per_second=orders_per_second,
        )
        settings = Configure(
            epoch=epoch, open_orders_max=open_orders_max, orders_capacity=orders_capacity
        )
        self.said_to_reduce = False  # of the last command submitted
        self.engine = ReferenceEngine(instruments, configure=settings)
        self.dispatch(self.engine.opening_events)

    @property
    def updates(self) -> list[tuple[str, int, str, wire.Order, wire.FillNote | None]]:
        """Return what the default listener was told of orders."""
        assert isinstance(self.hub, Recorder)
        return self.hub.updates

    # --- the door to the engine -----------------------------------------------------------

    def submit(
        self, command: Command, done: Callable[[Any], None], *, reduces: bool = False
    ) -> Refusal | None:
        """Carry out a command now, or once released; a submit within a `done` comes after it."""
        self.said_to_reduce = reduces
        if self.refusal is not None:
            return self.refusal
        self._waiting.append((command, done))
        if not self._held:
            self._run()
        return None

    def hold(self) -> None:
        """Let what is submitted from here on wait."""
        self._held = True

    def release(self) -> None:
        """Carry out what waits, and what comes from here on at once."""
        self._held = False
        self._run()

    def die(self) -> None:
        """End the engine: nobody will know what becomes of a command."""
        self._dead = True
        self.release()

    def advance_us(self, microseconds: int) -> None:
        """Let time pass."""
        self.clock_ns += microseconds * 1_000

    def process(self, command: Command) -> SubmittedOutcome:
        """Carry out a command of the system itself."""
        outcomes: list[SubmittedOutcome] = []
        assert self.submit(command, outcomes.append) is None
        assert len(outcomes) == 1
        return outcomes[0]

    def dispatch(self, events: Sequence[Any]) -> None:
        """Let the handlers fold whole units, as the dispatcher does."""
        self.units.append(events)
        for handler in self._handlers:
            wanted = [event for event in events if type(event) in handler.event_types]
            _finish(handler.handle_events(wanted))

    def _run(self) -> None:
        if self._running:
            return
        self._running = True
        while self._waiting:
            command, done = self._waiting.popleft()
            done(SubmittedOutcome(unknown=True) if self._dead else self._carry_out(command))
            self.hub.flush(self.clock_ns // 1_000)
        self._running = False

    def _carry_out(self, command: Command) -> SubmittedOutcome:
        command = msgspec.structs.replace(command, received_ns=self.clock_ns)
        self.commands.append(command)
        unit = self.engine.process(command)
        self.dispatch(unit)
        completed: Any = unit[-1]
        return SubmittedOutcome(
            accepted=completed.accepted,
            reason=completed.reason,
            order_id=next((e.order_id for e in unit if isinstance(e, OrderAdded)), 0),
            cancelled_ids=tuple(e.order_id for e in unit if isinstance(e, OrderCancelled)),
        )

    def _crossed(self, symbol: str) -> None:
        raise AssertionError(f"the book of {symbol} is crossed")

    # --- the gateway ----------------------------------------------------------------------

    def call(
        self, verb: str, fields: dict[str, Any], account: str = "alice", connection: int = 0
    ) -> Any:
        """Ask the gateway; return its answer, or PENDING while there is none."""
        answers = self.ask(verb, fields, account, connection)
        return answers[0] if answers else PENDING

    def ask(
        self, verb: str, fields: dict[str, Any], account: str = "alice", connection: int = 0
    ) -> list[Any]:
        """Ask the gateway; return the list that its one answer comes into."""
        answers: list[Any] = []

        def done(answer: Any) -> None:
            assert not answers, "answered twice"
            answers.append(answer)

        getattr(self.gateway, verb)(Caller(account, connection), fields, done)
        return answers

    def order(self, account: str = "alice", connection: int = 0, **fields: Any) -> wire.Order:
        """Enter an order that must be accepted; a limit order to buy where nothing else is said."""
        answer = self.call("new_order", new_order(**fields), account, connection)
        assert isinstance(answer, OrderResult), answer
        return answer.order


def new_order(**fields: Any) -> dict[str, Any]:
    """Return an order's fields: buy 1 ACME-USD at 100.00; a field given as None is left out."""
    defaults = {
        "symbol": "ACME-USD",
        "side": "buy",
        "type": "limit",
        "quantity": "1",
        "price": "100.00",
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}


def _finish(handling: Coroutine[Any, Any, None]) -> None:
    """Run a handler's coroutine, which never waits."""
    try:
        handling.send(None)
    except StopIteration:
        return
    raise AssertionError("a handler waited")
