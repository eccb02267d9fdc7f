"""Reading a request's body from ASGI messages."""

import asyncio

import pytest

from app.api.body import BODY_BYTES_MAX, ClientGone, decode_object, read_object
from app.errors import Refusal

JSON = (b"content-type", b"application/json")


def read(*messages, headers=(JSON,)):
    """Read a body that comes in these messages; return it with how many were taken."""
    waiting = list(messages)

    async def receive():
        return waiting.pop(0)

    body = asyncio.run(read_object({"headers": list(headers)}, receive))
    return body, len(messages) - len(waiting)


def part(body, *, more=False):
    return {"type": "http.request", "body": body, "more_body": more}


def test_a_body_may_come_in_parts():
    messages = (part(b'{"a"', more=True), part(b"", more=True), part(b":1}"))
    assert read(*messages) == ({"a": 1}, 3)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"content-type", b"application/json; charset=utf-8")],
        [(b"content-type", b"Application/JSON")],
        [JSON, (b"content-encoding", b"identity")],
    ],
)
def test_json_may_be_named_or_not(headers):
    assert read(part(b"{}"), headers=headers) == ({}, 1)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ((b"content-type", b"text/plain"), "unsupported_media_type"),
        ((b"content-type", b"application/x-www-form-urlencoded"), "unsupported_media_type"),
        ((b"content-encoding", b"gzip"), "unsupported_media_type"),
        ((b"content-length", b"65537"), "too_large"),
    ],
)
def test_what_the_headers_rule_out_is_not_read(header, code):
    refusal, taken = read(part(b"{}"), headers=[header])
    assert (refusal.code, taken) == (code, 0)


def test_the_largest_body_is_read():
    body = b'{"a":"' + b"x" * (BODY_BYTES_MAX - 8) + b'"}'
    assert len(body) == BODY_BYTES_MAX
    assert isinstance(read(part(body))[0], dict)


@pytest.mark.parametrize(
    "messages",
    [
        [part(b"x" * (BODY_BYTES_MAX + 1))],
        [part(b"x" * BODY_BYTES_MAX, more=True), part(b"x", more=True), part(b"never read")],
    ],
    ids=["at once", "in parts"],
)
def test_a_body_that_grows_too_large_is_not_read_on(messages):
    refusal, taken = read(*messages)
    assert (refusal.code, taken) == ("too_large", min(len(messages), 2))


@pytest.mark.parametrize("before", [[], [part(b"{", more=True)]])
def test_a_client_that_leaves_gets_no_answer(before):
    with pytest.raises(ClientGone):
        read(*before, {"type": "http.disconnect"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"{'a': 1}", "invalid_json"),
        (b'{"a": NaN}', "invalid_json"),
        (b'{"a": "\xff"}', "invalid_json"),
        (b'{"\xff": 1}', "invalid_json"),
        (b'{"a": "\\ud800"}', "invalid_json"),
        (b'{"a": 1} {}', "invalid_json"),
        (b"[" * 60_000, "invalid_json"),
        (b'{"a":' * 10_000, "invalid_json"),
        (b"[]", "invalid_request"),
        (b"null", "invalid_request"),
        (b'"text"', "invalid_request"),
        (b"1", "invalid_request"),
    ],
)
def test_what_is_no_json_object_is_refused(body, code):
    refusal = decode_object(body)
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
