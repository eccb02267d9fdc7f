"""Tell what can go wrong between a client and its server.

    ClientError
    ├── ConnectFailed      no connection came about: address, admission, authentication
    ├── ConnectionLost     the connection ended; says its close code and whether coming back helps
    │   └── OutcomeUnknown a request was under way: look it up by its client_order_id
    ├── RequestRefused     the server answered no, with a code of the contract
    ├── StaleData          what was to be read is not known to be current
    ├── FeedOverflow       a consumer of a lossless feed fell behind its bound
    ├── TooManyInFlight    more requests are under way than the client is willing to hold
    └── ProtocolError      the server sent what the protocol does not allow

Role: the whole tree on one page. Imports nothing.
"""


class ClientError(Exception):
    """Be the root of everything the client raises."""


class ConnectFailed(ClientError):
    """No connection came about; `temporary` tells whether trying again may help."""

    def __init__(
        self, detail: str, *, temporary: bool, retry_after_ms: int | None = None, code: int = 0
    ) -> None:
        super().__init__(detail)
        self.temporary = temporary
        self.retry_after_ms = retry_after_ms
        self.code = code


class ConnectionLost(ClientError):
    """The connection ended; `code` is the WebSocket close code (1006: none came)."""

    def __init__(self, detail: str, *, code: int = 1006) -> None:
        super().__init__(detail)
        self.code = code


class OutcomeUnknown(ConnectionLost):
    """A request was sent and its answer never came."""


class RequestRefused(ClientError):
    """The server answered with an error; `code` is what programs read."""

    def __init__(
        self, code: str, detail: str, *, temporary: bool = False, retry_after_ms: int | None = None
    ) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.temporary = temporary
        self.retry_after_ms = retry_after_ms


class StaleData(ClientError):
    """A book, tape or order list was read that is not known to be current."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} is stale: {reason}")
        self.reason = reason


class FeedOverflow(ClientError):
    """The consumer of a feed's messages let more of them wait than the feed may hold."""


class TooManyInFlight(ClientError):
    """More requests are unanswered than the client holds at a time."""


class ProtocolError(ClientError):
    """The server sent something that is no message of the protocol."""
