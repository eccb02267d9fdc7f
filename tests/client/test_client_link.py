"""Check how a client gets in, or is told in one line why not."""

import pytest

from app.client import Client
from app.client.errors import ConnectFailed
from tests.client.scripted_server import Peer, scripted
from tests.client.server_messages import Message, hello


@pytest.mark.parametrize(
    ("status", "headers", "temporary", "retry_after_ms"),
    [
        (403, {}, False, None),
        (429, {"Retry-After": "3"}, True, 3_000),
        (503, {"Retry-After": "1"}, True, 1_000),
        (500, {}, False, None),
    ],
)
async def test_a_refused_upgrade_says_whether_to_try_again(
    status: int, headers: dict[str, str], temporary: bool, retry_after_ms: int | None
) -> None:
    async with scripted(refusals={status: headers}) as server:
        with pytest.raises(ConnectFailed, match=str(status)) as caught:
            async with Client(server.url):
                pass
    assert (caught.value.temporary, caught.value.retry_after_ms) == (temporary, retry_after_ms)


async def test_a_wrong_token_is_known_before_anything_is_asked() -> None:
    async def refuse(peer: Peer) -> None:
        assert peer.authorization == "Bearer wrong"
        await peer.close(4401, "unauthenticated")

    async with scripted(refuse) as server:
        with pytest.raises(ConnectFailed, match="4401: unauthenticated"):
            async with Client(server.url, token="wrong"):
                pass


async def test_nobody_there_is_one_clear_line() -> None:
    async with scripted() as server:
        url = server.url
    with pytest.raises(ConnectFailed, match="cannot connect to"):
        async with Client(url):
            pass


@pytest.mark.parametrize("url", ["http://127.0.0.1/v1/ws", "ws:///v1/ws", "nonsense"])
async def test_what_is_no_address_of_a_socket_is_said(url: str) -> None:
    with pytest.raises(ConnectFailed, match="is no WebSocket address"):
        async with Client(url):
            pass


@pytest.mark.parametrize("greeting", [{"type": "hello"}, hello(limits=None), hello(epoch=1)])
async def test_a_server_that_greets_otherwise_is_none_of_ours(greeting: Message) -> None:
    async def greet(peer: Peer) -> None:
        await peer.send(greeting)
        await peer.stay()

    async with scripted(greet) as server:
        with pytest.raises(ConnectFailed, match="Hello"):
            async with Client(server.url):
                pass
