"""Hold the order flow model to its promises: repeatable, clustered, heavy-tailed, healthy."""

from collections import Counter
from itertools import pairwise
from statistics import fmean, median, pstdev
from typing import Any

import pytest

from engine.commands import MarketState, NewOrder, OrderType, SetMarketState, Side, TimeInForce
from engine.events import CommandCompleted, MatchingEngineEvent, TradeExecuted
from engine.flow import FlowProfile, OrderFlow
from engine.flow_orders import Amend, Cancel, Place, Trader
from engine.flow_play import FlowPlayer
from engine.instruments import Instrument
from engine.limits import PRICE_TICKS_MAX
from tests.engine.implementations import COMPILED, Engine, open_engine

SYMBOL = "ACME-USD"
ACME = Instrument(SYMBOL, tick_size="0.01", lot_size="0.0001")
PROFILE = FlowProfile(typical_lots=10_000, round_lots=1_000)
SOME = 3_000
MANY = 20_000


def play(
    seed: int, count: int, implementation: str = COMPILED, profile: FlowProfile = PROFILE
) -> tuple[Engine, OrderFlow, list[object]]:
    """Play a fresh flow on a fresh engine; return both and the commands."""
    print(f"seed {seed}")
    engine, flow = open_engine(implementation, [ACME]), OrderFlow(seed, profile)
    player = FlowPlayer(engine, SYMBOL, flow)
    commands: list[object] = [command for command, _ in player.opening()]
    commands += [command for command, _ in player.actions(count)]
    return engine, flow, commands


def accepted(events: list[MatchingEngineEvent]) -> bool:
    """Say whether the command of a unit was carried out."""
    completed = events[-1]
    assert isinstance(completed, CommandCompleted)
    return completed.accepted


def test_the_same_seed_makes_the_same_commands_on_both_implementations(implementation: str) -> None:
    engine, flow, commands = play(7, SOME, implementation)
    again, flow_again, commands_again = play(7, SOME)
    assert commands == commands_again
    assert engine.state_hash() == again.state_hash()
    assert flow.elapsed_us == flow_again.elapsed_us


def test_another_seed_makes_other_commands() -> None:
    assert play(1, SOME)[2] != play(2, SOME)[2]


@pytest.mark.parametrize("offset", range(3))
def test_the_book_stays_two_sided_tight_and_bounded(seed: int, offset: int) -> None:
    engine, flow = open_engine(COMPILED, [ACME]), OrderFlow(seed + offset, PROFILE)
    print(f"seed {seed + offset}")
    player = FlowPlayer(engine, SYMBOL, flow)
    list(player.opening())
    spreads, levels = [], []
    for turn, _ in enumerate(player.actions(MANY)):
        if turn % 100 == 0:
            bids, asks = engine.depth(SYMBOL, 0)
            assert bids and asks, turn
            spreads.append(asks[0][0] - bids[0][0])
            levels.append(len(bids) + len(asks))
            assert len(engine.orders(SYMBOL)) == len(flow.orders) <= 2 * PROFILE.orders
        if turn % 5_000 == 0:
            engine.check_invariants()
    assert median(spreads) <= 2
    assert 30 <= median(levels) <= 60
    assert min(levels) >= 15
    engine.check_invariants()


def test_arrivals_come_in_clusters_at_the_rate_asked_for(seed: int) -> None:
    flow = OrderFlow(seed, PROFILE)
    print(f"seed {seed}")
    waits = [flow.wait_us() for _ in range(MANY)]
    rate = len(waits) / (sum(waits) / 1e6)
    assert rate == pytest.approx(PROFILE.events_per_second, rel=0.15)
    # A Poisson process has as much deviation as mean; one that excites itself has more.
    assert pstdev(waits) > 1.2 * fmean(waits)
    assert sum(waits) == flow.elapsed_us


def test_sizes_have_heavy_tails_in_round_lots(seed: int) -> None:
    lots = [c.quantity_lots for c in play(seed, MANY)[2] if isinstance(c, NewOrder)]
    assert all(size % PROFILE.round_lots == 0 and size > 0 for size in lots)
    assert max(lots) > 15 * median(lots)
    assert fmean(lots) > 1.25 * median(lots)


def test_cancels_are_likelier_at_the_touch_and_far_away_than_between(seed: int) -> None:
    engine, flow = open_engine(COMPILED, [ACME]), OrderFlow(seed, PROFILE)
    print(f"seed {seed}")
    player = FlowPlayer(engine, SYMBOL, flow)
    list(player.opening())
    resting: Counter[int] = Counter()
    cancelled: Counter[int] = Counter()
    for _ in range(MANY // 2):
        flow.wait_us()
        action = flow.decide(*engine.best(SYMBOL))
        distances = {o.order_id: abs(o.price_ticks - flow.fair_ticks) for o in flow.orders}
        resting.update(distances.values())
        if isinstance(action, Cancel):
            cancelled[distances[action.order_id]] += 1
        player.carry_out(action)

    def rate(distance: range) -> float:
        return sum(cancelled[d] for d in distance) / sum(resting[d] for d in distance)

    middle = rate(range(5, 10))
    assert rate(range(2)) > 1.5 * middle
    assert rate(range(20, 60)) > 1.5 * middle


def test_the_price_drifts_with_clusters_of_volatility(seed: int) -> None:
    flow = OrderFlow(seed, PROFILE)
    print(f"seed {seed}")
    fair = []
    for turn in range(5 * MANY):
        flow.wait_us()
        if turn % 75 == 0:
            fair.append(flow.fair_ticks)
    moves = [abs(after - before) for before, after in pairwise(fair)]
    assert len(set(fair)) > 10
    overall = fmean(moves)
    near = fmean((a - overall) * (b - overall) for a, b in pairwise(moves))
    variance = fmean((move - overall) ** 2 for move in moves)
    assert near > 0.05 * variance, "large moves follow large moves"


def test_all_kinds_of_actions_come_and_few_are_refused(seed: int) -> None:
    print(f"seed {seed}")
    engine, flow = open_engine(COMPILED, [ACME]), OrderFlow(seed, PROFILE)
    player = FlowPlayer(engine, SYMBOL, flow)
    list(player.opening())
    kinds: Counter[str] = Counter()
    traders = set()
    refused = trades = 0
    for command, events in player.actions(MANY):
        kinds[type(command).__name__] += 1
        traders.add(command.account)
        refused += not accepted(events)
        trades += sum(isinstance(event, TradeExecuted) for event in events)
        if isinstance(command, NewOrder):
            kinds[command.type.name] += 1
    assert set(kinds) == {"NewOrder", "AmendOrder", "CancelOrder", "LIMIT", "MARKET"}
    assert len(traders) == len(Trader)
    assert refused < MANY // 200
    assert trades > MANY // 50


def test_a_flow_that_is_told_nothing_of_fills_finds_out_from_the_best_prices() -> None:
    flow = OrderFlow(1, PROFILE)
    for order_id, place in enumerate(flow.opening(), 1):
        flow.orders.placed(order_id, place)
    flow.decide(None, None)
    assert len(flow.orders) == 0


def test_quotes_follow_the_fair_price_into_an_empty_market() -> None:
    flow = OrderFlow(1, PROFILE)
    for _ in range(100):
        action = flow.decide(None, None)
        assert isinstance(action, Place)
        assert action.price_ticks is not None
        assert action.time_in_force is TimeInForce.GTC
        assert abs(action.price_ticks - PROFILE.start_ticks) < 200


def test_a_side_far_from_the_fair_price_is_taken() -> None:
    flow = OrderFlow(1, PROFILE)
    silly_bid = 2 * PROFILE.start_ticks
    takes = [flow.decide(silly_bid, silly_bid + 1) for _ in range(50)]
    sells = [action for action in takes if isinstance(action, Place) and action.side is Side.SELL]
    assert sum(action.time_in_force is TimeInForce.IOC for action in sells) > 20


def test_a_halted_market_costs_the_flow_nothing_but_refusals() -> None:
    engine, flow = open_engine(COMPILED, [ACME]), OrderFlow(5, PROFILE)
    player = FlowPlayer(engine, SYMBOL, flow)
    list(player.opening())
    engine.process(SetMarketState(symbol=SYMBOL, state=MarketState.HALTED))
    before = len(flow.orders)
    for command, events in player.actions(200):
        assert accepted(events) == (type(command).__name__ == "CancelOrder")
    assert 0 < len(flow.orders) < before
    engine.process(SetMarketState(symbol=SYMBOL, state=MarketState.OPEN))
    list(player.actions(SOME))
    assert len(flow.orders) > before // 2


@pytest.mark.parametrize("start_ticks", [1, 2, 200, PRICE_TICKS_MAX])
def test_every_price_is_legal_wherever_the_flow_starts(start_ticks: int) -> None:
    profile = FlowProfile(start_ticks=start_ticks, volatility_steps=5.0)
    engine, _, commands = play(3, SOME, profile=profile)
    prices = [
        c.price_ticks for c in commands if isinstance(c, NewOrder) and c.type is OrderType.LIMIT
    ]
    assert all(price is not None and 1 <= price <= PRICE_TICKS_MAX for price in prices)
    engine.check_invariants()


@pytest.mark.parametrize(
    "fields",
    [
        {"start_ticks": 0},
        {"start_ticks": PRICE_TICKS_MAX + 1},
        {"step_ticks": 0},
        {"typical_lots": 0},
        {"round_lots": 0},
        {"orders": 0},
        {"events_per_second": 0.0},
        {"volatility_steps": -1.0},
    ],
    ids="-".join,
)
def test_a_profile_that_cannot_work_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"above zero|not in 1"):
        FlowProfile(**fields)


def test_an_amend_quotes_anew_or_shows_less() -> None:
    _, flow, _ = play(2, SOME)
    by_id = {order.order_id: order for order in flow.orders}
    best = (flow.fair_ticks - 1, flow.fair_ticks + 1)
    amends = [
        action for action in (flow.decide(*best) for _ in range(SOME)) if isinstance(action, Amend)
    ]
    assert any(amend.price_ticks is not None for amend in amends)
    smaller = [amend for amend in amends if amend.quantity_lots is not None]
    assert smaller
    for amend in smaller:
        assert amend.quantity_lots is not None
        assert 0 < amend.quantity_lots < by_id[amend.order_id].quantity_lots
