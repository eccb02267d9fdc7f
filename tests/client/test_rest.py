"""Check the one question that a client asks by REST."""

import asyncio

import pytest

from app.client.errors import ConnectFailed, ProtocolError
from app.client.rest import fetch_instruments, is_socket_url, rest_url
from tests.server_process import LiveServer


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://127.0.0.1:8080/v1/ws", True),
        ("wss://exchange.example/v1/ws?x=1", True),
        ("ws://[::1]:8080/v1/ws", True),
        ("http://127.0.0.1:8080/v1/ws", False),
        ("ws://", False),
        ("127.0.0.1:8080", False),
        ("ws://[::1/v1/ws", False),
        ("ws://127.0.0.1:99999/v1/ws", False),
        ("", False),
    ],
)
def test_only_addresses_of_sockets_are_taken(url: str, expected: bool) -> None:
    assert is_socket_url(url) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ws://127.0.0.1:8080/v1/ws", "http://127.0.0.1:8080/v1/instruments"),
        ("wss://exchange.example/v1/ws?x=1", "https://exchange.example/v1/instruments"),
        ("ws://[::1]:8080/v1/ws", "http://[::1]:8080/v1/instruments"),
    ],
)
def test_rest_is_on_the_same_server(url: str, expected: str) -> None:
    assert rest_url(url, "/v1/instruments") == expected


async def test_the_servers_instruments_come_by_symbol(live_server: LiveServer) -> None:
    instruments = await fetch_instruments(live_server.ws_url)
    assert instruments["GOOG"].lot_size == "1"
    assert list(instruments) == ["ACME-USD", "GOOG", "BAND-USD"]


async def test_nobody_there_is_a_failed_connection() -> None:
    with pytest.raises(ConnectFailed, match="cannot reach"):
        await fetch_instruments("ws://127.0.0.1:1/v1/ws")


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", ConnectFailed),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]", ProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno", ConnectFailed),
        (b"SSH-2.0\r\n", ConnectFailed),
        (b"", ConnectFailed),
    ],
)
async def test_another_kind_of_server_is_noticed(answer: bytes, expected: type[Exception]) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(expected):
            await fetch_instruments(f"ws://127.0.0.1:{port}/v1/ws")
