"""Ask the server's REST side for what can be traded.

Role: one GET beside the WebSocket (docs/PROTOCOL.md, REST), on the standard library alone.
"""

import asyncio
from http.client import HTTPException
from typing import Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, build_opener

import msgspec

from app.client.errors import ConnectFailed, ProtocolError
from app.client.messages import Instrument

TIMEOUT_S: Final = 10
_SCHEMES: Final = {"ws": "http", "wss": "https"}
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


class _Instruments(msgspec.Struct, frozen=True):
    instruments: list[Instrument]


def is_socket_url(url: str) -> bool:
    """Tell whether `url` is an address of a WebSocket."""
    try:
        parts = urlsplit(url)
        return parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def rest_url(socket_url: str, path: str) -> str:
    """Return the address of a REST path on the server of a WebSocket address."""
    parts = urlsplit(socket_url)
    return urlunsplit((_SCHEMES[parts.scheme], parts.netloc, path, "", ""))


async def fetch_instruments(socket_url: str) -> dict[str, Instrument]:
    """Return the server's instruments by symbol; raises ConnectFailed, ProtocolError."""
    body = await asyncio.to_thread(_get, rest_url(socket_url, "/v1/instruments"))
    try:
        listed = msgspec.json.decode(body, type=_Instruments)
    except msgspec.DecodeError as error:
        raise ProtocolError(f"the server's list of instruments: {error}") from error
    return {instrument.symbol: instrument for instrument in listed.instruments}


def _get(url: str) -> bytes:
    # A proxy of the environment is for other hosts than this one.
    direct = urlsplit(url).hostname in _LOOPBACK
    opener = build_opener(ProxyHandler({})) if direct else build_opener()
    try:
        with opener.open(url, timeout=TIMEOUT_S) as response:
            body: bytes = response.read()
            return body
    except HTTPError as error:
        raise ConnectFailed(f"{url} answered HTTP {error.code}", temporary=False) from error
    except (HTTPException, OSError) as error:
        reason = error.reason if isinstance(error, URLError) else repr(error)
        raise ConnectFailed(f"cannot reach {url}: {reason}", temporary=True) from error
