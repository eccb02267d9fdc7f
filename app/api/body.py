"""Read the body of a request: JSON, one object, of bounded size.

Role: the part of the shell that awaits the client. What is wrong is a `Refusal`.
"""

from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope

from app import limits
from app.errors import Refusal, refuse

BODY_BYTES_MAX: Final = limits.MESSAGE_BYTES_MAX
"""The same bound as a WebSocket message; a full batch of orders fits."""

_JSON: Final = b"application/json"


class ClientGone(Exception):
    """The client left before its request was whole; nobody waits for an answer."""


async def read_object(scope: Scope, receive: Receive) -> dict[str, Any] | Refusal:
    """Return the JSON object of the body; raises ClientGone."""
    refusal = _header_refusal(scope["headers"])
    if refusal is not None:
        return refusal
    body = await _read_bytes(receive)
    if isinstance(body, Refusal):
        return body
    return decode_object(body)


def decode_object(body: bytes) -> dict[str, Any] | Refusal:
    """Return the JSON object that `body` is."""
    try:
        decoded = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        return refuse("invalid_json", f"the body is not JSON: {reason}")
    if not isinstance(decoded, dict):
        return refuse("invalid_request", "the body is not a JSON object")
    return decoded


def _header_refusal(headers: list[tuple[bytes, bytes]]) -> Refusal | None:
    """Judge the body by what the headers say of it; without a content type it is JSON."""
    for name, value in headers:
        if name == b"content-type":
            media_type = value.partition(b";")[0].strip().lower()
            if media_type != _JSON:
                return refuse("unsupported_media_type", "the content type is not application/json")
        elif name == b"content-encoding" and value.strip().lower() != b"identity":
            return refuse("unsupported_media_type", "the body has a content encoding")
        elif name == b"content-length" and value.isdigit() and int(value) > BODY_BYTES_MAX:
            return _too_large()
    return None


async def _read_bytes(receive: Receive) -> bytes | Refusal:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body", False):
        body: bytes = message.get("body", b"")
        return body if len(body) <= BODY_BYTES_MAX else _too_large()
    parts: list[bytes] = []
    size_bytes = 0
    while True:
        if message["type"] != "http.request":
            raise ClientGone
        parts.append(message.get("body", b""))
        size_bytes += len(parts[-1])
        if size_bytes > BODY_BYTES_MAX:
            return _too_large()
        if not message.get("more_body", False):
            return b"".join(parts)
        message = await receive()


def _too_large() -> Refusal:
    return refuse("too_large", f"the body is larger than {BODY_BYTES_MAX} bytes")
