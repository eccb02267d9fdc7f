"""Check the life of one subscription: requested, awaiting, live, broken."""

import pytest

from app.client.book import LocalBook
from app.client.replica import Fault
from app.client.subscription import Phase, Subscription, Wanted
from tests.client.server_messages import depth_delta, depth_snapshot

WANTED = Wanted("depth", "ACME-USD", {"levels": 10, "interval_ms": 0})


def subscription_at(phase: Phase) -> Subscription:
    subscription = Subscription(WANTED, LocalBook("ACME-USD"))
    if phase is Phase.BROKEN:
        return subscription
    subscription.request(1)
    if phase is not Phase.REQUESTED:
        subscription.acknowledged(1)
    if phase is Phase.LIVE:
        assert subscription.receive(depth_snapshot(5, [], [])) is None
    return subscription


@pytest.mark.parametrize("phase", list(Phase))
def test_each_phase_is_reached_by_its_messages(phase: Phase) -> None:
    subscription = subscription_at(phase)
    assert subscription.phase is phase
    assert subscription.replica.live is (phase is Phase.LIVE)


def test_a_request_names_what_is_wanted() -> None:
    request = Subscription(WANTED, LocalBook("ACME-USD")).request(7)
    assert request == {
        "op": "subscribe",
        "id": 7,
        "channel": "depth",
        "symbols": ["ACME-USD"],
        "levels": 10,
        "interval_ms": 0,
    }
    assert Wanted("orders", None, {}).key == "orders"
    assert WANTED.key == "depth:ACME-USD"


@pytest.mark.parametrize("phase", [Phase.BROKEN, Phase.REQUESTED])
def test_messages_of_a_chain_that_was_given_up_are_passed_over(phase: Phase) -> None:
    subscription = subscription_at(phase)
    assert subscription.receive(depth_snapshot(5, [], [])) is None
    assert not subscription.replica.live


def test_asking_anew_makes_the_replica_stale_until_the_next_snapshot() -> None:
    subscription = subscription_at(Phase.LIVE)
    subscription.request(2)
    assert not subscription.replica.live
    subscription.acknowledged(1)
    assert subscription.phase is Phase.REQUESTED
    subscription.acknowledged(2)
    assert subscription.receive(depth_delta(5, 6, [], [], ([], []))) is Fault.GAP
    subscription.request(3)
    subscription.acknowledged(3)
    assert subscription.receive(depth_snapshot(9, [], [])) is None
    assert subscription.replica.live


@pytest.mark.parametrize(
    ("phase", "sent", "fault"),
    [
        (Phase.LIVE, 5, None),
        (Phase.LIVE, None, None),
        (Phase.LIVE, 6, Fault.GAP),
        (Phase.LIVE, 4, Fault.GAP),
        (Phase.AWAITING, 6, None),
        (Phase.REQUESTED, 6, None),
    ],
)
def test_a_heartbeat_that_tells_another_seq_is_a_gap(
    phase: Phase, sent: int | None, fault: Fault | None
) -> None:
    subscription = subscription_at(phase)
    assert subscription.heartbeat(sent) is fault
    assert subscription.replica.live is (phase is Phase.LIVE and fault is None)


def test_faults_are_counted_until_a_heartbeat_confirms_the_chain() -> None:
    subscription = subscription_at(Phase.LIVE)
    for count in (1, 2):
        assert subscription.receive(depth_delta(1, 2, [], [], ([], []))) is Fault.GAP
        assert subscription.faults == count
        subscription.request(count + 1)
        subscription.acknowledged(count + 1)
        assert subscription.receive(depth_snapshot(5, [], [])) is None
    assert subscription.heartbeat(5) is None
    assert subscription.faults == 0


def test_only_a_refusal_of_the_latest_request_counts() -> None:
    subscription = subscription_at(Phase.LIVE)
    subscription.request(2)
    assert not subscription.refused(1, "forbidden")
    assert subscription.phase is Phase.REQUESTED
    assert subscription.refused(2, "forbidden")
    assert (subscription.phase, subscription.replica.stale_reason) == (Phase.BROKEN, "forbidden")
