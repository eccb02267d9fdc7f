"""Cancel orders with their connection: at its end, too late for it, and when the engine is busy."""

import json
import time
from collections.abc import Callable

import httpx
import pytest
from websockets.sync.client import connect

from app.disconnects import DisconnectCancels
from app.errors import Refusal, refuse
from engine import Command, Configure, Instrument, MatchingEngine, NewOrder, OrderType, Side
from engine.commands import CancelOrder
from engine.events import MatchingEngineEvent, OrderCancelled
from engine.reasons import Reason
from tests.server_process import LiveServer

ACME = Instrument("ACME-USD", tick_size="0.01", lot_size="1")


class Market:
    """An engine whose events go to the handler, and whose door may be shut."""

    def __init__(self) -> None:
        self.engine = MatchingEngine([ACME], configure=Configure(orders_capacity=64))
        self.open = {7, 8}
        self.busy = False
        self.events: list[MatchingEngineEvent] = []
        self.cancels = DisconnectCancels(self.submit, self.open.__contains__)

    def submit(self, command: Command, _done: Callable[..., None]) -> Refusal | None:
        if self.busy:
            return refuse("engine_busy", "full")
        self.events += self.engine.process(command)
        return None

    async def enter(self, connection: int, price_ticks: int = 100) -> None:
        order = NewOrder(
            symbol="ACME-USD",
            account=1,
            side=Side.BUY,
            type=OrderType.LIMIT,
            price_ticks=price_ticks,
            quantity_lots=5,
            connection=connection,
        )
        await self.fold(self.engine.process(order))

    async def fold(self, events: list[MatchingEngineEvent]) -> None:
        wanted = [event for event in events if type(event) in self.cancels.event_types]
        await self.cancels.handle_events(wanted)

    @property
    def cancelled(self) -> list[tuple[int, Reason]]:
        told = [event for event in self.events if isinstance(event, OrderCancelled)]
        return [(event.order_id, event.reason) for event in told]


@pytest.mark.anyio
async def test_the_orders_of_a_connection_end_with_it_and_no_others() -> None:
    market = Market()
    for connection in (7, 8, 0, 7):
        await market.enter(connection)
    market.cancels.connection_ended(7)
    assert sorted(market.cancelled) == [(1, Reason.DISCONNECT), (4, Reason.DISCONNECT)]
    assert market.engine.living_orders == 2


@pytest.mark.anyio
async def test_an_order_accepted_after_its_connection_ended_is_cancelled_at_once() -> None:
    market = Market()
    market.open.clear()
    market.cancels.connection_ended(7)
    await market.enter(7)
    assert market.cancelled == [(1, Reason.DISCONNECT)]


@pytest.mark.anyio
async def test_an_order_that_ended_before_is_not_cancelled() -> None:
    market = Market()
    await market.enter(7)
    await market.fold(market.engine.process(CancelOrder(symbol="ACME-USD", account=1, order_id=1)))
    market.cancels.connection_ended(7)
    assert market.events == []


@pytest.mark.anyio
async def test_a_cancel_the_engine_had_no_room_for_is_sent_again() -> None:
    market = Market()
    await market.enter(7)
    market.busy = True
    market.cancels.connection_ended(7)
    assert market.cancelled == []
    market.busy = False
    market.cancels.tick()
    assert market.cancelled == [(1, Reason.DISCONNECT)]


def test_an_order_ends_with_its_socket_on_a_real_server(live_server: LiveServer) -> None:
    token = live_server.token("leaver")
    headers = {"authorization": f"Bearer {token}"}
    fields = {"symbol": "ACME-USD", "side": "buy", "type": "limit", "quantity": "1"}
    with connect(live_server.ws_url, additional_headers=headers) as socket:
        ids = []
        for price, leaves in (("1.00", True), ("1.01", False)):
            asked = {"op": "order.new", **fields, "price": price, "cancel_on_disconnect": leaves}
            socket.send(json.dumps(asked))
            while (message := json.loads(socket.recv(10)))["type"] != "ack":
                continue
            ids.append(message["order"]["order_id"])
    with httpx.Client(base_url=live_server.url, headers=headers) as client:
        deadline = time.monotonic() + 10
        while (left := client.get(f"/v1/orders/{ids[0]}").json())["status"] == "open":
            assert time.monotonic() < deadline
        assert (left["status"], left["reason"]) == ("cancelled", "disconnect")
        assert client.get(f"/v1/orders/{ids[1]}").json()["status"] == "open"
