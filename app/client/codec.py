"""Turn messages into frames and back: JSON in text frames, MessagePack in binary ones.

Role: both subprotocols behind one shape. Sans-I/O; imports msgspec alone.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from app.client.errors import ProtocolError

Encoding = Literal["json", "msgpack"]
Message = dict[str, Any]
"""A decoded message, before its type is known."""


class Codec(msgspec.Struct, frozen=True):
    """One subprotocol: its name, whether its frames are text, and both directions."""

    subprotocol: str
    is_text: bool
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Any]


CODECS: Final[dict[str, Codec]] = {
    "json": Codec("depthcast.v1.json", True, msgspec.json.encode, msgspec.json.decode),
    "msgpack": Codec("depthcast.v1.msgpack", False, msgspec.msgpack.encode, msgspec.msgpack.decode),
}


def decode_message(codec: Codec, frame: bytes) -> Message:
    """Decode one server frame; raises ProtocolError where it is no object with a `type`."""
    try:
        message = codec.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"a frame that is no {codec.subprotocol}: {error}") from error
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise ProtocolError("a message without a type")
    return message
