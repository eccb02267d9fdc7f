"""What a handler is given."""

import pytest

from app.api.call import ApiRequest, Call
from app.api.table import CALLS
from auth.tokens import Identity


def request(identity=None, headers=()):
    return ApiRequest(identity, list(headers), {}, {})


def test_a_request_speaks_for_the_account_of_its_token():
    assert request(Identity("alice", frozenset(), 0)).account == "alice"


def test_a_call_without_a_scope_must_not_ask_for_an_account():
    with pytest.raises(AssertionError):
        assert request().account


def test_the_first_header_of_a_name_counts():
    headers = [(b"x", b"1"), (b"x", b"2")]
    assert request(headers=headers).header(b"x", b"") == b"1"
    assert request(headers=headers).header(b"y", b"none") == b"none"


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_only_calls_with_a_body_change_by_what_they_are_sent(call):
    assert isinstance(call, Call)
    assert (call.body is None) or call.method in ("POST", "PATCH")
