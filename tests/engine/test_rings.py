"""The rings, step by step in one thread, against plain models of them."""

import random
from itertools import product

import pytest

from engine.bus import GATE, LAG, Policy
from tests.engine.bus_model import ReaderModel, Step, Twins, UnitMaker

ALL_SLOTS = 4_096
TOPOLOGIES: dict[str, list[tuple[str, Policy, str | None]]] = {
    "a gate": [("journal", GATE, None)],
    "two gates": [("journal", GATE, None), ("loop", GATE, None)],
    "a gate after a gate": [("journal", GATE, None), ("loop", GATE, "journal")],
    "a lag reader": [("debug", LAG, None)],
    "a gate and a lag reader": [("journal", GATE, None), ("debug", LAG, None)],
    "two gates in line and a lag reader": [
        ("journal", GATE, None),
        ("loop", GATE, "journal"),
        ("debug", LAG, None),
    ],
}


def open_twins(topology: str, capacity: int) -> Twins:
    readers = [ReaderModel(name, policy, after) for name, policy, after in TOPOLOGIES[topology]]
    return Twins(capacity, readers)


def steps_of(topology: str, sizes: tuple[int, ...], mosts: tuple[int, ...]) -> list[Step]:
    return [*sizes, *product(range(len(TOPOLOGIES[topology])), mosts)]


SMALL_BUSES = [
    *((topology, 2, (2,)) for topology in TOPOLOGIES),
    *((topology, 4, (3,) if len(TOPOLOGIES[topology]) > 2 else (2, 3)) for topology in TOPOLOGIES),
]


@pytest.mark.parametrize(("topology", "capacity", "sizes"), SMALL_BUSES)
def test_every_state_a_small_bus_can_reach_goes_on_as_the_model_says(
    topology: str, capacity: int, sizes: tuple[int, ...]
) -> None:
    """Walk all states of the model, each by its shortest path, and try every step from it."""
    steps = steps_of(topology, sizes, (1, ALL_SLOTS))
    seen = {open_twins(topology, capacity).model.state()}
    paths: list[tuple[Step, ...]] = [()]
    went_round = full = missed = 0
    for path in paths:
        for step in steps:
            twins = open_twins(topology, capacity)
            full += not twins.play((*path, step))
            went_round += twins.model.written > capacity
            missed += sum(reader.missed for reader in twins.model.readers)
            if twins.model.state() not in seen:
                seen.add(twins.model.state())
                paths.append((*path, step))
    policies = {policy for _, policy, _ in TOPOLOGIES[topology]}
    assert went_round > 0
    assert (full > 0) == (GATE in policies)
    assert (missed > 0) == (LAG in policies)


@pytest.mark.parametrize("capacity", [16, 64])
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_a_long_random_walk_of_a_larger_bus_is_as_in_the_model(
    topology: str, capacity: int, seed: int
) -> None:
    print(f"DEPTHCAST_SEED={seed}")
    choose = random.Random(f"{topology}/{capacity}/{seed}")
    steps = steps_of(topology, (2, 3), (1, 2, 5, ALL_SLOTS))
    twins, maker = open_twins(topology, capacity), UnitMaker()
    for _ in range(4_000):
        step = choose.choice(steps)
        if not isinstance(step, int):
            twins.read(*step)
        elif step <= twins.model.room():
            assert twins.publish(maker.next(step))
        twins.compare()
    assert twins.model.written > 10 * capacity
