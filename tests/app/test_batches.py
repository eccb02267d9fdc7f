"""Outcomes that come in any order leave in the order of the orders."""

from itertools import permutations

import pytest

from app import wire
from app.batches import Batch
from app.errors import refuse


@pytest.mark.parametrize("arrival", list(permutations(range(3))))
def test_the_answer_comes_with_the_last_outcome_and_in_order(arrival: tuple[int, ...]) -> None:
    answers: list[wire.BatchOutcomes] = []
    batch = Batch(3, answers.append)
    for place in arrival:
        assert answers == []
        batch.take(place, refuse("halted", str(place)))
    errors = [outcome.error for outcome in answers[0].outcomes]
    assert [error.detail for error in errors if isinstance(error, wire.Problem)] == list("012")
    assert len(answers) == 1


def test_an_order_with_two_outcomes_is_a_bug() -> None:
    batch = Batch(2, lambda outcomes: None)
    batch.take(0, wire.Validated())
    with pytest.raises(AssertionError):
        batch.take(0, wire.Validated())
