"""Hold the driven kernel to the called one: the same commands, the same state."""

from itertools import count

import pytest

from engine import AddInstrument, Command, Instrument, MatchingEngine, NewOrder, OrderType, Side
from engine.core.driver import CommandDriver
from engine.core.encoding import CommandEncoder
from engine.flow import FlowProfile, OrderFlow
from engine.flow_play import FlowPlayer

ACME = Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001")
OPENING_COMMANDS = 2
SLOT_BYTES = 64


def flow_commands(count: int = 500) -> list[Command]:
    player = FlowPlayer(MatchingEngine([ACME]), ACME.symbol, OrderFlow(3, FlowProfile()))
    commands: list[Command] = [command for command, _ in player.opening()]
    return commands + [command for command, _ in player.actions(count)]


def encoded(commands: list[Command]) -> bytes:
    encoder = CommandEncoder()
    encoder.encode(AddInstrument(instrument=ACME), OPENING_COMMANDS)
    numbered = enumerate(commands, OPENING_COMMANDS + 1)
    return b"".join(encoder.encode(command, number) for number, command in numbered)


def processed(commands: list[Command]) -> MatchingEngine:
    engine = MatchingEngine([ACME])
    for command in commands:
        engine.process(command)
    return engine


@pytest.mark.parametrize("discards", [False, True])
def test_driven_commands_end_in_the_same_state_as_processed_ones(discards: bool) -> None:
    commands = flow_commands()
    engine = MatchingEngine([ACME])
    driver = CommandDriver(engine, encoded(commands), discards)
    assert driver.commands == len(commands)
    assert driver.execute(100) == 100
    assert driver.execute(1_000_000) == len(commands) - 100
    assert driver.execute(1) == 0
    assert engine.state_hash() == processed(commands).state_hash()
    assert (driver.written_slots == 0) is discards
    engine.check_invariants()


def test_a_driven_engine_can_be_called_again() -> None:
    commands = flow_commands()
    engine = MatchingEngine([ACME])
    CommandDriver(engine, encoded(commands[:-50])).execute(1_000_000)
    events = [engine.process(command) for command in commands[-50:]]
    other = processed(commands[:-50])
    assert events == [other.process(command) for command in commands[-50:]]


def test_the_slots_written_are_those_that_processing_writes() -> None:
    commands = flow_commands()
    engine = MatchingEngine([ACME])
    slots = sum(engine.execute(command) for command in commands)
    driver = CommandDriver(MatchingEngine([ACME]), encoded(commands))
    driver.execute(len(commands))
    assert driver.written_slots == slots


@pytest.mark.parametrize("batch", [1, 7, 1_000_000])
def test_batches_are_timed_by_the_clock_that_is_given(batch: int) -> None:
    commands = flow_commands()
    engine, ticks = MatchingEngine([ACME]), count(0, 10)
    times = CommandDriver(engine, encoded(commands)).time_batches(lambda: next(ticks), batch)
    assert times == [10] * (len(commands) // batch)
    assert engine.state_hash() == processed(commands).state_hash()


@pytest.mark.parametrize("cut", [-1, -SLOT_BYTES + 1, 1])
def test_bytes_that_are_not_whole_commands_are_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="no whole command"):
        CommandDriver(MatchingEngine([ACME]), encoded(flow_commands(1))[:cut])


def test_commands_with_numbers_of_another_engine_stop_at_the_first() -> None:
    commands = flow_commands(1)
    engine = processed(commands[:1])
    before = engine.state_hash()
    with pytest.raises(AssertionError):
        CommandDriver(engine, encoded(commands)).execute(10)
    assert engine.state_hash() == before


def test_best_prices_are_read_from_the_book() -> None:
    order = NewOrder(
        symbol=ACME.symbol,
        account=1,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity_lots=1,
        price_ticks=90,
    )
    engine = processed([order])
    engine.process(
        NewOrder(
            symbol=ACME.symbol,
            account=1,
            side=Side.SELL,
            type=OrderType.LIMIT,
            quantity_lots=1,
            price_ticks=97,
        )
    )
    driver = CommandDriver(engine, b"")
    driver.copy()
    assert driver.read_best(ACME.symbol, 1_000) == 7
