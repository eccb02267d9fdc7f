"""Compose a server: the only place that knows which part is wired to which.

    settings ─► parts (market, store, gateway, hub, feed, exchange) ─► Starlette application

Role: the composition root. Nothing imports it but the command line's `serve` and the tests. No work
happens before `create_app` is called, and no thread or task runs before the lifespan does.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final, cast

from starlette.applications import Starlette
from starlette.routing import WebSocketRoute

from app.account_blocks import AccountBlocks
from app.accounts import Accounts
from app.api.routes import routes
from app.api.services import Readiness, Services
from app.clock import SystemClock
from app.demo import run_demo
from app.disconnects import DisconnectCancels
from app.exchange import Exchange
from app.expiries import ExpiryTimer
from app.feed.connection import feed_endpoint
from app.feed.hub import Hub
from app.feed.pacer import Pacer
from app.feed.services import Feed, FeedSettings
from app.gateway import Gateway
from app.handlers.depth import DepthEventHandler
from app.handlers.metrics import MetricsEventHandler
from app.handlers.orders import OrderEventHandler
from app.handlers.trades import TradeEventHandler
from app.idempotency import ClientOrderIds
from app.instruments_file import DEMO_FLOW_SYMBOLS
from app.market import MarketData
from app.observe.commands import CommandObserver
from app.observe.metrics import Metrics
from app.order_index import OrderIndex
from app.settings import Settings
from app.store import MemoryOrderStore
from auth.tokens import Verifier
from engine.commands import Configure
from engine.dispatcher import EventDispatcher, EventHandler
from engine.thread import WaitStrategy

TICK_S: Final = 0.01
"""How often due orders and the loop's lateness are looked at."""

DEMO_SEED: Final = 20_260_101
"""The demo market is the same after every start, as far as its visitors leave it alone."""

_log = logging.getLogger(__name__)


class Server:
    """Hold the parts of one server; made by `create_app`, owned by the event loop's thread."""

    def __init__(
        self, settings: Settings, verifier: Verifier, clock: SystemClock, on_end: Callable[[], None]
    ) -> None:
        """Wire all parts; nothing runs yet. `on_end` is called if the engine ends by itself."""
        self._settings = settings
        self._clock = clock
        self._on_end = on_end
        self._readiness: Readiness = "recovering"
        self._pacer: Pacer | None = None
        self.metrics = Metrics()
        self.market = MarketData()
        self.accounts = Accounts()
        self._ids = ClientOrderIds()
        self.store = MemoryOrderStore(
            OrderIndex(accounts=self.accounts, market=self.market, ended=self._ids.order_ended)
        )
        self.hub = Hub(market=self.market, orders=self.store)
        self._dispatcher = EventDispatcher(self._report)
        self.exchange = Exchange(
            dispatcher=self._dispatcher,
            observer=lambda exchange: CommandObserver(
                self.metrics, clock.now_ns, exchange.thread.matched_ns
            ),
            clock_ns=clock.now_ns,
            after_batch=self._flush,
            waits=cast(WaitStrategy, settings.engine_wait),
            cpu=settings.engine_cpu,
        )
        self.expiries = ExpiryTimer(self.exchange.bridge.submit)
        self.gateway = Gateway(
            market=self.market,
            store=self.store,
            accounts=self.accounts,
            client_order_ids=self._ids,
            submit=self.exchange.bridge.submit,
            clock_ns=clock.now_ns,
            orders_per_second=settings.orders_per_second,
        )
        self.blocks = AccountBlocks()
        self.feed = Feed(
            hub=self.hub,
            gateway=self.gateway,
            verify=verifier.verify,
            clock_us=clock.now_us,
            settings=FeedSettings(
                public_market_data=settings.public_market_data,
                messages_per_s=settings.messages_per_second,
                orders_per_s=settings.orders_per_second,
                open_orders=settings.max_open_orders,
            ),
            admit_account=self.blocks.refusal,
        )
        self.disconnects = DisconnectCancels(self.exchange.bridge.submit, self.feed.is_open)
        self.feed.on_end = self.disconnects.connection_ended
        self._register_handlers()
        self.services = self._services(verifier)
        self._read_metrics()

    @property
    def readiness(self) -> Readiness:
        """Return what /readyz tells."""
        if self._readiness == "ready" and (self._dispatcher.stale or not self.exchange.running):
            return "frozen"
        if self._readiness == "ready" and self.feed.draining:
            return "draining"
        return self._readiness

    def _register_handlers(self) -> None:
        """Let the book be new before anybody hears of an order, and count last."""
        handlers = (
            DepthEventHandler(self.market, self.hub, self.metrics.crossed),
            TradeEventHandler(self.market, self.hub),
            OrderEventHandler(self.store, self.accounts, self.hub),
            self.expiries,
            self.disconnects,
            MetricsEventHandler(self.metrics),
        )
        for handler in handlers:
            self._dispatcher.register(handler, *handler.event_types)

    def _services(self, verifier: Verifier) -> Services:
        return Services(
            market=self.market,
            store=self.store,
            accounts=self.accounts,
            blocks=self.blocks,
            gateway=self.gateway,
            submit=self.exchange.bridge.submit,
            verifier=verifier,
            metrics=self.metrics,
            public_market_data=self._settings.public_market_data,
            now_ns=self._clock.now_ns,
            readiness=lambda: self.readiness,
            disconnect=self.feed.close_connections,
            static_directory=Path(__file__).parent.parent / "static",
        )

    def _read_metrics(self) -> None:
        """Let the metrics look at what others count."""
        exchange, statistics = self.exchange, self.hub.statistics
        metrics = self.metrics
        metrics.ring_depth.read_from(
            lambda: {
                ("command",): exchange.commands.used_slots,
                ("event",): exchange.bus.used_slots,
            }
        )
        metrics.ring_capacity.read_from(
            lambda: {
                ("command",): exchange.commands.capacity,
                ("event",): exchange.bus.capacity,
            }
        )
        metrics.connections.read_from(lambda: _labelled(statistics.connections))
        metrics.subscriptions.read_from(lambda: _labelled(statistics.subscriptions))
        metrics.messages_sent.read_from(lambda: _labelled(statistics.messages_sent))
        metrics.bytes_sent.read_from(lambda: {(): statistics.bytes_sent})
        metrics.conflated.read_from(lambda: {(): statistics.conflated})
        metrics.disconnects.read_from(lambda: _labelled(statistics.disconnects))
        metrics.auth_failures.read_from(lambda: _labelled(statistics.auth_failures))
        metrics.rate_limited.read_from(
            lambda: (
                _labelled(statistics.rate_limited) | {("orders",): float(self.gateway.rate_limited)}
            )
        )

    def _report(self, handler: EventHandler, _error: Exception) -> None:
        _log.exception("the %s handler failed: its view is stale from here on", handler.name)
        # Nobody should trade on a view that stands still; what is under way is still answered.
        self.exchange.bridge.close()

    def _flush(self) -> None:
        if self._pacer is not None:
            self._pacer.flush()

    # ---- lifetime ----

    @asynccontextmanager
    async def lifespan(self, _app: Starlette) -> AsyncIterator[None]:
        """Run the exchange and everything beside it while the application serves."""
        self._pacer = Pacer(self.hub, self._clock.now_us, asyncio.get_running_loop())
        async with asyncio.TaskGroup() as group:
            configure = Configure(
                epoch=f"{self._clock.now_us():x}", open_orders_max=self._settings.max_open_orders
            )
            await self.exchange.start(group, configure, self._settings.instruments)
            self._pacer.start()
            helpers = [group.create_task(self._tick()), group.create_task(self._watch_engine())]
            if self._settings.demo:
                helpers.append(group.create_task(self._demo()))
            self._readiness = "ready"
            yield
            self._readiness = "draining"
            for helper in helpers:
                helper.cancel()
            await self.exchange.stop()
            self._pacer.stop()

    async def _demo(self) -> None:
        await run_demo(
            self.gateway,
            self.market,
            DEMO_FLOW_SYMBOLS,
            seed=DEMO_SEED,
            clock_us=lambda: time.monotonic_ns() // 1000,
        )

    async def _tick(self) -> None:
        """Expire what is due, and measure how late the loop is."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + TICK_S
            await asyncio.sleep(TICK_S)
            self.metrics.event_loop_lag.observe_ns(max(0, int((loop.time() - due) * 1e9)))
            self.expiries.tick(self._clock.now_us())
            self.disconnects.tick()

    async def _watch_engine(self) -> None:
        await self.exchange.ended()
        self._on_end()


def _labelled(counts: dict[str, int]) -> dict[tuple[str, ...], float]:
    return {(str(label),): count for label, count in counts.items()}


def create_app(
    settings: Settings,
    verifier: Verifier,
    clock: SystemClock | None = None,
    on_end: Callable[[], None] = lambda: None,
) -> Starlette:
    """Return the application of a server; its parts are in `app.state.server`.

    `on_end` is called on the loop when the engine ended without being asked to: the process should
    end too, since nothing more can be told.
    """
    server = Server(settings, verifier, SystemClock() if clock is None else clock, on_end)
    lifespan: Callable[[Any], AbstractAsyncContextManager[None]] = server.lifespan
    app = Starlette(
        routes=[WebSocketRoute("/v1/ws", feed_endpoint(server.feed)), *routes(server.services)],
        lifespan=lifespan,
    )
    app.state.server = server
    return app
