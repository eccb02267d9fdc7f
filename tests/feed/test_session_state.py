"""What the verbs work on: how a session ends, exactly once, and lets go."""

import pytest

from app.errors import CloseCode, Refusal, refuse
from app.feed.messages import Envelope
from app.feed.session_state import SessionState
from tests.feed.feed_harness import Client, FeedHarness


@pytest.fixture
def client() -> Client:
    return FeedHarness().connect()


def state_of(client: Client) -> SessionState:
    return client.session._state


def test_a_session_ends_once(client: Client) -> None:
    state_of(client).end(CloseCode.REPLACED, Refusal("replaced", "first"))
    state_of(client).end(CloseCode.TOO_SLOW, Refusal("too_slow", "second"))
    assert [message["message"] for message in client.take()] == ["first"]
    assert client.close_code == 4409


def test_the_answer_to_an_op_may_be_its_end(client: Client) -> None:
    state_of(client).end(
        CloseCode.RATE_LIMITED, refuse("rate_limited", "slowly"), Envelope("ping", 3)
    )
    (error,) = client.take()
    assert (error["id"], error["op"], error["temporary"]) == (3, "ping", True)


@pytest.mark.parametrize("detail", ["x" * 500, "ä" * 200, "€" * 100])
def test_a_close_reason_fits_its_frame_and_is_whole_text(client: Client, detail: str) -> None:
    state_of(client).end(CloseCode.REPLACED, Refusal("replaced", detail))
    reason = client.sink.close_reason
    assert 110 < len(reason.encode()) <= 123
    assert f"replaced: {detail}".startswith(reason)


def test_a_timer_is_replaced_by_its_name(client: Client) -> None:
    called: list[int] = []
    state, server = state_of(client), client.server
    state.set_timer("x", server.now_us + 1_000, lambda _: called.append(1))
    state.set_timer("x", server.now_us + 2_000, lambda _: called.append(2))
    server.pass_ms(5)
    assert called == [2]


def test_no_timer_outlives_its_session(client: Client) -> None:
    called: list[int] = []
    state_of(client).set_timer("x", client.server.now_us + 1_000, called.append)
    client.session.lost()
    client.server.pass_ms(10)
    assert called == []
