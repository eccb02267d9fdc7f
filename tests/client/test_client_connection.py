"""Check how a client's connection lives, ends and comes back, against scripted faults."""

import asyncio
from collections.abc import Callable

import pytest

from app.client import Client, State
from app.client import connection as connection_module
from app.client.errors import (
    ConnectionLost,
    OutcomeUnknown,
    RequestRefused,
    StaleData,
    TooManyInFlight,
)
from tests.client.scripted_server import ASKS, Peer, Script, accept, scripted
from tests.client.server_messages import error


def connect(
    url: str, token: str | Callable[[], str] | None = None, *, reconnect: bool = True
) -> Client:
    """Return a client that waits as shortly as it may."""
    return Client(url, token=token, uniform=lambda: 0.0, reconnect=reconnect)


async def give_depth_then_cut(peer: Peer) -> None:
    await peer.greet()
    await peer.give_depth(5)
    peer.cut()


async def give_depth_then_fall_silent(peer: Peer) -> None:
    await peer.greet(heartbeat_ms=50)
    await peer.give_depth(5)
    await peer.stay()


async def give_depth_then_babble(peer: Peer) -> None:
    await peer.greet()
    await peer.give_depth(5)
    await peer.send_frame("{")
    await peer.stay()


async def shut_down(peer: Peer) -> None:
    await peer.greet()
    await peer.give_depth(5)
    await peer.send({"type": "shutdown", "deadline_us": 1, "reconnect_after_ms": 1})
    await peer.close(4503, "shutting_down")


async def close_rate_limited(peer: Peer) -> None:
    await peer.greet()
    await peer.give_depth(5)
    await peer.send(error(None, "rate_limited", retry_after_ms=1))
    await peer.close(4429, "rate_limited")


@pytest.mark.parametrize(
    "end",
    [
        give_depth_then_cut,
        give_depth_then_fall_silent,
        give_depth_then_babble,
        shut_down,
        close_rate_limited,
    ],
)
async def test_after_each_end_the_book_is_stale_until_a_fresh_snapshot(end: Script) -> None:
    may_go_on = asyncio.Event()

    async def accept_later(peer: Peer) -> None:
        await peer.greet()
        await may_go_on.wait()
        await peer.give_depth(9)
        await peer.stay()

    async with scripted(end, accept_later) as server, connect(server.url) as client:
        feed = client.depth("ACME-USD")
        seqs: list[int] = []
        feed.listen(lambda message: seqs.append(message["seq"]))
        await feed.wait_until(lambda: seqs == [5] and not feed.replica.live)
        with pytest.raises(StaleData):
            assert feed.replica.asks
        assert feed.replica.view().asks == tuple(ASKS)
        may_go_on.set()
        book = await feed.live()
        assert (list(book.asks), seqs) == (ASKS, [5, 9])
        assert (client.state, client.problem) == (State.LIVE, "")


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4409, 4413, 1009])
async def test_after_a_final_close_code_nothing_is_tried(code: int) -> None:
    async def refuse(peer: Peer) -> None:
        await peer.greet()
        await peer.give_depth(5)
        await peer.close(code, "because")

    async with scripted(refuse) as server, connect(server.url, "token") as client:
        feed = client.depth("ACME-USD")
        with pytest.raises(ConnectionLost, match=f"{code}: because"):
            await feed.wait_until(lambda: False)
        assert client.state is State.CLOSED
        with pytest.raises(ConnectionLost):
            client.request("ping", {})
        with pytest.raises(ConnectionLost):
            await client.trades("ACME-USD").live()


async def test_an_expired_token_is_replaced_where_one_can_be_made() -> None:
    async def expire(peer: Peer) -> None:
        await peer.greet()
        await peer.close(4401, "token_expired")

    tokens = iter(["first", "second"])
    async with (
        scripted(expire, accept) as server,
        connect(server.url, lambda: next(tokens)) as client,
    ):
        await client.depth("ACME-USD").live()
        assert [peer.authorization for peer in server.peers] == ["Bearer first", "Bearer second"]


async def test_a_token_about_to_expire_is_renewed_on_the_connection() -> None:
    renewed: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def warn(peer: Peer) -> None:
        await peer.greet()
        await peer.send({"type": "token_expiring", "expires_us": 1})
        request = await peer.receive("auth")
        await peer.acknowledge(request)
        renewed.set_result(request["token"])
        await peer.stay()

    tokens = iter(["first", "second"])
    async with scripted(warn) as server, connect(server.url, lambda: next(tokens)):
        assert await renewed == "second"


async def test_requests_under_way_end_as_unknown_when_the_connection_does() -> None:
    async def take_and_cut(peer: Peer) -> None:
        await peer.greet()
        await peer.receive("order.new")
        await peer.receive("order.cancel")
        peer.cut()

    async with (
        scripted(take_and_cut) as server,
        connect(server.url, reconnect=False) as client,
    ):
        answers = [client.request("order.new", {}), client.request("order.cancel", {})]
        for answer in answers:
            with pytest.raises(OutcomeUnknown):
                await answer


async def test_many_requests_are_under_way_and_matched_by_id() -> None:
    async def answer_backwards(peer: Peer) -> None:
        await peer.greet()
        requests = [await peer.receive("order.new") for _ in range(100)]
        for request in reversed(requests):
            if request["number"] % 2:
                await peer.acknowledge(request, number=request["number"])
            else:
                await peer.send(error(request["id"], "price_band"))
        await peer.stay()

    async with scripted(answer_backwards) as server, connect(server.url) as client:
        answers = [client.request("order.new", {"number": n}) for n in range(100)]
        outcomes = await asyncio.gather(*answers, return_exceptions=True)
        for number, outcome in enumerate(outcomes):
            if number % 2:
                assert isinstance(outcome, dict) and outcome["number"] == number
            else:
                assert isinstance(outcome, RequestRefused) and outcome.code == "price_band"


async def test_requests_without_an_answer_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection_module, "IN_FLIGHT_MAX", 3)

    async def listen(peer: Peer) -> None:
        await peer.greet()
        await peer.stay()

    async with scripted(listen) as server, connect(server.url) as client:
        answers = [client.request("ping", {}) for _ in range(3)]
        with pytest.raises(TooManyInFlight):
            client.request("ping", {})
    for answer in answers:
        with pytest.raises(OutcomeUnknown):
            await answer


async def test_an_error_of_the_caller_comes_out_as_it_is() -> None:
    async def listen(peer: Peer) -> None:
        await peer.greet()
        await peer.stay()

    async with scripted(listen) as server:
        with pytest.raises(KeyError):
            async with connect(server.url):
                raise KeyError("the caller's own")
