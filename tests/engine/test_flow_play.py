"""Hold the player to what the engine says: its orders are the engine's, others' are not."""

from engine.commands import NewOrder, OrderType, Side
from engine.flow import FlowProfile, OrderFlow
from engine.flow_orders import Trader
from engine.flow_play import FlowPlayer
from engine.instruments import Instrument
from tests.engine.implementations import EngineClass

SYMBOL = "ACME-USD"
ACME = Instrument(SYMBOL, tick_size="0.01", lot_size="0.0001")
FIRST_ACCOUNT = 10
OUTSIDER = 5


def test_what_the_flow_knows_is_what_rests_under_its_accounts(engine_type: EngineClass) -> None:
    engine, flow = engine_type([ACME]), OrderFlow(4, FlowProfile(round_lots=10))
    player = FlowPlayer(engine, SYMBOL, flow, first_account=FIRST_ACCOUNT)
    outsider = NewOrder(
        symbol=SYMBOL,
        account=OUTSIDER,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity_lots=50,
        price_ticks=9_999,
    )
    list(player.opening())
    for _ in range(20):
        list(player.actions(50))
        engine.process(outsider)
        resting = {
            (state.order_id, Trader(state.account - FIRST_ACCOUNT), state.side, state.price_ticks)
            for state in engine.orders(SYMBOL)
            if state.account != OUTSIDER
        }
        list(player.actions(0))
        known = {(o.order_id, o.trader, o.side, o.price_ticks) for o in flow.orders}
        assert resting <= known
        # Only what the outsider has just taken may still be counted as resting.
        assert len(known - resting) <= 1


def test_commands_carry_the_time_of_the_flow(engine_type: EngineClass) -> None:
    engine, flow = engine_type([ACME]), OrderFlow(4, FlowProfile())
    player = FlowPlayer(engine, SYMBOL, flow)
    assert {command.received_ns for command, _ in player.opening()} == {0}
    times = [command.received_ns for command, _ in player.actions(100)]
    assert times == sorted(times)
    assert times[-1] == flow.elapsed_us * 1_000 > 0
