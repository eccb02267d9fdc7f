"""What the hot path adds to."""

import pytest

from app.observe.families import LATENCY_BOUNDS_S, Counter, Gauge, Histogram


def test_the_bounds_ascend():
    assert list(LATENCY_BOUNDS_S) == sorted(set(LATENCY_BOUNDS_S))


def test_a_counter_counts_each_label_apart_and_by_any_amount():
    counter = Counter("n", "help", "type")
    counter.add("a")
    counter.add("b", amount=5)
    counter.add("a")
    assert (counter.value("a"), counter.value("b"), counter.value("c")) == (2, 5, 0)


def test_what_is_counted_here_and_elsewhere_is_added_up():
    counter = Counter("n", "help", "reason")
    counter.add("expired")
    counter.read_from(lambda: {("expired",): 2, ("scope",): 1})
    counter.read_from(lambda: {("scope",): 4})
    assert counter.read() == {("expired",): 3, ("scope",): 5}


def test_a_counter_without_labels_starts_at_zero():
    assert Counter("n", "help").read() == {(): 0}


def test_a_missing_label_is_a_bug():
    with pytest.raises(AssertionError):
        Counter("n", "help", "type").add()


@pytest.mark.parametrize("family", [Gauge("g", "help", "x"), Histogram("h", "help", "x")])
def test_a_family_that_saw_nothing_has_no_samples(family):
    assert [metric.samples for metric in family.collect()] == [[]]
