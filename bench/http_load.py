"""Load an HTTP server over raw keep-alive connections, several requests under way on each.

Role: a client that costs little, so that the server is what is measured. Counts answers by their
status line; sends the next request of a connection for every answer that came, and in the end waits
for the answers still under way.
"""

import selectors
import socket
from collections.abc import Iterator, Sequence
from itertools import cycle
from time import perf_counter
from typing import Final

import msgspec

RECEIVE_BYTES: Final = 1 << 18
STATUS_LINE: Final = b"HTTP/1.1 "
STATUS_BYTES: Final = len(STATUS_LINE) + 3
ANSWER_TIMEOUT_S: Final = 10.0


class Load(msgspec.Struct, frozen=True):
    """What came of a load: requests sent, answers by status, and how long it took."""

    sent: int
    answers: dict[int, int]
    seconds: float

    def per_second(self, status: int) -> float:
        """Return the rate of answers with this status."""
        return self.answers.get(status, 0) / self.seconds


class _Connection:
    """Keep `pipelined` requests under way on one socket."""

    def __init__(self, port: int, requests: Iterator[bytes], pipelined: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=ANSWER_TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = requests
        self._pipelined = pipelined
        self._rest = b""
        self.sent = 0
        self.received = 0

    @property
    def under_way(self) -> int:
        """Return how many requests have no answer yet."""
        return self.sent - self.received

    def send(self, count: int) -> None:
        """Send the next `count` requests."""
        self.socket.sendall(b"".join(next(self._requests) for _ in range(count)))
        self.sent += count

    def start(self) -> None:
        """Fill the pipe."""
        self.send(self._pipelined)

    def receive(self) -> list[int]:
        """Return the statuses of the answers that have begun to arrive."""
        received = self.socket.recv(RECEIVE_BYTES)
        if not received:
            raise ConnectionError("the server closed the connection")
        self._rest += received
        statuses, at = [], self._rest.find(STATUS_LINE)
        while at >= 0 and len(self._rest) >= at + STATUS_BYTES:
            statuses.append(int(self._rest[at + len(STATUS_LINE) : at + STATUS_BYTES]))
            self._rest = self._rest[at + STATUS_BYTES :]
            at = self._rest.find(STATUS_LINE)
        if at < 0:
            # A status line may be cut in two; what stands before it is of no interest.
            self._rest = self._rest[-STATUS_BYTES:]
        self.received += len(statuses)
        return statuses


def run_load(
    port: int, requests: Sequence[bytes], *, connections: int, pipelined: int, seconds: float
) -> Load:
    """Send `requests` round and round for `seconds`; raises TimeoutError when no answer comes."""
    clients = [_Connection(port, cycle(requests), pipelined) for _ in range(connections)]
    answers: dict[int, int] = {}
    with selectors.DefaultSelector() as selector:
        try:
            started = perf_counter()
            for client in clients:
                selector.register(client.socket, selectors.EVENT_READ, client)
                client.start()
            while any(client.under_way for client in clients):
                ready = selector.select(ANSWER_TIMEOUT_S)
                if not ready:
                    raise TimeoutError("the server does not answer")
                more = perf_counter() - started < seconds
                for key, _ in ready:
                    _turn(key.data, answers, more)
            elapsed_s = perf_counter() - started
        finally:
            for client in clients:
                client.socket.close()
    return Load(sum(client.sent for client in clients), answers, elapsed_s)


def _turn(client: _Connection, answers: dict[int, int], more: bool) -> None:
    """Take the answers of one connection and, while there are more, send as many requests."""
    statuses = client.receive()
    for status in statuses:
        answers[status] = answers.get(status, 0) + 1
    if statuses and more:
        client.send(len(statuses))


def post_request(path: str, body: bytes, token: str) -> bytes:
    """Return the bytes of a POST with a JSON body."""
    return (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body
