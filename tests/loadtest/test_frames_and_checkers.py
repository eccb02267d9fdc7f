"""Check the load test's own eyes: the cheap reader of frames, and the books that are checked."""

import asyncio

import pytest

from loadtest.checkers import checker
from loadtest.frames import PING, TEXT, FrameReader, NotFrames, client_frame
from tests.client.scripted_server import ASKS, Peer, scripted
from tests.client.server_messages import depth_delta

UPGRADED = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
def test_frames_are_read_however_they_are_cut(size: int) -> None:
    masked = client_frame(TEXT, b"x" * size)
    head = len(masked) - size - 4
    frame = bytes((masked[0], masked[1] & 0x7F)) + masked[2:head] + b"x" * size
    stream = UPGRADED + frame + frame
    for cut in {1, len(UPGRADED) - 1, len(UPGRADED) + 1, len(UPGRADED) + head, len(stream) - 1}:
        reader = FrameReader()
        found = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:])]
        assert found == [(TEXT, b"x" * size)] * 2


@pytest.mark.parametrize(
    "stream",
    [
        b"HTTP/1.1 401 Unauthorized\r\n\r\n",
        UPGRADED + b"\x01\x01x",
        UPGRADED + client_frame(PING, b"x"),
        UPGRADED + b"\x81\x7f" + (1 << 30).to_bytes(8, "big"),
    ],
    ids=["refused", "fragment", "masked", "too large"],
)
def test_a_stream_that_no_server_sends_is_refused(stream: bytes) -> None:
    with pytest.raises(NotFrames):
        list(FrameReader().feed(stream))


@pytest.mark.parametrize(
    ("prev_seq", "changed", "fault"),
    [(9, {"checksum": 1}, "checksum"), (8, {}, "gap"), (9, {}, None)],
)
async def test_a_checker_keeps_the_fault_of_a_book_that_has_healed(
    prev_seq: int, changed: dict[str, int], fault: str | None
) -> None:
    async def spoil(peer: Peer) -> None:
        await peer.greet()
        await peer.give_depth(9)
        await peer.send(depth_delta(prev_seq, 10, [], [], ([], ASKS), **changed))
        if fault is not None:
            await peer.give_depth(11)
        result = "match" if fault is None else "mismatch"
        await peer.acknowledge(await peer.receive("verify"), result=result)
        await peer.stay()

    last_seq = 10 if fault is None else 11
    async with scripted(spoil) as server, checker(server.url, "t", "ACME-USD") as checking:
        async with asyncio.timeout(10):
            await checking.wait_for(last_seq)
        await checking.verify()
    told = [] if fault is None else [f"a checked book: {fault}", "verify: mismatch"]
    assert checking.faults == told
