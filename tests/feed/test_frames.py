"""Frames as the websockets library's own parser reads them."""

import pytest
import websockets.frames

from app.feed.frames import Opcode, build_frame, frame_payload
from tests.feed.feed_harness import parse_frame

OPCODES = {
    Opcode.TEXT: websockets.frames.Opcode.TEXT,
    Opcode.BINARY: websockets.frames.Opcode.BINARY,
}


@pytest.mark.parametrize("opcode", list(Opcode))
@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 262_144])
def test_a_frame_is_parsed_back_whole_and_unmasked(opcode: Opcode, length: int) -> None:
    payload = b"x" * length
    frame = build_frame(opcode, payload)
    parsed = parse_frame(frame)
    assert parsed.fin
    assert (parsed.rsv1, parsed.rsv2, parsed.rsv3) == (False, False, False)
    assert (parsed.opcode, bytes(parsed.data)) == (OPCODES[opcode], payload)
    assert len(frame) == length + (2 if length < 126 else 4 if length < 65_536 else 10)


@pytest.mark.parametrize("opcode", list(Opcode))
@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_a_payload_can_be_taken_out_of_its_frame(opcode: Opcode, length: int) -> None:
    payload = b"y" * length
    assert frame_payload(build_frame(opcode, payload)) == (opcode, payload)
