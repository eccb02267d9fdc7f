"""The metric families and their exposition."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from app.observe.metrics import Metrics
from engine.commands import CancelAll, NewOrder
from tests.observe.exposition import samples

CONTRACT_NAMES = """
depthcast_commands_total depthcast_events_total depthcast_trades_total depthcast_ring_depth
depthcast_ring_capacity depthcast_command_latency_seconds depthcast_connections
depthcast_subscriptions depthcast_messages_sent_total depthcast_bytes_sent_total
depthcast_conflated_total depthcast_disconnects_total depthcast_auth_failures_total
depthcast_rate_limited_total depthcast_event_loop_lag_seconds depthcast_crossed_book_total
""".split()


@pytest.mark.parametrize("name", CONTRACT_NAMES)
def test_every_promised_name_is_exposed(name):
    families = text_string_to_metric_families(Metrics().exposition().decode())
    assert name.removesuffix("_total") in {family.name for family in families}


def test_a_crossed_book_shows_as_zero_before_it_ever_happens():
    metrics = Metrics()
    assert samples(metrics)["depthcast_crossed_book_total",] == 0
    metrics.crossed("ACME-USD")
    assert samples(metrics)["depthcast_crossed_book_total",] == 1


def test_commands_count_by_type_and_outcome():
    metrics = Metrics()
    for command_type, outcome in (
        (NewOrder, "accepted"),
        (NewOrder, "accepted"),
        (CancelAll, "busy"),
    ):
        metrics.count_command(command_type, outcome)
    found = samples(metrics)
    accepted = ("outcome", "accepted"), ("type", "new_order")
    assert found["depthcast_commands_total", *accepted] == 2
    assert found["depthcast_commands_total", ("outcome", "busy"), ("type", "cancel_all")] == 1


def test_latency_buckets_are_cumulative_and_in_seconds():
    metrics = Metrics()
    for duration_ns in (50_000, 50_001, 2_000_000_000):
        metrics.command_latency.observe_ns(duration_ns, "engine")
    found = samples(metrics)
    name, stage = "depthcast_command_latency_seconds", ("stage", "engine")
    assert found[f"{name}_bucket", ("le", "5e-05"), stage] == 1
    assert found[f"{name}_bucket", ("le", "0.0001"), stage] == 2
    assert found[f"{name}_bucket", ("le", "1.0"), stage] == 2
    assert found[f"{name}_bucket", ("le", "+Inf"), stage] == found[f"{name}_count", stage] == 3
    assert found[f"{name}_sum", stage] == pytest.approx(2.000100001)


def test_readers_are_asked_at_each_exposition():
    metrics, depth = Metrics(), {("command",): 3}
    metrics.ring_depth.read_from(lambda: depth)
    metrics.ring_depth.read_from(lambda: {("event",): 7})
    metrics.disconnects.read_from(lambda: {("4408",): 2})
    depth[("command",)] = 4
    found = samples(metrics)
    assert found["depthcast_ring_depth", ("ring", "command")] == 4
    assert found["depthcast_ring_depth", ("ring", "event")] == 7
    assert found["depthcast_disconnects_total", ("code", "4408")] == 2


def test_two_servers_count_apart():
    first, second = Metrics(), Metrics()
    first.bytes_sent.add(amount=10)
    assert (first.bytes_sent.value(), second.bytes_sent.value()) == (10, 0)
