"""Tabulate every way in which a new order is refused: its code, the market, the order's fields."""

from collections.abc import Callable
from typing import Any

from app.errors import refuse
from engine.commands import MarketState, SetMarketState
from engine.instruments import Instrument
from tests.app.harness import START_NS, Harness

NOW_US = START_NS // 1_000
LIMITED = Instrument(
    "ACME-USD",
    tick_size="0.01",
    lot_size="0.0001",
    min_quantity="0.5",
    max_quantity="10",
    max_notional="1000",
    price_band_pct="10",
)


def set_state(harness: Harness, state: MarketState) -> None:
    harness.process(SetMarketState(symbol="ACME-USD", state=state))


def with_state(state: MarketState) -> Callable[[], Harness]:
    def make() -> Harness:
        harness = Harness()
        set_state(harness, state)
        return harness

    return make


def with_an_offer() -> Harness:
    """Bob sells 1 at 100.00; every limit is set."""
    harness = Harness([LIMITED])
    harness.order("bob", side="sell")
    return harness


def with_own_offer() -> Harness:
    harness = Harness()
    harness.order("alice", side="sell")
    return harness


def with_one_order_at_most() -> Harness:
    harness = Harness(open_orders_max=1)
    harness.order("alice", price="1")
    return harness


def full() -> Harness:
    harness = Harness(orders_capacity=1)
    harness.order("bob", price="1")
    return harness


def refusing(code: str) -> Callable[[], Harness]:
    def make() -> Harness:
        harness = Harness()
        harness.refusal = refuse(code, "not now")
        return harness

    return make


def dying() -> Harness:
    harness = Harness()
    harness.die()
    return harness


def too_fast() -> Harness:
    harness = Harness(orders_per_second=1)
    harness.order("alice", price="1")
    return harness


def with_a_bound_id() -> Harness:
    harness = Harness()
    harness.order("alice", price="1", client_order_id="id-1")
    return harness


MARKET = {"type": "market", "price": None}

NEW_ORDER_REFUSALS: list[tuple[str, Callable[[], Harness], dict[str, Any]]] = [
    ("invalid_request", Harness, {"price": None}),
    ("invalid_side", Harness, {"side": "hold"}),
    ("invalid_time_in_force", Harness, {"time_in_force": "day"}),
    ("unknown_symbol", Harness, {"symbol": "NONE"}),
    ("duplicate_client_order_id", with_a_bound_id, {"client_order_id": "id-1"}),
    ("halted", with_state(MarketState.HALTED), {}),
    ("cancel_only", with_state(MarketState.CANCEL_ONLY), {}),
    ("post_only_market", with_state(MarketState.POST_ONLY), {}),
    ("invalid_price", Harness, {"price": "0"}),
    ("invalid_price", Harness, {"price": "0.001"}),
    ("invalid_price", Harness, {"price": "10995116277.76"}),
    ("invalid_price", Harness, {"type": "stop_limit", "stop_price": "0"}),
    ("invalid_quantity", Harness, {"quantity": "0"}),
    ("invalid_quantity", Harness, {"quantity": "0.00001"}),
    ("invalid_quantity", with_an_offer, {"quantity": "0.4"}),
    ("invalid_quantity", Harness, {"display_quantity": "2"}),
    ("invalid_quantity", Harness, {"display_quantity": "0"}),
    ("max_quantity", with_an_offer, {"quantity": "11"}),
    ("max_quantity", Harness, {"quantity": "999999999999"}),
    ("max_notional", with_an_offer, {"quantity": "9.9", "price": "101.02"}),
    ("price_band", with_an_offer, {"price": "89.99"}),
    ("max_open_orders", with_one_order_at_most, {"price": "1"}),
    ("capacity", full, {"price": "1"}),
    ("deadline_passed", Harness, {"deadline_us": NOW_US - 1}),
    ("deadline_passed", Harness, {"time_in_force": "gtd", "expire_at_us": NOW_US}),
    ("post_only_would_cross", with_an_offer, {"post_only": True}),
    ("fok_unfillable", with_an_offer, {"time_in_force": "fok", "quantity": "2"}),
    ("no_liquidity", Harness, MARKET),
    ("self_trade", with_own_offer, {}),
    ("rate_limited", too_fast, {}),
    ("engine_busy", refusing("engine_busy"), {}),
    ("shutting_down", refusing("shutting_down"), {}),
    ("outcome_unknown", dying, {}),
]
