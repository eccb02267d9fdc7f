"""The composed application without a socket: readiness, an order's whole way, a dying engine."""

import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from app.clock import SystemClock
from app.credentials import load_verifier
from app.handlers.depth import DepthEventHandler
from app.main import Server, create_app
from app.settings import Settings
from auth.tokens import issue
from engine.bus import CommandEncoder
from engine.commands import Expire
from tests.observe.exposition import samples
from tests.waiting import turns_until

SECRET = "s" * 32
EVERYTHING = ("market:read", "orders:read", "orders:write", "admin")
ORDER = {"symbol": "ACME-USD", "side": "buy", "type": "limit", "quantity": "1", "price": "100.00"}


class Client(httpx.AsyncClient):
    """A client of an application in this process; `app` and its server are at hand."""

    def __init__(self, app: Starlette) -> None:
        token = issue(
            SECRET,
            account="alice",
            scopes=EVERYTHING,
            issuer="depthcast",
            audience="depthcast",
            now_s=time.time(),
            ttl_s=600,
        )
        super().__init__(
            transport=httpx.ASGITransport(app=app),
            base_url="http://depthcast",
            headers={"authorization": f"Bearer {token}"},
        )
        self.server: Server = app.state.server

    async def readiness(self) -> tuple[int, str]:
        response = await self.get("/readyz")
        body = response.json()
        return response.status_code, body["status"] if response.is_success else body["detail"]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(jwt_secret=SECRET, data_dir=tmp_path)


@asynccontextmanager
async def served(
    settings: Settings, on_end: Callable[[], None] = lambda: None, **parts: Any
) -> AsyncIterator[Client]:
    """Run an application through its whole life; the client outlives it."""
    app = create_app(settings, load_verifier(settings), on_end=on_end, **parts)
    async with Client(app) as client, app.router.lifespan_context(app):
        yield client


def break_engine(client: Client) -> None:
    """Send the engine a command that no bridge would send: it ends with an error."""
    commands = client.server.exchange.commands
    assert commands.push(CommandEncoder().encode(Expire(), 999_999))
    commands.wake()


async def test_readiness_follows_the_life_of_the_server(settings: Settings) -> None:
    app = create_app(settings, load_verifier(settings))
    async with Client(app) as client:
        status, detail = await client.readiness()
        assert (status, "recovering" in detail) == (503, True)
        async with app.router.lifespan_context(app):
            assert await client.readiness() == (200, "ready")
        status, detail = await client.readiness()
        assert (status, "draining" in detail) == (503, True)
        assert (await client.get("/healthz")).status_code == 200


async def test_an_order_goes_the_whole_way(settings: Settings) -> None:
    async with served(settings) as client:
        created = await client.post("/v1/orders", json=ORDER)
        assert created.status_code == 201
        order = created.json()
        assert (order["status"], order["account"], order["durable"]) == ("open", "alice", False)
        depth = (await client.get("/v1/depth/ACME-USD")).json()
        assert [depth["bids"], depth["asks"]] == [[["100.00", "1.0000"]], []]
        cancelled = await client.delete(f"/v1/orders/{order['order_id']}")
        assert cancelled.json()["status"] == "cancelled"
        depth = (await client.get("/v1/depth/ACME-USD")).json()
        assert [depth["bids"], depth["asks"]] == [[], []]


async def test_every_start_is_an_epoch_of_its_own_and_lists_the_instruments(
    settings: Settings,
) -> None:
    epochs = set()
    for _ in range(2):
        async with served(settings) as client:
            listed = (await client.get("/v1/instruments")).json()["instruments"]
            assert [row["symbol"] for row in listed] == [i.symbol for i in settings.instruments]
            epochs.add((await client.get("/v1/depth/ACME-USD")).json()["epoch"])
    assert len(epochs) == 2


async def test_an_order_ends_when_its_time_has_come_although_nobody_trades(
    settings: Settings,
) -> None:
    async with served(settings) as client:
        expire_at_us = SystemClock().now_us() + 150_000
        fields = {**ORDER, "time_in_force": "gtd", "expire_at_us": expire_at_us}
        order = (await client.post("/v1/orders", json=fields)).json()
        assert order["status"] == "open"
        store, number = client.server.store, int(order["order_id"])

        def has_expired() -> bool:
            stored = store.order(number)
            return stored is not None and stored.status == "expired"

        await turns_until(has_expired)
        answer = (await client.get(f"/v1/orders/{number}")).json()
        assert (answer["status"], answer["reason"]) == ("expired", "expired")
        assert answer["updated_us"] >= expire_at_us


async def test_metrics_show_the_rings_and_the_commands(settings: Settings) -> None:
    async with served(settings) as client:
        await client.post("/v1/orders", json=ORDER)
        found = samples(client.server.metrics)
        exchange = client.server.exchange
        for ring, slots in (("command", exchange.commands), ("event", exchange.bus)):
            capacity = found["depthcast_ring_capacity", ("ring", ring)]
            assert capacity == slots.capacity
            assert found["depthcast_ring_depth", ("ring", ring)] == 0
        labels = (("outcome", "accepted"), ("type", "new_order"))
        assert found["depthcast_commands_total", *labels] == 1
        timed = ("depthcast_command_latency_seconds_count", ("stage", "engine"))
        assert found[timed] > 0


async def test_an_engine_that_dies_freezes_the_server_and_ends_it(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    ends = []
    async with served(settings, on_end=lambda: ends.append(True)) as client:
        created = await client.post("/v1/orders", json=ORDER)
        break_engine(client)
        refused = await client.post("/v1/orders", json=ORDER)
        assert refused.status_code == 503
        assert refused.json()["code"] in ("outcome_unknown", "shutting_down")
        await turns_until(lambda: ends)
        status, detail = await client.readiness()
        assert (status, "frozen" in detail) == (503, True)
        later = await client.delete(f"/v1/orders/{created.json()['order_id']}")
        assert (later.status_code, later.json()["code"]) == (503, "shutting_down")
        assert "retry-after" in later.headers
    assert ends == [True]
    assert "the engine thread failed" in caplog.text


async def test_a_view_that_is_stale_freezes_the_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    folds = DepthEventHandler.handle_events
    breaks: list[bool] = []

    async def fold_or_break(handler: DepthEventHandler, batch: Sequence[Any]) -> None:
        if breaks:
            raise ArithmeticError("lost count")
        await folds(handler, batch)

    monkeypatch.setattr(DepthEventHandler, "handle_events", fold_or_break)
    async with served(settings) as client:
        assert await client.readiness() == (200, "ready")
        breaks.append(True)
        assert (await client.post("/v1/orders", json=ORDER)).status_code == 201
        status, detail = await client.readiness()
        assert (status, "frozen" in detail) == (503, True)
        assert "the depth handler failed: its view is stale from here on" in caplog.text


async def test_a_stop_that_was_asked_for_is_no_end(settings: Settings) -> None:
    ends: list[bool] = []
    async with served(settings, on_end=lambda: ends.append(True)):
        pass
    assert ends == []


async def test_the_demo_market_moves_by_itself(tmp_path: Path) -> None:
    settings = Settings(jwt_secret=SECRET, data_dir=tmp_path, demo=True)
    async with served(settings) as client:
        tape = client.server.market.tape("ACME-USD")
        await turns_until(lambda: tape.last_trade_id > 0)
        assert client.server.market.book("ACME-USD").best_bid is not None
