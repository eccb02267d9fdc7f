"""One order as its owner sees it: amounts that add up, an exact average."""

import random
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

import pytest

from app import wire
from app.order_records import average_text
from tests.app.harness import START_NS, Harness

NOW_US = START_NS // 1_000


@pytest.mark.parametrize(
    ("total", "count", "decimals", "text"),
    [
        (10_000, 1, 2, "100.0000000000"),
        (1, 3, 2, "0.0033333333"),
        (2, 3, 2, "0.0066666667"),
        (1, 2, 0, "0.50000000"),
        (1, 2 * 10**8, 0, "0.00000000"),
        (3, 2 * 10**8, 0, "0.00000002"),
        (5, 2 * 10**8, 0, "0.00000002"),
        (5_000_001, 2 * 10**14, 0, "0.00000003"),
        ((2**40 - 1) * (2**48 - 1), 2**48 - 1, 2, "10995116277.7500000000"),
    ],
)
def test_an_average_is_exact_then_rounded_half_to_even(
    total: int, count: int, decimals: int, text: str
) -> None:
    assert average_text(total, count, decimals) == text


@pytest.mark.parametrize("seed", range(5))
def test_an_average_is_what_exact_decimals_say(seed: int) -> None:
    print(f"seed {seed}")
    rng = random.Random(seed)
    for _ in range(200):
        total, count = rng.randrange(1, 2**88), rng.randrange(1, 2 ** rng.randrange(1, 48))
        with localcontext() as context:
            context.prec = 200
            exact = (Decimal(total) / count).scaleb(-2)
            expected = exact.quantize(Decimal("1e-10"), rounding=ROUND_HALF_EVEN)
        assert average_text(total, count, 2) == f"{expected:f}"


def test_an_average_over_two_prices_has_eight_decimals_more() -> None:
    harness = Harness()
    harness.order("bob", side="sell", symbol="BETA-USD", price="100", quantity="1")
    harness.order("bob", side="sell", symbol="BETA-USD", price="100.5", quantity="2")
    order = harness.order(symbol="BETA-USD", price="101", quantity="3")
    assert order.average_price == "100.333333333"
    assert order.filled_quantity == "3"


def test_an_order_shows_what_was_asked_and_when() -> None:
    harness = Harness()
    harness.order("bob", side="sell")
    harness.advance_us(5)
    order = harness.order(
        quantity="3",
        price="100.5",
        time_in_force="gtd",
        expire_at_us=NOW_US + 1_000,
        display_quantity="0.5",
        client_order_id="mine",
        self_trade_prevention="cancel_both",
    )
    harness.advance_us(5)
    harness.call("cancel", {"order_id": order.order_id})
    now = harness.store.order(2)
    assert now == wire.Order(
        order_id="2",
        client_order_id="mine",
        account="alice",
        symbol="ACME-USD",
        side="buy",
        type="limit",
        time_in_force="gtd",
        price="100.50",
        stop_price=None,
        quantity="3.0000",
        display_quantity="0.5000",
        filled_quantity="1.0000",
        remaining_quantity="0.0000",
        cancelled_quantity="2.0000",
        average_price="100.0000000000",
        status="cancelled",
        reason="user",
        post_only=False,
        self_trade_prevention="cancel_both",
        expire_at_us=NOW_US + 1_000,
        created_us=NOW_US + 5,
        updated_us=NOW_US + 10,
        seq=5,
        durable=False,
    )


def test_a_decremented_order_still_adds_up() -> None:
    harness = Harness()
    harness.order(side="sell", quantity="1")
    order = harness.order(quantity="3", self_trade_prevention="decrement")
    assert (order.quantity, order.remaining_quantity, order.status) == ("2.0000", "2.0000", "open")
    maker = harness.store.order(1)
    assert maker is not None
    assert (maker.quantity, maker.cancelled_quantity) == ("1.0000", "1.0000")
    assert (maker.status, maker.reason) == ("cancelled", "self_trade")
