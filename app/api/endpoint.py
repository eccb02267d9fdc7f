"""Answer one path: from the ASGI messages to a call of the table and back.

    method ──► token, scope ──► query ──► body ──► handler ──► answer
      405         401 403        400    415 413 400   any        └──► JSON, or problem+json

Role: the thin shell around all calls; it alone awaits the client. Plain ASGI, since every layer
in between costs an order some microseconds.
"""

import logging
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from starlette.types import Receive, Scope, Send

from app.api.authentication import Authenticator
from app.api.body import ClientGone, read_object
from app.api.call import Answer, ApiRequest, Call, Content, Reply
from app.api.problem import CONTENT_TYPE, NO_SNIFFING, NO_STORE, problem_body, problem_headers
from app.api.query import parse_query
from app.api.services import Services
from app.errors import Refusal, refuse

ADMIN_ACTION: Final = "admin"
"""An administrator who blocked himself can still undo it."""

_logger = logging.getLogger(__name__)


class Endpoint:
    """Serve all methods of one path; `pattern` is None for every path that is none."""

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        calls: Iterable[Call],
        pattern: str | None,
    ) -> None:
        """Serve `calls`, which differ in their methods; a GET serves HEAD too."""
        self._services = services
        self._authenticator = authenticator
        self._pattern = pattern or "unmatched"
        self._is_missing = pattern is None
        self._calls = {call.method: call for call in calls}
        self._open = {
            method for method, call in self._calls.items() if authenticator.is_open(call.action)
        }
        allowed = [*self._calls, "HEAD"] if "GET" in self._calls else [*self._calls]
        self._allow = (b"allow", ", ".join(allowed).encode())
        self._encoder = msgspec.json.Encoder()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        given = scope["method"]
        method = "GET" if given == "HEAD" else given
        call = self._calls.get(method)
        try:
            answer = self._no_call() if call is None else await self._answer(call, scope, receive)
        except ClientGone:
            return
        # The edge of the server: whatever went wrong must not take the connection with it, nor
        # tell a stranger how the server is built.
        except Exception:
            _logger.exception("%s %s failed", given, self._pattern)
            answer = refuse("internal", "the server failed to answer; the failure was logged")
        status, headers, body = self._rendered(call, answer)
        counted = method if call is not None else "other"
        self._services.metrics.requests.add(counted, self._pattern, str(status))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if given == "HEAD" else body})

    def _no_call(self) -> Refusal:
        if self._is_missing:
            return refuse("not_found", "there is nothing at this path")
        return refuse("method_not_allowed", "this path does not have that method")

    async def _answer(self, call: Call, scope: Scope, receive: Receive) -> Answer:
        identity = None
        if call.method not in self._open:
            assert call.action is not None  # what needs no action is open
            now_s = self._services.now_ns() / 1e9
            header = _header(scope["headers"], b"authorization")
            admitted = self._authenticator.admit(call.action, header, now_s)
            if isinstance(admitted, Refusal):
                return admitted
            blocked = self._services.blocks.refusal(admitted.account)
            if blocked is not None and call.action != ADMIN_ACTION:
                return blocked
            identity = admitted
        query = parse_query(
            scope["query_string"], call.parameters, blank_is_absent=call.method == "GET"
        )
        if isinstance(query, Refusal):
            return query
        request = ApiRequest(identity, scope["headers"], scope["path_params"], query)
        if call.body is not None:
            fields = await read_object(scope, receive)
            if isinstance(fields, Refusal):
                return fields
            request.fields = fields
        answer = call.handler(self._services, request)
        return answer if isinstance(answer, msgspec.Struct) else await answer

    def _rendered(
        self, call: Call | None, answer: Answer
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        if isinstance(answer, Refusal):
            status, body = problem_body(answer)
            extra = problem_headers(answer)
            if answer.code == "method_not_allowed":
                extra = (*extra, self._allow)
            return status, _headers(CONTENT_TYPE, body, NO_STORE, NO_SNIFFING, *extra), body
        if isinstance(answer, Content):
            headers = _headers(answer.content_type, answer.body, NO_SNIFFING, *answer.headers)
            if answer.status == 304:  # its length would be taken for that of the kept copy
                headers = headers[2:]
            return answer.status, headers, answer.body
        assert call is not None  # only a call answers with a struct
        reply = answer if isinstance(answer, Reply) else Reply(answer, call.status)
        body = self._encoder.encode(reply.answer)
        return reply.status, _headers(call.content_type, body, NO_STORE, NO_SNIFFING), body


def _headers(
    content_type: str, body: bytes, *others: tuple[bytes, bytes]
) -> list[tuple[bytes, bytes]]:
    return [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *others,
    ]


def _header(headers: list[tuple[bytes, Any]], name: bytes) -> bytes | None:
    for key, value in headers:
        if key == name:
            found: bytes = value
            return found
    return None
