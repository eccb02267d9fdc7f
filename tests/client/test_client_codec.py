"""Check both encodings of messages, and what is no message."""

import msgpack
import pytest

from app.client.codec import CODECS, decode_message
from app.client.errors import ProtocolError


@pytest.mark.parametrize("encoding", ["json", "msgpack"])
def test_a_message_survives_its_encoding(encoding: str) -> None:
    message = {"type": "ack", "id": 7, "op": "order.new", "order": {"price": "100.20"}}
    codec = CODECS[encoding]
    assert decode_message(codec, codec.encode(message)) == message


def test_an_independent_library_reads_our_messagepack() -> None:
    request = {"op": "subscribe", "id": 1, "symbols": ["ACME-USD"], "levels": 0}
    assert msgpack.unpackb(CODECS["msgpack"].encode(request)) == request


@pytest.mark.parametrize(
    ("encoding", "frame"),
    [
        ("json", b"{"),
        ("json", b"[1]"),
        ("json", b"null"),
        ("json", b'{"channel":"depth"}'),
        ("json", b'{"type":7}'),
        ("json", b'{"type":"\xff"}'),
        ("msgpack", b"\xc1"),
        ("msgpack", b"\x93\x01"),
        ("msgpack", b""),
    ],
)
def test_what_is_no_message_is_a_protocol_error(encoding: str, frame: bytes) -> None:
    with pytest.raises(ProtocolError):
        decode_message(CODECS[encoding], frame)
