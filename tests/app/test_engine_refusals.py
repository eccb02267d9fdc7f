"""What the engine refuses, in words; and what `validate` can tell without the engine."""

from collections.abc import Callable
from typing import Any

import pytest

from app import wire
from app.engine_refusals import ENGINE_REFUSALS
from app.errors import Refusal
from engine.commands import MarketState
from engine.reasons import Reason
from tests.app.harness import Harness, new_order
from tests.app.refused_orders import MARKET, NEW_ORDER_REFUSALS, NOW_US, with_state


@pytest.mark.parametrize("reason", [r for r in Reason if Reason.NONE < r < Reason.USER])
def test_every_refusal_of_the_engine_has_its_code_and_a_sentence(reason: Reason) -> None:
    refusal = ENGINE_REFUSALS[reason]
    assert refusal.code == reason.name.lower()
    assert refusal.detail


@pytest.mark.parametrize(
    ("code", "make", "changes"),
    [
        row
        for row in NEW_ORDER_REFUSALS
        if row[0]
        not in (
            "price_band max_open_orders capacity post_only_would_cross fok_unfillable "
            "no_liquidity self_trade engine_busy shutting_down outcome_unknown"
        ).split()
    ],
)
def test_validate_refuses_what_can_be_told_without_the_engine(
    code: str, make: Callable[[], Harness], changes: dict[str, Any]
) -> None:
    harness = make()
    commands = len(harness.commands)
    refusal = harness.call("new_order", new_order(**changes) | {"validate": True})
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert len(harness.commands) == commands


@pytest.mark.parametrize(
    "changes",
    [
        {},
        MARKET,
        {"type": "stop", "price": None, "stop_price": "101"},
        {"deadline_us": NOW_US},
        {"quantity": "5", "display_quantity": "1"},
        {"client_order_id": "id-2"},
    ],
)
def test_validate_checks_and_sends_nothing(changes: dict[str, Any]) -> None:
    harness = Harness()
    answer = harness.call("new_order", new_order(**changes) | {"validate": True})
    assert answer == wire.Validated(validated=True)
    assert harness.commands == []


def test_a_post_only_order_validates_in_a_post_only_market() -> None:
    harness = with_state(MarketState.POST_ONLY)()
    assert harness.call("new_order", new_order(post_only=True, validate=True)) == wire.Validated()
