"""Wire real sessions, hub, gateway and the readable engine to fake sockets and a fake clock."""

import json
from collections.abc import Generator
from typing import Any, Final

import msgpack
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from app.errors import Refusal
from app.feed.codecs import JSON, Codec
from app.feed.hub import Hub
from app.feed.outbox import Outbox
from app.feed.services import Feed, FeedSettings
from app.feed.session import Session
from auth.keyring import secret_key_ring
from auth.tokens import Verifier, issue
from tests.app.harness import Harness

SECRET: Final = "a shared secret of more than thirty-two bytes"
MARKET: Final = ("market:read",)
TRADER: Final = ("market:read", "orders:read", "orders:write")
VERIFIER: Final = Verifier(secret_key_ring(SECRET), ("HS256",), "depthcast", "depthcast")

Message = dict[str, Any]


class FakeSink:
    """Be a socket that takes everything, or (paused) nothing; remembers frames and the close."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self.is_closing = False
        self.close_code: int | None = None
        self.close_reason = ""
        self.outbox: Outbox | None = None
        self.frames_until_full: int | None = None

    def write(self, frame: bytes) -> None:
        assert self.close_code is None, "nothing follows the close frame"
        self.frames.append(frame)
        if self.frames_until_full is not None:
            self.frames_until_full -= 1
            if self.frames_until_full <= 0:
                assert self.outbox is not None
                self.outbox.pause()

    def closing(self) -> None:
        self.is_closing = True

    def close(self, code: int, reason: str) -> None:
        assert self.is_closing, "the sink was told before"
        assert len(reason.encode()) <= 123
        self.close_code, self.close_reason = code, reason


def parse_frame(data: bytes) -> Frame:
    """Parse one whole frame with the websockets library's own parser."""
    reader = StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    parsing: Generator[None, None, Frame] = Frame.parse(reader.read_exact, mask=False)
    try:
        next(parsing)
    except StopIteration as result:
        frame: Frame = result.value
        return frame
    raise AssertionError("the frame is not whole")


def decode_frame(data: bytes) -> Message:
    """Decode one message by the standard library's json, or by the msgpack package."""
    frame = parse_frame(data)
    assert frame.fin
    assert len(frame.data) <= 262_144
    if frame.opcode is Opcode.TEXT:
        decoded = json.loads(bytes(frame.data).decode())
    else:
        decoded = msgpack.unpackb(bytes(frame.data))
    assert isinstance(decoded, dict)
    return decoded


def encode_message(codec: Codec, message: Message) -> bytes:
    """Encode a client's message, not with the server's codec."""
    return json.dumps(message).encode() if codec is JSON else msgpack.packb(message)


class Client:
    """Be the other side of one session."""

    def __init__(self, server: "FeedHarness", codec: Codec) -> None:
        self.server = server
        self.codec = codec
        self.sink = FakeSink()
        outbox = Outbox(self.sink, server.feed.settings.outbox_bytes, server.hub.statistics)
        self.sink.outbox = outbox
        self.outbox = outbox
        self.connection_id = server.feed.next_connection_id()
        self.session = Session(server.feed, self.connection_id, codec, outbox)
        self._read = 0

    def say(self, op: str, **fields: Any) -> list[Message]:
        """Send one op; return what came since the last look."""
        return self.say_raw(encode_message(self.codec, {"op": op, **fields}))

    def say_raw(self, data: bytes) -> list[Message]:
        """Send bytes; return what came since the last look."""
        self.session.receive(data, self.codec.opcode, self.server.now_us)
        return self.take()

    def take(self) -> list[Message]:
        """Return the messages that came since the last look."""
        frames = self.sink.frames[self._read :]
        self._read = len(self.sink.frames)
        return [decode_frame(frame) for frame in frames]

    def one(self, op: str, **fields: Any) -> Message:
        """Send one op; return its only answer."""
        (answer,) = self.say(op, **fields)
        return answer

    def subscribe(self, channel: str, *symbols: str, **fields: Any) -> list[Message]:
        """Subscribe; return what came after the ack."""
        named = {"symbols": list(symbols)} if symbols else {}
        ack, *rest = self.say("subscribe", channel=channel, **named, **fields)
        assert ack["type"] == "ack", ack
        assert all(outcome["error"] is None for outcome in ack["subscriptions"]), ack
        return rest

    def stall(self) -> None:
        """Read nothing from here on."""
        self.session.pause()

    def go_on(self) -> list[Message]:
        """Read everything; return what came."""
        self.sink.frames_until_full = None
        self.session.resume(self.server.now_us)
        return self.take()

    @property
    def close_code(self) -> int | None:
        return self.sink.close_code


class FeedHarness(Harness):
    """Be a server with a hub and sessions; time stands still until it is moved."""

    def __init__(self, *, verifier: Verifier = VERIFIER, **settings: Any) -> None:
        self.blocked: dict[str, Refusal] = {}
        super().__init__(make_hub=lambda harness: Hub(harness.market, harness.store))
        self.feed = Feed(
            hub=self.hub,
            gateway=self.gateway,
            verify=verifier.verify,
            clock_us=lambda: self.now_us,
            settings=FeedSettings(**settings),
            admit_account=self.blocked.get,
        )

    @property
    def now_us(self) -> int:
        return self.clock_ns // 1_000

    def pass_ms(self, milliseconds: int) -> None:
        """Let time pass, and whatever is due happen in its time."""
        end_us = self.now_us + milliseconds * 1_000
        while (due_us := self.hub.next_deadline_us()) is not None and due_us <= end_us:
            self.clock_ns = max(self.now_us, due_us) * 1_000
            self.hub.flush(self.now_us)
        self.clock_ns = end_us * 1_000
        self.hub.flush(self.now_us)

    def token(
        self, account: str = "alice", scopes: tuple[str, ...] = TRADER, ttl_s: int = 3_600
    ) -> str:
        return issue(
            SECRET,
            account=account,
            scopes=scopes,
            issuer="depthcast",
            audience="depthcast",
            now_s=self.clock_ns / 1e9,
            ttl_s=ttl_s,
        )

    def connect(
        self,
        account: str | None = "alice",
        scopes: tuple[str, ...] = TRADER,
        codec: Codec = JSON,
        ttl_s: int = 3_600,
    ) -> Client:
        """Open a session, by a token in the header or (None) without; the hello is read."""
        client = Client(self, codec)
        token = None if account is None else self.token(account, scopes, ttl_s)
        client.session.open(token, False, self.now_us)
        hello, *rest = client.take()
        assert hello["type"] == "hello"
        assert rest == [] or account is not None
        return client
