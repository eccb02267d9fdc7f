"""Turn messages into frames and bytes into fields: JSON and MessagePack, the same messages.

Role: one row for each subprotocol. Sans-I/O; imports msgspec, never the hub or a session.
"""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from app.errors import Refusal, refuse
from app.feed.frames import Opcode, build_frame

Fields = dict[str, Any]

_NOT_AN_OBJECT: Final = "a message is one object with text keys"


class Codec(msgspec.Struct, frozen=True, eq=False):
    """Encode server messages and decode client messages of one subprotocol."""

    subprotocol: str
    opcode: Opcode
    encode: Callable[[Any], bytes]
    decode: Callable[[bytes], Fields]

    def frame(self, message: msgspec.Struct) -> bytes:
        """Return the whole frame of one server message."""
        return build_frame(self.opcode, self.encode(message))

    def fields(self, data: bytes, opcode: Opcode) -> Fields | Refusal:
        """Return the fields of one client message, or why it is malformed."""
        if opcode is not self.opcode:
            return refuse("invalid_request", f"{self.subprotocol} takes {self.opcode.name} frames")
        try:
            return self.decode(data)
        except msgspec.ValidationError:
            return refuse("invalid_request", _NOT_AN_OBJECT)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return refuse("invalid_json", f"the message is not valid {self.subprotocol}")


JSON: Final = Codec(
    subprotocol="depthcast.v1.json",
    opcode=Opcode.TEXT,
    encode=msgspec.json.Encoder().encode,
    decode=msgspec.json.Decoder(Fields).decode,
)
MSGPACK: Final = Codec(
    subprotocol="depthcast.v1.msgpack",
    opcode=Opcode.BINARY,
    encode=msgspec.msgpack.Encoder().encode,
    decode=msgspec.msgpack.Decoder(Fields).decode,
)
CODECS: Final = {codec.subprotocol: codec for codec in (JSON, MSGPACK)}


def choose_codec(asked: list[str]) -> tuple[Codec, str | None]:
    """Return the codec and the subprotocol to accept, None where none is to be named.

    The client's order decides; with only unknown ones asked for the session is told apart by
    `names_only_unknown`.
    """
    for subprotocol in asked:
        if subprotocol in CODECS:
            return CODECS[subprotocol], subprotocol
    return JSON, None


def names_only_unknown(asked: list[str]) -> bool:
    """Tell whether a client asked for subprotocols and for none of ours."""
    return bool(asked) and not any(subprotocol in CODECS for subprotocol in asked)
