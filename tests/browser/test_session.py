"""The page's protocol object by messages alone: no socket, no timer."""

from typing import Any

import pytest

from tests.browser.depth_messages import IndependentBook
from tests.browser.modules import Modules

HELLO = {"type": "hello", "epoch": "e1", "heartbeat_ms": 5000}
PLAY = """({Session, LocalBook}, {token, epoch, steps}) => {
  const session = new Session(token, epoch);
  const book = new LocalBook();
  const depth = {channel: 'depth', symbol: 'ACME-USD', options: {levels: 25}, sink: book};
  return steps.map((step) => {
    let events = [];
    if (step === 'subscribe') session.subscribe(depth);
    else if (step === 'unsubscribe') session.unsubscribe('depth', 'ACME-USD');
    else if (step === 'heal') session.heal('depth:ACME-USD');
    else if (step === 'close') events = session.close();
    else if (step.request) session.request(step.request, {});
    else events = session.receive(step);
    return {events, sent: session.takeOutgoing(), ready: session.ready, live: book.live,
            seq: book.seq, reason: book.staleReason};
  });
}"""
MODULES = "protocol/session.js market/book.js"


def play(
    modules: Modules, *steps: Any, token: str | None = None, epoch: str | None = None
) -> list[dict[str, Any]]:
    """What the session did at each step."""
    argument = {"token": token, "epoch": epoch, "steps": list(steps)}
    states: list[dict[str, Any]] = modules.run(MODULES, PLAY, argument)
    return states


def ack(identity: int, **fields: Any) -> dict[str, Any]:
    return {"type": "ack", "id": identity, **fields}


def kinds(state: dict[str, Any]) -> list[str]:
    return [event["kind"] for event in state["events"]]


@pytest.fixture
def server() -> IndependentBook:
    return IndependentBook()


@pytest.fixture
def first(server: IndependentBook) -> dict[str, Any]:
    return server.message("snapshot", 5, [["1.00", "1.0000"]], [["2.00", "1.0000"]])


def heartbeat(sent: int | None) -> dict[str, Any]:
    return {"type": "heartbeat", "seqs": {"depth:ACME-USD": {"sent": sent, "as_of": 99}}}


def test_without_a_token_the_session_is_ready_at_hello(modules: Modules) -> None:
    (state,) = play(modules, HELLO)
    assert (kinds(state), state["sent"], state["ready"]) == (["hello", "ready"], [], True)


def test_a_token_is_the_first_message_and_its_ack_opens_the_session(modules: Modules) -> None:
    hello, accepted = play(modules, HELLO, ack(1, op="auth"), token="a.b.c")
    assert hello["sent"] == [{"op": "auth", "id": 1, "token": "a.b.c"}]
    assert not hello["ready"]
    assert (kinds(accepted), accepted["ready"]) == (["answer", "ready"], True)


def test_a_refused_token_does_not_open_the_session(modules: Modules) -> None:
    refusal = {"type": "error", "id": 1, "op": "auth", "code": "unauthenticated", "message": "no"}
    state = play(modules, HELLO, refusal, token="a.b.c")[-1]
    assert (kinds(state), state["ready"]) == (["refused"], False)


def test_a_subscription_is_live_after_ack_and_snapshot(
    modules: Modules, first: dict[str, Any]
) -> None:
    _, asked, acked, shown = play(modules, HELLO, "subscribe", ack(1), first)
    wanted = {"op": "subscribe", "channel": "depth", "symbols": ["ACME-USD"], "levels": 25}
    assert asked["sent"] == [wanted | {"id": 1}]
    assert (acked["live"], shown["live"], shown["seq"]) == (False, True, 5)


def test_messages_of_the_chain_before_an_ack_are_passed_over(
    modules: Modules, first: dict[str, Any], server: IndependentBook
) -> None:
    old = server.message("delta", 6, [["1.10", "1.0000"]], [])
    states = play(modules, HELLO, "subscribe", ack(1), first, "subscribe", old, ack(2), first)
    assert states[5]["events"] == []
    assert [state["live"] for state in states[3:]] == [True, False, False, False, True]


def test_a_gap_breaks_the_chain_until_it_is_healed(
    modules: Modules, first: dict[str, Any], server: IndependentBook
) -> None:
    server.message("delta", 6, [["1.10", "1.0000"]], [])
    late = server.message("delta", 7, [["1.20", "1.0000"]], [])
    states = play(modules, HELLO, "subscribe", ack(1), first, late, late, "heal", ack(2), first)
    fault = {"kind": "fault", "key": "depth:ACME-USD", "reason": "gap", "attempt": 1}
    assert states[4]["events"] == [fault]
    assert (states[4]["live"], states[4]["reason"]) == (False, "gap")
    assert states[5]["events"] == []
    assert [message["op"] for message in states[6]["sent"]] == ["subscribe"]
    assert states[-1]["live"]


def test_faults_are_counted_until_a_heartbeat_confirms_the_chain(
    modules: Modules, first: dict[str, Any]
) -> None:
    bad = first | {"checksum": 1}
    begin = [HELLO, "subscribe", ack(1), bad, "heal", ack(2), bad, "heal", ack(3), first]
    told = [event for state in play(modules, *begin) for event in state["events"]]
    assert [event["attempt"] for event in told if event["kind"] == "fault"] == [1, 2]
    again = play(modules, *begin, heartbeat(5), first | {"checksum": 1})[-1]
    assert again["events"][0]["attempt"] == 1


@pytest.mark.parametrize(("sent", "faults"), [(5, []), (6, ["gap"]), (4, ["gap"]), (None, [])])
def test_a_heartbeat_that_tells_another_seq_is_a_gap(
    modules: Modules, first: dict[str, Any], sent: int | None, faults: list[str]
) -> None:
    state = play(modules, HELLO, "subscribe", ack(1), first, heartbeat(sent))[-1]
    assert [event["reason"] for event in state["events"]] == faults
    assert state["live"] == (not faults)


def test_a_heartbeat_between_request_and_snapshot_says_nothing(
    modules: Modules, first: dict[str, Any]
) -> None:
    steps = [HELLO, "subscribe", ack(1), first, "subscribe", heartbeat(1), ack(2), heartbeat(1)]
    assert [state["events"] for state in play(modules, *steps)[4:]][1::2] == [[], []]


def test_another_epoch_in_a_message_asks_for_everything_anew(
    modules: Modules, first: dict[str, Any]
) -> None:
    other = first | {"epoch": "e2"}
    state = play(modules, HELLO, "subscribe", ack(1), first, other)[-1]
    assert state["events"] == [{"kind": "epoch", "epoch": "e2"}]
    assert [message["op"] for message in state["sent"]] == ["subscribe"]
    assert not state["live"]


@pytest.mark.parametrize(("before", "expected"), [(None, []), ("e1", []), ("e0", ["epoch"])])
def test_hello_tells_whether_the_epoch_changed_since_the_last_connection(
    modules: Modules, before: str | None, expected: list[str]
) -> None:
    (state,) = play(modules, HELLO, epoch=before)
    assert [kind for kind in kinds(state) if kind == "epoch"] == expected


def test_orders_in_flight_at_the_end_have_an_unknown_outcome(modules: Modules) -> None:
    steps = [HELLO, {"request": "order.new"}, {"request": "ping"}, ack(9), "close"]
    state = play(modules, *steps)[-1]
    assert [event["op"] for event in state["events"]] == ["order.new"]
    assert state["events"][0]["message"]["code"] == "outcome_unknown"


def test_the_book_is_stale_as_soon_as_the_connection_ends(
    modules: Modules, first: dict[str, Any]
) -> None:
    state = play(modules, HELLO, "subscribe", ack(1), first, "close")[-1]
    assert (state["live"], state["reason"]) == (False, "disconnected")


def test_a_refused_subscription_says_why_the_book_is_empty(modules: Modules) -> None:
    refusal = {"type": "error", "id": 1, "op": "subscribe", "code": "forbidden", "message": "no"}
    state = play(modules, HELLO, "subscribe", refusal)[-1]
    assert (kinds(state), state["reason"]) == (["refused"], "forbidden")


@pytest.mark.parametrize(
    "message",
    [
        {"type": "something_new"},
        {"type": "update", "channel": "stats", "epoch": "e1"},
        {"type": "ack", "id": 77, "op": "subscribe"},
    ],
)
def test_what_was_not_asked_for_is_passed_over(modules: Modules, message: dict[str, Any]) -> None:
    state = play(modules, HELLO, message)[-1]
    assert (state["events"], state["sent"]) == ([], [])


def test_nothing_is_shown_of_a_market_that_was_left(
    modules: Modules, first: dict[str, Any]
) -> None:
    states = play(modules, HELLO, "subscribe", ack(1), "unsubscribe", first)
    gone = {"op": "unsubscribe", "id": 2, "channel": "depth", "symbols": ["ACME-USD"]}
    assert states[3]["sent"] == [gone]
    assert states[-1]["seq"] is None


def test_waits_double_up_to_a_limit_and_never_fall_below_their_half(modules: Modules) -> None:
    call = """({backoffMs}, attempts) =>
      attempts.map((attempt) => [backoffMs(attempt, () => 0), backoffMs(attempt, () => 1)])"""
    waits = modules.run("protocol/backoff.js", call, [1, 2, 3, 7, 1000])
    assert waits == [[250, 500], [500, 1000], [1000, 2000], [15000, 30000], [15000, 30000]]


@pytest.mark.parametrize(
    ("token", "account"),
    [
        ("e30.eyJzdWIiOiJhbGljZSIsImV4cCI6MTAwLCJzY29wZSI6ImEgYiJ9.c2ln", "alice"),
        ("e30.bnVsbA.c2ln", None),
        ("e30.e30.c2ln", None),
        ("e30.!.c2ln", None),
        ("e30.e30", None),
        ("", None),
    ],
)
def test_a_token_tells_whose_it_is_or_that_it_is_none(
    modules: Modules, token: str, account: str | None
) -> None:
    call = "({readClaims}, token) => readClaims(token)?.account ?? null"
    assert modules.run("protocol/token.js", call, token) == account


@pytest.mark.parametrize(
    ("fragment", "value", "rest"),
    [
        ("#token=a.b-c_d", "a.b-c_d", ""),
        ("#symbol=ACME-USD&token=a", "a", "#symbol=ACME-USD"),
        ("#symbol=ACME-USD", None, "#symbol=ACME-USD"),
        ("", None, ""),
    ],
)
def test_the_token_is_taken_out_of_the_fragment(
    modules: Modules, fragment: str, value: str | None, rest: str
) -> None:
    call = "({takeFromFragment}, fragment) => takeFromFragment(fragment, 'token')"
    found = modules.run("protocol/token.js", call, fragment)
    assert found == {"value": value, "rest": rest}
