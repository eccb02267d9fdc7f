"""The outbox with a socket that takes everything, something, nothing."""

from collections.abc import Iterator

import pytest

from app.feed.outbox import Outbox
from app.feed.statistics import FeedStatistics
from tests.feed.feed_harness import FakeSink


@pytest.fixture
def sink() -> FakeSink:
    return FakeSink()


@pytest.fixture
def outbox(sink: FakeSink) -> Outbox:
    sink.outbox = Outbox(sink, 100, FeedStatistics())
    return sink.outbox


def test_frames_go_straight_out_while_the_peer_takes_more(sink: FakeSink, outbox: Outbox) -> None:
    outbox.send(b"one")
    outbox.send(b"two")
    assert sink.frames == [b"one", b"two"]
    assert outbox.ready
    assert outbox.queued_bytes == 0


def test_what_waits_goes_out_in_order(sink: FakeSink, outbox: Outbox) -> None:
    outbox.pause()
    outbox.send(b"one")
    outbox.send(b"two")
    outbox.send_first(b"notice")
    assert (sink.frames, outbox.queued_bytes, outbox.ready) == ([], 12, False)
    outbox.resume()
    assert sink.frames == [b"notice", b"one", b"two"]
    assert (outbox.queued_bytes, outbox.ready) == (0, True)


def test_a_socket_that_fills_again_stops_the_queue(sink: FakeSink, outbox: Outbox) -> None:
    outbox.pause()
    for frame in (b"one", b"two", b"three"):
        outbox.send(frame)
    sink.frames_until_full = 2
    outbox.resume()
    assert (sink.frames, outbox.queued_bytes, outbox.ready) == ([b"one", b"two"], 5, False)
    outbox.send(b"four")
    sink.frames_until_full = None
    outbox.resume()
    assert sink.frames == [b"one", b"two", b"three", b"four"]


def test_drawn_frames_are_made_when_the_peer_takes_them(sink: FakeSink, outbox: Outbox) -> None:
    made: list[int] = []

    def frames() -> Iterator[bytes]:
        for number in range(3):
            made.append(number)
            yield b"%d" % number

    sink.frames_until_full = 1
    outbox.draw(frames(), cost_bytes=10)
    outbox.send(b"after")
    assert (made, outbox.queued_bytes) == ([0], 15)
    sink.frames_until_full = None
    outbox.resume()
    assert sink.frames == [b"0", b"1", b"2", b"after"]
    assert (outbox.queued_bytes, outbox.ready) == (0, True)


def test_more_than_the_bound_is_told_once(outbox: Outbox) -> None:
    told: list[int] = []
    outbox.on_overflow = lambda: told.append(outbox.queued_bytes)
    outbox.pause()
    outbox.send(b"x" * 100)
    assert told == []
    outbox.send(b"x")
    outbox.send(b"x")
    assert told == [101]


def test_a_close_comes_behind_what_waits(sink: FakeSink, outbox: Outbox) -> None:
    outbox.pause()
    outbox.send(b"last words")
    outbox.close(4503, "shutting_down")
    outbox.send(b"too late")
    assert (sink.is_closing, sink.close_code) == (True, None)
    outbox.resume()
    assert sink.frames == [b"last words"]
    assert sink.close_code == 4503
    assert not outbox.ready


def test_a_close_of_an_empty_outbox_is_at_once(sink: FakeSink, outbox: Outbox) -> None:
    outbox.close(4400, "why")
    assert (sink.close_code, sink.close_reason) == (4400, "why")


def test_what_is_discarded_frees_its_bytes(sink: FakeSink, outbox: Outbox) -> None:
    outbox.pause()
    outbox.send(b"x" * 50)
    outbox.discard()
    assert outbox.queued_bytes == 0
    outbox.resume()
    assert sink.frames == []


def test_an_abandoned_outbox_holds_and_takes_nothing(sink: FakeSink, outbox: Outbox) -> None:
    outbox.pause()
    outbox.send(b"x")
    outbox.abandon()
    outbox.send(b"y")
    outbox.send_first(b"z")
    outbox.draw(iter([b"drawn"]), 5)
    outbox.resume()
    assert (sink.frames, outbox.queued_bytes, outbox.ready) == ([], 0, False)
