"""Check what order entry sends and how it reads the answers."""

import asyncio

import pytest

from app.client.codec import Message
from app.client.errors import ProtocolError
from app.client.orders import NewOrder, OrderEntry
from tests.client.server_messages import order


class Recorder:
    """Answer each request with the same ack and keep what was asked."""

    def __init__(self, ack: Message) -> None:
        self.ack = ack
        self.requests: list[tuple[str, Message]] = []

    def __call__(self, op: str, fields: Message) -> asyncio.Future[Message]:
        self.requests.append((op, fields))
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(self.ack)
        return answer


async def test_each_call_sends_its_op_with_the_given_fields_alone() -> None:
    recorder = Recorder({"order": order(7)})
    entry = OrderEntry(recorder)
    new = NewOrder(symbol="ACME-USD", side="buy", type="limit", quantity="1", price="100.20")
    assert (await entry.new(new)).order_id == "7"
    await entry.amend("7", quantity="2")
    await entry.cancel("7")
    await entry.lookup(client_order_id="mine")
    assert recorder.requests == [
        (
            "order.new",
            {
                "symbol": "ACME-USD",
                "side": "buy",
                "type": "limit",
                "quantity": "1",
                "price": "100.20",
            },
        ),
        ("order.amend", {"order_id": "7", "quantity": "2"}),
        ("order.cancel", {"order_id": "7"}),
        ("order.lookup", {"client_order_id": "mine"}),
    ]


async def test_cancel_all_reads_its_own_answer() -> None:
    recorder = Recorder({"count": 2, "seq": 9, "cancelled": ["4", "7"]})
    result = await OrderEntry(recorder).cancel_all("ACME-USD")
    assert (result.count, result.cancelled) == (2, ("4", "7"))
    await OrderEntry(recorder).cancel_all()
    assert recorder.requests[-1] == ("order.cancel_all", {})


async def test_an_ack_without_an_order_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        await OrderEntry(Recorder({})).cancel("7")
