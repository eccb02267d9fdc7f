"""Declaring readers, and what may be asked of a bus."""

import select

import pytest

from engine.bus import GATE, LAG, EventBus
from engine.thread import Wake
from tests.engine.bus_model import make_units

UNIT = make_units((2,))[0].records


def is_woken(wake: Wake) -> bool:
    return bool(select.select([wake.reading_end], [], [], 0)[0])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("loop", "both"), "policy is gate or lag, not 'both'"),
        (("journal", GATE), "there is a reader called 'journal'"),
        (("loop", GATE, "nobody"), "nobody"),
        (("debug", LAG, "journal"), "a lag reader follows the writer alone"),
    ],
)
def test_a_reader_that_makes_no_sense_is_refused(arguments: tuple[str, ...], sentence: str) -> None:
    bus = EventBus(4)
    bus.subscribe("journal")
    with pytest.raises(ValueError, match=sentence):
        bus.subscribe(*arguments)  # type: ignore[arg-type]
    assert bus.statistics() == {"journal": 0}


def test_a_bus_has_so_many_readers_and_no_more() -> None:
    bus = EventBus(4)
    for number in range(16):
        bus.subscribe(f"reader {number}")
    with pytest.raises(ValueError, match="at most 16 readers"):
        bus.subscribe("one more")


def test_readers_are_declared_before_the_first_record() -> None:
    bus = EventBus(4)
    bus.publish(UNIT)
    with pytest.raises(ValueError, match="before the first record"):
        bus.subscribe("late")


def test_statistics_say_how_far_each_reader_is_behind() -> None:
    bus = EventBus(8)
    journal, loop = bus.subscribe("journal"), bus.subscribe("loop", after="journal")
    bus.publish(UNIT * 2)
    assert (bus.statistics(), bus.used_slots) == ({"journal": 4, "loop": 4}, 4)
    journal.read_records(3)
    assert (bus.statistics(), bus.used_slots) == ({"journal": 1, "loop": 4}, 4)
    assert (journal.behind_slots, loop.behind_slots) == (1, 3)
    assert (journal.name, loop.name, bus.capacity) == ("journal", "loop", 8)


def test_a_bus_without_readers_keeps_nobody_waiting() -> None:
    bus = EventBus(2)
    for _ in range(100):
        bus.publish(UNIT)
    assert bus.used_slots == 0


def test_events_come_as_whole_units_only() -> None:
    bus = EventBus(4)
    reader = bus.subscribe("loop")
    bus.publish(UNIT)
    assert reader.read(most=1) == []
    assert [type(event).__name__ for event in reader.read(most=1)] == ["CommandCompleted"]
    assert reader.read() == []


def test_a_sleeping_reader_is_woken_once_and_one_that_is_awake_never() -> None:
    bus, wake = EventBus(8), Wake()
    reader = bus.subscribe("loop", wake=wake.writing_end)
    bus.publish(UNIT)
    assert not is_woken(wake)
    assert not reader.may_sleep(), "there is a record already"
    reader.read()
    assert reader.may_sleep()
    bus.publish(UNIT)
    assert is_woken(wake)
    wake.clear()
    bus.publish(UNIT)
    assert not is_woken(wake)
    wake.close()


def test_a_reader_is_woken_by_the_one_that_it_comes_after() -> None:
    bus, wake = EventBus(8), Wake()
    journal = bus.subscribe("journal")
    loop = bus.subscribe("loop", after="journal", wake=wake.writing_end)
    bus.publish(UNIT)
    assert loop.may_sleep(), "the journal has not read it"
    wake.clear()
    journal.read_records()
    assert is_woken(wake)
    assert loop.read_records() == UNIT
    wake.close()


def test_a_lag_reader_is_told_what_it_missed_and_goes_on_with_a_whole_unit() -> None:
    units = make_units((2, 3, 2, 3, 2, 3, 2))
    bus = EventBus(4)
    reader = bus.subscribe("debug", LAG)
    for unit in units[:2]:
        bus.publish(unit.records)
    assert reader.read_records() == b"", "it was overtaken"
    bus.publish(units[2].records)
    assert reader.read_records() == units[2].records
    before = units[2].first_seq - 1
    assert reader.missed_events == before
    for unit in units[3:6]:
        bus.publish(unit.records)
    reader.read_records()
    bus.publish(units[6].records)
    assert reader.read_records() == units[6].records
    assert reader.missed_events == before + sum(unit.events for unit in units[3:6])
