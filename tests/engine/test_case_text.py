"""Write what was read: commands and instruments of the case files survive the round trip."""

import pytest

from engine.commands import NewOrder, OrderType, TimeInForce
from engine.reference import ReferenceEngine
from tests.engine.case_format import case_of, case_text, parse_cases, play
from tests.engine.command_text import (
    command_text,
    instrument_text,
    parse_command,
    parse_instrument,
)
from tests.engine.profiles import PROFILES, Profile
from tests.engine.streams import Stream


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_every_command_of_a_stream_survives_its_text(profile: Profile, seed: int) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    engine = ReferenceEngine(profile.instruments, configure=profile.configure)
    stream = Stream(profile, seed)
    for _ in range(300):
        command = stream.next()
        assert parse_command(command_text(command), command.received_ns) == command
        stream.hear(engine.process(command))


def test_every_instrument_survives_its_text() -> None:
    for profile in PROFILES:
        for instrument in profile.instruments:
            assert parse_instrument(instrument_text(instrument).split()) == instrument


@pytest.mark.parametrize(
    ("text", "kind", "tif"),
    [
        ("1 buy 5 @ 100", OrderType.LIMIT, TimeInForce.GTC),
        ("1 buy 5 @ 100 ioc", OrderType.LIMIT, TimeInForce.IOC),
        ("1 buy 5 market", OrderType.MARKET, TimeInForce.IOC),
        ("1 buy 5 stop 100", OrderType.STOP, TimeInForce.IOC),
        ("1 buy 5 @ 99 stop 100", OrderType.STOP_LIMIT, TimeInForce.GTC),
        ("1 buy 5 @ 99 gtd 7", OrderType.LIMIT, TimeInForce.GTD),
    ],
)
def test_the_terms_imply_the_type(text: str, kind: OrderType, tif: TimeInForce) -> None:
    command = parse_command(text, 0)
    assert isinstance(command, NewOrder)
    assert (command.type, command.time_in_force) == (kind, tif)


def test_a_written_case_reads_and_plays_as_itself() -> None:
    profile = PROFILES[-1]
    engine = ReferenceEngine(profile.instruments, configure=profile.configure)
    stream, commands = Stream(profile, 1), []
    for _ in range(60):
        commands.append(stream.next())
        stream.hear(engine.process(commands[-1]))
    case = case_of("Round trip", list(profile.instruments), profile.configure, commands)
    (read,) = parse_cases(case_text(case, ReferenceEngine), "written")
    assert [step.command for step in read.steps] == commands
    assert (read.instruments, read.configure) == (case.instruments, case.configure)
    for played in play(read, ReferenceEngine):
        assert played.lines == played.step.expected
