"""Both subprotocols: the same messages, and which one a client gets."""

import json

import msgpack
import pytest

from app.errors import Refusal
from app.feed.codecs import CODECS, JSON, MSGPACK, Codec, choose_codec, names_only_unknown
from app.feed.messages_control import ErrorMessage, Heartbeat, Seqs
from tests.feed.feed_harness import decode_frame

MESSAGE = ErrorMessage(
    id="ü", op="order.new", code="halted", message="no", temporary=False, retry_after_ms=None
)


def test_both_codecs_say_the_same() -> None:
    from_json, from_msgpack = (decode_frame(codec.frame(MESSAGE)) for codec in (JSON, MSGPACK))
    assert from_json == from_msgpack
    assert from_json == {
        "type": "error",
        "id": "ü",
        "op": "order.new",
        "code": "halted",
        "message": "no",
        "temporary": False,
        "retry_after_ms": None,
        "errors": [],
        "replayed": False,
    }


def test_sequence_numbers_and_times_are_integers_in_both() -> None:
    beat = Heartbeat(server_us=2**53 - 1, seqs={"depth:X": Seqs(sent=None, as_of=2**53 - 1)})
    for codec in (JSON, MSGPACK):
        decoded = decode_frame(codec.frame(beat))
        assert decoded["server_us"] == 2**53 - 1
        assert decoded["seqs"] == {"depth:X": {"sent": None, "as_of": 2**53 - 1}}


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_an_object_is_decoded_to_its_fields(codec: Codec) -> None:
    fields = {"op": "x", "list": [1, "2", None, True], "deep": {"a": {}}}
    data = json.dumps(fields).encode() if codec is JSON else msgpack.packb(fields)
    assert codec.fields(data, codec.opcode) == fields


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (msgpack.packb({"op": "x"})[:-1], "invalid_json"),
        (b"\x81\xa2op\xa1\xff", "invalid_json"),
        (msgpack.packb({1: 2}), "invalid_request"),
        (msgpack.packb([1]), "invalid_request"),
        (b"\x81\xa1a" * 20_000, "invalid_json"),
    ],
)
def test_bad_messagepack_is_refused(data: bytes, code: str) -> None:
    refusal = MSGPACK.fields(data, MSGPACK.opcode)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code


@pytest.mark.parametrize(
    ("asked", "codec", "accepted", "unknown"),
    [
        ([], JSON, None, False),
        (["depthcast.v1.json"], JSON, "depthcast.v1.json", False),
        (["depthcast.v1.msgpack"], MSGPACK, "depthcast.v1.msgpack", False),
        (["mqtt", "depthcast.v1.msgpack"], MSGPACK, "depthcast.v1.msgpack", False),
        (["depthcast.v1.msgpack", "depthcast.v1.json"], MSGPACK, "depthcast.v1.msgpack", False),
        (["mqtt", "depthcast.v2.json"], JSON, None, True),
    ],
)
def test_the_first_known_subprotocol_is_taken(
    asked: list[str], codec: Codec, accepted: str | None, unknown: bool
) -> None:
    assert choose_codec(asked) == (codec, accepted)
    assert names_only_unknown(asked) is unknown


def test_every_codec_stands_under_its_name() -> None:
    assert list(CODECS) == ["depthcast.v1.json", "depthcast.v1.msgpack"]
    assert all(codec.subprotocol == name for name, codec in CODECS.items())
