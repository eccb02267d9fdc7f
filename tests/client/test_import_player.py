"""Check how a recorded market is entered: in order, many at a time, busy servers included."""

from collections.abc import Sequence

import pytest

from app.client import Client
from app.client.amounts import Amounts
from app.client.import_player import ImportFailed, Player, interval_s
from app.client.lobster import Add, Aggress, Delete, Reduce
from app.client.messages import Limits
from app.client.recording import Entry
from tests.client.scripted_server import Peer, scripted
from tests.client.server_messages import Message, error, order

ADDS = [Add(str(n), "buy", 10_000 - n, 5) for n in range(4)]


async def acknowledge(peer: Peer, request: Message, order_id: int, **changed: str) -> None:
    await peer.acknowledge(request, order=order(order_id, **changed))


def player(client: Client) -> Player:
    return Player(client, client, "GOOG", Amounts(2, 0))


async def enter_all(entries: Sequence[Entry], playing: Player) -> None:
    for entry in entries:
        await playing.enter(entry)
    await playing.settle()


async def test_each_step_is_sent_as_its_op_with_what_it_needs() -> None:
    requests: list[Message] = []

    async def take(peer: Peer) -> None:
        await peer.greet()
        for op in ("order.new", "order.amend", "order.cancel", "order.new"):
            requests.append(await peer.receive(op))
            await acknowledge(peer, requests[-1], 77, filled_quantity="3")
        await peer.stay()

    entries: list[Entry] = [
        Add("a", "buy", 57_940, 5),
        Reduce("a", 4),
        Delete("a"),
        Aggress("sell", 57_900, 3, ()),
    ]
    async with scripted(take) as server, Client(server.url) as client:
        playing = player(client)
        await enter_all(entries, playing)
        assert (playing.entered, playing.changes, playing.last_filled) == (4, 4, 3)
        assert playing.keys == {"77": "a"}
    added, amended, cancelled, aggressor = (
        {name: value for name, value in request.items() if name not in ("op", "id")}
        for request in requests
    )
    assert added == {
        "symbol": "GOOG",
        "side": "buy",
        "type": "limit",
        "time_in_force": "gtc",
        "price": "579.40",
        "quantity": "5",
        "self_trade_prevention": "none",
    }
    assert amended == {"order_id": "77", "quantity": "4"}
    assert cancelled == {"order_id": "77"}
    assert (aggressor["side"], aggressor["time_in_force"]) == ("sell", "ioc")


async def test_steps_that_commute_are_under_way_together_and_an_aggressor_alone() -> None:
    async def take(peer: Peer) -> None:
        await peer.greet()
        requests = [await peer.receive("order.new") for _ in ADDS]
        for number, request in enumerate(requests):
            await acknowledge(peer, request, number)
        aggressor = await peer.receive("order.new")
        assert aggressor["time_in_force"] == "ioc"
        await acknowledge(peer, aggressor, 9, filled_quantity="0")
        last = await peer.receive("order.new")
        await acknowledge(peer, last, 10)
        await peer.stay()

    entries: list[Entry] = [*ADDS, Aggress("sell", 9_000, 3, ()), Add("z", "buy", 9_000, 1)]
    async with scripted(take) as server, Client(server.url) as client:
        playing = player(client)
        await enter_all(entries, playing)
        assert playing.changes == 5


@pytest.mark.parametrize("code", ["engine_busy", "rate_limited"])
async def test_what_was_not_done_is_sent_again_in_order_before_anything_new(code: str) -> None:
    prices: list[str] = []

    async def refuse_some(peer: Peer) -> None:
        await peer.greet()
        requests = [await peer.receive("order.new") for _ in ADDS]
        for number, request in enumerate(requests):
            if number in (0, 2):
                await peer.send(error(request["id"], code, temporary=True, retry_after_ms=1))
            else:
                await acknowledge(peer, request, number)
        for number in (0, 2, 5):
            request = await peer.receive("order.new")
            prices.append(request["price"])
            await acknowledge(peer, request, number)
        await peer.stay()

    async with scripted(refuse_some) as server, Client(server.url) as client:
        playing = player(client)
        await enter_all(ADDS, playing)
        await enter_all([Add("z", "buy", 9_000, 1)], playing)
        assert playing.changes == 5
    assert prices == ["100.00", "99.98", "90.00"]


async def test_a_refusal_stops_the_import_and_names_the_command() -> None:
    async def refuse(peer: Peer) -> None:
        await peer.greet()
        request = await peer.receive("order.new")
        await peer.send(error(request["id"], "price_band"))
        await peer.stay()

    async with scripted(refuse) as server, Client(server.url) as client:
        with pytest.raises(ImportFailed, match=r"order\.new buy 5 100\.00: price_band"):
            await enter_all(ADDS[:1], player(client))


async def test_a_lost_connection_stops_the_import() -> None:
    async def cut(peer: Peer) -> None:
        await peer.greet()
        await peer.receive("order.new")
        peer.cut()

    async with scripted(cut) as server, Client(server.url, reconnect=False) as client:
        with pytest.raises(ImportFailed, match="the connection was lost"):
            await enter_all(ADDS[:1], player(client))


@pytest.mark.parametrize(
    ("limits", "expected_s"),
    [
        ([], 0),
        ([Limits(), Limits()], 0),
        ([Limits(orders_per_s=100)], 0.011),
        ([Limits(messages_per_s=50, orders_per_s=100), Limits(orders_per_s=200)], 0.022),
    ],
)
def test_the_tightest_limit_of_the_server_sets_the_pace(
    limits: list[Limits], expected_s: float
) -> None:
    assert interval_s(limits) == pytest.approx(expected_s)


async def test_a_limited_server_gets_everything_too() -> None:
    async def limit(peer: Peer) -> None:
        await peer.greet(limits={"orders_per_s": 1_000})
        for number, _ in enumerate(ADDS):
            await acknowledge(peer, await peer.receive("order.new"), number)
        await peer.stay()

    async with scripted(limit) as server, Client(server.url) as client:
        playing = player(client)
        await enter_all(ADDS, playing)
        assert playing.changes == len(ADDS)
