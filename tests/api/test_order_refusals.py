"""Every way in which an order or an amend is refused over REST."""

import pytest

from app.errors import refuse
from engine.commands import Configure, MarketState, SetMarketState
from engine.instruments import Instrument
from engine.reference import ReferenceEngine
from tests.api.rest import limit_order

STRICT = Instrument(
    "ACME-USD",
    tick_size="0.05",
    lot_size="0.01",
    min_quantity="0.10",
    max_quantity="10",
    max_notional="500",
    price_band_pct="10",
)


def refused(body, status_and_code, *, options=None, before=None):
    """Make a row: an order's body, the refusal, the server's options, what happened before."""
    return pytest.param(
        options or {}, before, body, status_and_code, id=f"{status_and_code} {body}"
    )


def halt(state):
    return lambda rest: rest.harness.process(SetMarketState(symbol="ACME-USD", state=state))


def refuse_all(code):
    return lambda rest: setattr(rest.harness, "refusal", refuse(code, "because"))


def fill_engine(rest):
    """Let the engine hold one order, and enter it."""
    one = Configure(orders_capacity=1)
    rest.harness.engine = ReferenceEngine(rest.harness.market.instruments.values(), configure=one)
    rest.order()


def sell(**fields):
    return lambda rest: rest.order(side="sell", **fields)


STRICT_OPTIONS = {"instruments": [STRICT]}


@pytest.mark.parametrize(
    ("options", "before", "body", "expected"),
    [
        refused({}, "400 invalid_request"),
        refused(limit_order(side=None), "400 invalid_request"),
        refused(limit_order(colour="red"), "400 invalid_request"),
        refused(limit_order(quantity=None), "400 invalid_request"),
        refused(limit_order(post_only="yes"), "400 invalid_request"),
        refused(limit_order(type="limits"), "400 invalid_request"),
        refused(limit_order(price=None), "400 invalid_request"),
        refused(limit_order(type="market"), "400 invalid_request"),
        refused(limit_order(client_order_id="a b"), "400 invalid_request"),
        refused(limit_order(client_order_id="x" * 65), "400 invalid_request"),
        refused(limit_order(cancel_on_disconnect=True), "400 invalid_request"),
        refused(limit_order(order_id="1"), "400 invalid_request"),
        refused(limit_order(price=100), "400 invalid_price"),
        refused(limit_order(price=100.5), "400 invalid_price"),
        refused(limit_order(quantity=1), "400 invalid_quantity"),
        refused(limit_order(price="100.001"), "422 invalid_price"),
        refused(limit_order(price="0"), "422 invalid_price"),
        refused(limit_order(price="9" * 20), "422 invalid_price"),
        refused(limit_order(quantity="0"), "422 invalid_quantity"),
        refused(limit_order(quantity="0.00001"), "422 invalid_quantity"),
        refused(limit_order(side="up"), "422 invalid_side"),
        refused(limit_order(time_in_force="day"), "422 invalid_time_in_force"),
        refused(limit_order(symbol="NOPE"), "404 unknown_symbol"),
        refused(limit_order(symbol="acme-usd"), "404 unknown_symbol"),
        refused(limit_order(deadline_us=1), "422 deadline_passed"),
        refused(limit_order(time_in_force="fok"), "422 fok_unfillable"),
        refused(limit_order(type="market", price=None), "422 no_liquidity"),
        refused(limit_order(), "422 self_trade", before=sell()),
        refused(limit_order(post_only=True), "422 post_only_would_cross", before=sell(account="b")),
        refused(limit_order(), "409 halted", before=halt(MarketState.HALTED)),
        refused(limit_order(), "409 cancel_only", before=halt(MarketState.CANCEL_ONLY)),
        refused(limit_order(), "409 post_only_market", before=halt(MarketState.POST_ONLY)),
        refused(
            limit_order(client_order_id="x", price="99.00"),
            "409 duplicate_client_order_id",
            before=lambda rest: rest.order(client_order_id="x"),
        ),
        refused(
            limit_order(price="10.00", quantity="0.05"),
            "422 invalid_quantity",
            options=STRICT_OPTIONS,
        ),
        refused(
            limit_order(price="10.00", quantity="11"), "422 max_quantity", options=STRICT_OPTIONS
        ),
        refused(limit_order(quantity="5.01"), "422 max_notional", options=STRICT_OPTIONS),
        refused(
            limit_order(price="80.00"),
            "422 price_band",
            options=STRICT_OPTIONS,
            before=sell(account="b"),
        ),
        refused(
            limit_order(),
            "422 max_open_orders",
            options={"open_orders_max": 1},
            before=lambda rest: rest.order(),
        ),
        refused(limit_order(), "422 capacity", before=fill_engine),
        refused(limit_order(), "503 engine_busy", before=refuse_all("engine_busy")),
        refused(limit_order(), "503 shutting_down", before=refuse_all("shutting_down")),
        refused(
            limit_order(),
            "429 rate_limited",
            options={"orders_per_second": 1},
            before=lambda rest: rest.order(),
        ),
    ],
)
def test_an_order_is_refused_with_the_code_of_its_fault(make_rest, options, before, body, expected):
    rest = make_rest(**options)
    if before is not None:
        before(rest)
    book = rest.harness.engine.book_hash()
    assert rest.problem("POST", "/v1/orders", body) == expected
    assert rest.harness.engine.book_hash() == book


def test_a_refusal_names_the_fields_at_fault(rest):
    problem = rest.ask("POST", "/v1/orders", limit_order(price="100.001")).json()
    assert [error["field"] for error in problem["errors"]] == ["price"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, "400 invalid_request"),
        ({"price": None}, "400 invalid_request"),
        ({"price": "100", "colour": "red"}, "400 invalid_request"),
        ({"price": "100", "order_id": "1"}, "400 invalid_request"),
        ({"price": "100", "client_order_id": "x"}, "400 invalid_request"),
        ({"stop_price": "100"}, "400 invalid_request"),
        ({"price": 100}, "400 invalid_price"),
        ({"price": "0"}, "422 invalid_price"),
        ({"price": "100.001"}, "422 invalid_price"),
        ({"quantity": "1.00001"}, "422 invalid_quantity"),
        ({"price": "102"}, "422 self_trade"),
    ],
)
def test_a_bad_amend_is_refused_and_changes_nothing(rest, body, expected):
    rest.order()
    rest.order(side="sell", price="102")
    before = rest.ask("GET", "/v1/orders/1").json()
    assert rest.problem("PATCH", "/v1/orders/1", body) == expected
    assert rest.ask("GET", "/v1/orders/1").json() == before
