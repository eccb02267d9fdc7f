"""Play every case of tests/engine/cases on both implementations, and demand that none is missing.

Role: the rules, one by one, in text that a trader can read (tests/engine/case_format.py).
"""

import pytest

from engine.events import (
    AmendCause,
    CommandCompleted,
    MatchingEngineEvent,
    OrderAmended,
    OrderCancelled,
    OrderStatus,
    OrderStatusChanged,
)
from engine.reasons import CANCEL_COMMAND_REASONS, Reason
from tests.engine.case_format import CASES, Case, parse_cases, play, read_cases
from tests.engine.implementations import REFERENCE, EngineClass, engine_class

ALL = [
    pytest.param(case, id=f"{path.stem}: {case.name}")
    for path in sorted(CASES.glob("*.txt"))
    for case in read_cases(path)
]
REFUSALS = {reason for reason in Reason if 0 < reason < Reason.USER}
TRIGGER_REFUSALS = {
    Reason.PRICE_BAND,
    Reason.CAPACITY,
    Reason.POST_ONLY_WOULD_CROSS,
    Reason.FOK_UNFILLABLE,
    Reason.NO_LIQUIDITY,
    Reason.SELF_TRADE,
}
CANCELS = CANCEL_COMMAND_REASONS | TRIGGER_REFUSALS | {Reason.IOC, Reason.EXPIRED, Reason.AMEND}
TRANSITIONS = {
    (OrderStatus.NOTHING, OrderStatus.REJECTED),
    (OrderStatus.OPEN, OrderStatus.PARTIALLY_FILLED),
    (OrderStatus.OPEN, OrderStatus.FILLED),
    (OrderStatus.OPEN, OrderStatus.CANCELLED),
    (OrderStatus.OPEN, OrderStatus.EXPIRED),
    (OrderStatus.PARTIALLY_FILLED, OrderStatus.FILLED),
    (OrderStatus.PARTIALLY_FILLED, OrderStatus.CANCELLED),
    (OrderStatus.PARTIALLY_FILLED, OrderStatus.EXPIRED),
    (OrderStatus.UNTRIGGERED, OrderStatus.OPEN),
    (OrderStatus.UNTRIGGERED, OrderStatus.CANCELLED),
    (OrderStatus.UNTRIGGERED, OrderStatus.EXPIRED),
}


@pytest.mark.parametrize("case", ALL)
def test_what_comes_out_is_what_the_case_says(case: Case, engine_type: EngineClass) -> None:
    for played in play(case, engine_type):
        step = played.step
        assert played.lines == step.expected, f"line {step.line}: {step.text}"


@pytest.fixture(scope="module")
def all_events() -> list[MatchingEngineEvent]:
    cases = [case for path in CASES.glob("*.txt") for case in read_cases(path)]
    reference = engine_class(REFERENCE)
    return [event for case in cases for played in play(case, reference) for event in played.events]


def test_every_refusal_is_seen(all_events: list[MatchingEngineEvent]) -> None:
    seen = {event.reason for event in all_events if isinstance(event, CommandCompleted)}
    assert seen == REFUSALS | {Reason.NONE}


def test_every_cancel_reason_is_seen(all_events: list[MatchingEngineEvent]) -> None:
    seen = {event.reason for event in all_events if isinstance(event, OrderCancelled)}
    assert seen == CANCELS


def test_refusals_and_cancels_are_all_reasons_there_are() -> None:
    assert REFUSALS | CANCELS | {Reason.NONE} == set(Reason)


def test_every_status_transition_is_seen(all_events: list[MatchingEngineEvent]) -> None:
    changes = [event for event in all_events if isinstance(event, OrderStatusChanged)]
    assert {(event.old_status, event.new_status) for event in changes} == TRANSITIONS


def test_every_cause_of_an_amend_is_seen(all_events: list[MatchingEngineEvent]) -> None:
    seen = {event.cause for event in all_events if isinstance(event, OrderAmended)}
    assert seen == set(AmendCause)


def test_every_case_has_a_name_of_its_own_and_expects_something() -> None:
    cases = [case for path in CASES.glob("*.txt") for case in read_cases(path)]
    names = [case.name for case in cases]
    assert len(names) == len(set(names))
    for case in cases:
        assert any(step.expected for step in case.steps), case.name


@pytest.mark.parametrize(
    "line",
    ["1 buy", "1 dance #3", "buy 5 @ 100", "1 buy 5 stp wildly", "state asleep", "limits horses 3"],
)
def test_a_line_that_makes_no_sense_is_named(line: str) -> None:
    with pytest.raises(ValueError, match=r"bad\.txt:2"):
        parse_cases(f"case A bad line\n{line}\n", "bad.txt")
