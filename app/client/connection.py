"""Keep a connection to a server across its ends, and match requests with their answers.

Role: Connection, the asyncio life of the protocol: reconnecting as the close codes ask. The socket
is in link.py, the protocol in session.py; whoever wants the data is told as a ConnectionListener.

    open ──► live ──ended──► reconnecting ──backoff──► open …
                    └─ a code that forbids coming back, or reconnect=False ──► closed
"""

import asyncio
import random
from collections.abc import Callable
from enum import StrEnum, unique
from types import TracebackType
from typing import Final, Protocol, Self

from app.client.backoff import backoff_ms
from app.client.close_codes import Return, close_policy
from app.client.codec import CODECS, Encoding, Message
from app.client.errors import (
    ConnectFailed,
    ConnectionLost,
    OutcomeUnknown,
    RequestRefused,
    TooManyInFlight,
)
from app.client.link import Link, open_link
from app.client.messages import ErrorMessage, Hello
from app.client.session import Answered, Event, Noticed, Refused, Session

IN_FLIGHT_MAX: Final = 10_000
"""Unanswered requests that one client holds; more is a caller that never waits."""

SETTLED_AFTER_S: Final = 10
"""So long must a connection live before earlier failures are forgotten."""

Token = str | Callable[[], str] | None
"""A token, or what makes a fresh one for each connection and before one expires."""


@unique
class State(StrEnum):
    """Whether there is a connection."""

    LIVE = "live"
    RECONNECTING = "reconnecting"
    CLOSED = "closed"


class ConnectionListener(Protocol):
    """Be told what happens on a connection; called on the loop thread, never waits."""

    def opened(self, session: Session) -> None:
        """Take a new connection's session: subscribe on it what is wanted."""

    def received(self, event: Event) -> None:
        """Take an event that is no answer to a request."""

    def ended(self, lost: ConnectionLost, *, for_good: bool) -> None:
        """Learn that the connection ended; nothing more comes if `for_good`."""


class Connection:
    """One connection at a time to one server; owned by the loop thread it was entered on."""

    def __init__(
        self,
        url: str,
        listener: ConnectionListener,
        *,
        token: Token = None,
        encoding: Encoding = "json",
        reconnect: bool = True,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self.url = url
        self.state = State.CLOSED
        self.problem = "not connected yet"
        """Why there is no connection; empty while there is one."""
        self._listener = listener
        self._token = token
        self._codec = CODECS[encoding]
        self._reconnect = reconnect
        self._uniform = uniform
        self._link: Link | None = None
        self._tasks = asyncio.TaskGroup()
        self._runner: asyncio.Task[None] | None = None
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self._attempt = 0
        self._retry_after_ms: int | None = None

    async def __aenter__(self) -> Self:
        link = await self._open()
        await self._tasks.__aenter__()
        self._runner = self._tasks.create_task(self._run(link))
        self._adopt(link)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._runner is not None, "entered before"
        if self._link is not None:
            await self._link.close()
        self._runner.cancel()
        # Only a cancellation can be the task group's own doing; it would wrap any other error.
        if isinstance(error, asyncio.CancelledError):
            await self._tasks.__aexit__(kind, error, trace)
        else:
            await self._tasks.__aexit__(None, None, None)
        self._leave(ConnectionLost("closed by this client", code=1000), State.CLOSED)

    @property
    def greeting(self) -> Hello | None:
        """What the server said first on the open connection; None while there is none."""
        return None if self._link is None else self._link.greeting

    def request(self, op: str, fields: Message) -> asyncio.Future[Message]:
        """Send an op at once; the future gets its ack, or RequestRefused, or OutcomeUnknown.

        Raises ConnectionLost where there is no connection, TooManyInFlight at the bound.
        """
        if self._link is None:
            raise ConnectionLost(self.problem)
        if len(self._answers) >= IN_FLIGHT_MAX:
            raise TooManyInFlight(f"{IN_FLIGHT_MAX} requests are unanswered")
        answer: asyncio.Future[Message] = asyncio.get_running_loop().create_future()
        self._answers[self._link.session.request(op, fields)] = answer
        return answer

    async def _run(self, link: Link) -> None:
        """Serve one connection after the other until one ends for good."""
        while True:
            lost = await self._serve(link)
            if not self._reconnect or not self._may_return(lost.code):
                self._leave(lost, State.CLOSED)
                return
            self._leave(lost, State.RECONNECTING)
            try:
                link = await self._come_back(lost.code)
            except ConnectFailed as failed:
                self._leave(ConnectionLost(str(failed), code=failed.code), State.CLOSED)
                return
            self._adopt(link)

    async def _serve(self, link: Link) -> ConnectionLost:
        loop = asyncio.get_running_loop()
        started_s = loop.time()
        self._retry_after_ms = None
        lost = await link.serve(self._on_event)
        if loop.time() - started_s > SETTLED_AFTER_S:
            self._attempt = 0
        return lost

    async def _come_back(self, code: int) -> Link:
        """Try until a connection comes about; raises ConnectFailed where trying is in vain."""
        told_ms = self._retry_after_ms if close_policy(code).rule is Return.WHEN_TOLD else None
        while True:
            self._attempt += 1
            wait_ms = told_ms if told_ms is not None else backoff_ms(self._attempt, self._uniform)
            await asyncio.sleep(wait_ms / 1000)
            try:
                return await self._open()
            except ConnectFailed as failed:
                if not failed.temporary and not self._may_return(failed.code):
                    raise
                self.problem = str(failed)
                told_ms = failed.retry_after_ms

    async def _open(self) -> Link:
        token = self._token() if callable(self._token) else self._token
        return await open_link(self.url, token, self._codec)

    def _may_return(self, code: int) -> bool:
        """Whether a connection that ended with `code` is worth another one; 0 is none at all."""
        if code == 0:
            return False
        rule = close_policy(code).rule
        return rule in (Return.BACKOFF, Return.WHEN_TOLD) or (
            rule is Return.NEW_TOKEN and callable(self._token)
        )

    def _adopt(self, link: Link) -> None:
        self._link = link
        self.state = State.LIVE
        self.problem = ""
        self._listener.opened(link.session)

    def _leave(self, lost: ConnectionLost, state: State) -> None:
        """Give up the link, if there is one: what was under way ends as unknown."""
        if self._link is not None:
            self._link.session.close(str(lost))
            self._link = None
        self.state = state
        self.problem = str(lost)
        answers, self._answers = self._answers, {}
        for answer in answers.values():
            if not answer.done():
                answer.set_exception(OutcomeUnknown(str(lost), code=lost.code))
        self._listener.ended(lost, for_good=state is State.CLOSED)

    def _on_event(self, event: Event) -> None:
        if isinstance(event, Answered):
            answer = self._answers.pop(event.request_id, None)
            if answer is not None and not answer.done():
                answer.set_result(event.message)
        elif isinstance(event, Refused):
            self._on_refusal(event)
        elif isinstance(event, Noticed):
            self._on_notice(event.message)
            self._listener.received(event)
        else:
            self._listener.received(event)

    def _on_refusal(self, refused: Refused) -> None:
        error = refused.error
        if refused.request_id is None:
            self._retry_after_ms = error.retry_after_ms
            return
        answer = self._answers.pop(refused.request_id, None)
        if answer is not None and not answer.done():
            answer.set_exception(refusal(error))

    def _on_notice(self, notice: Message) -> None:
        if notice["type"] == "shutdown":
            self._retry_after_ms = notice.get("reconnect_after_ms")
        elif notice["type"] == "token_expiring" and callable(self._token):
            self.request("auth", {"token": self._token()})


def refusal(error: ErrorMessage) -> RequestRefused:
    """Return the exception that tells of an error message."""
    return RequestRefused(
        error.code,
        error.message,
        temporary=error.temporary,
        retry_after_ms=error.retry_after_ms,
    )
