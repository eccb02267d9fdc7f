"""Describe one REST call: where it is, who may make it, what it takes, what it answers.

Role: the row type of the route table (routes.py), read by the shell (endpoint.py) and by the
specification (openapi.py). Sans-I/O.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final

import msgspec

from app.api.query import Parameter
from app.api.services import Services
from auth.tokens import Identity


@dataclass(slots=True)
class ApiRequest:
    """One request that passed authentication and syntax.

    `path` and `query` hold parameters by name, those of the query checked; `fields` is the JSON
    object of the body.
    """

    identity: Identity | None
    headers: list[tuple[bytes, bytes]]
    path: dict[str, str]
    query: dict[str, Any]
    fields: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """Return who asks; only calls that need a scope have an account."""
        assert self.identity is not None
        return self.identity.account

    def header(self, name: bytes, default: bytes) -> bytes:
        """Return the first header of a name in lower case."""
        return next((value for key, value in self.headers if key == name), default)


class Content(msgspec.Struct, frozen=True):
    """Answer with bytes that are not made from a struct."""

    body: bytes
    content_type: str
    status: int = 200
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Reply(msgspec.Struct, frozen=True):
    """Answer with a struct under another status than the call's own."""

    answer: msgspec.Struct
    status: int


Answer = msgspec.Struct
"""A struct to be sent as JSON, a `Reply`, a `Content` to be sent as it is, or a `Refusal`."""

Handler = Callable[[Services, ApiRequest], Answer | Awaitable[Answer]]
"""A handler that cannot wait is a plain function."""

ENGINE_CODES: Final = ("engine_busy", "outcome_unknown", "shutting_down")
"""What every call that asks the engine may answer."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the route table.

    `action` is what auth.policy knows it by, None where everybody may. `answer` is the type of
    the body with `status`; None where it is not JSON of ours, then `content_type` says what.
    `body` is the type of the JSON object taken, None where no body is read; `codes` are the
    refusals that are its own, beside those every call may answer; `other_answers` are the types
    of rarer successes by status.
    """

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    action: str | None = None
    answer: Any = None
    status: int = 200
    content_type: str = "application/json"
    body: Any = None
    parameters: tuple[Parameter, ...] = ()
    codes: tuple[str, ...] = ()
    other_answers: dict[int, Any] = msgspec.field(default_factory=dict)
