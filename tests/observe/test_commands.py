"""Commands as the metrics see them."""

import pytest

from app.bridge import Outcome
from app.errors import refuse
from app.observe.commands import CommandObserver
from app.observe.metrics import Metrics
from engine.commands import CancelAll
from engine.reasons import Reason
from tests.observe.exposition import samples

SUBMITTED_NS = 1_000
MATCHED_NS = SUBMITTED_NS + 40_000
PUBLISHED_NS = SUBMITTED_NS + 70_000


def observer(metrics, now_ns=PUBLISHED_NS):
    return CommandObserver(metrics, lambda: now_ns, {7: MATCHED_NS}.__getitem__)


def outcome(*, accepted=False, reason=Reason.NONE, unknown=False):
    return Outcome(7, accepted, reason, SUBMITTED_NS, unknown=unknown)


def latency(metrics, stage, suffix, **labels):
    key = tuple(sorted({**labels, "stage": stage}.items()))
    return samples(metrics).get((f"depthcast_command_latency_seconds_{suffix}", *key), 0)


@pytest.mark.parametrize(
    ("ended", "label", "timed"),
    [
        (outcome(accepted=True), "accepted", 1),
        (outcome(reason=Reason.HALTED), "refused", 1),
        (outcome(unknown=True), "unknown", 0),
    ],
)
def test_a_command_counts_by_its_outcome_and_is_timed_when_that_is_known(ended, label, timed):
    metrics = Metrics()
    observer(metrics).submitted(CancelAll(account=1), None)
    observer(metrics).completed(CancelAll, ended, SUBMITTED_NS)
    assert metrics.commands.read() == {("cancel_all", label): 1}
    assert latency(metrics, "engine", "bucket", le="5e-05") == timed
    assert latency(metrics, "published", "bucket", le="5e-05") == 0
    assert latency(metrics, "published", "bucket", le="0.0001") == timed
    assert latency(metrics, "published", "count") == timed


def test_a_command_that_did_not_get_in_counts_at_once():
    metrics = Metrics()
    observer(metrics).submitted(CancelAll(account=1), refuse("engine_busy", "full"))
    assert metrics.commands.read() == {("cancel_all", "busy"): 1}


def test_a_clock_that_was_set_back_makes_no_negative_duration():
    metrics = Metrics()
    observer(metrics, now_ns=0).completed(CancelAll, outcome(), SUBMITTED_NS)
    assert latency(metrics, "published", "sum") == 0
