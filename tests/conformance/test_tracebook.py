"""Let an outside judge compare both implementations with an engine of its own.

Role: `tracebook-conformance` plays its bundled suite and random campaigns on its reference engine
and, through tests/conformance/adapter.py, on ours, and compares outcomes, trades and whole queues
after every event. `DEPTHCAST_SEED` names the campaigns.

Two of the suite's nine cases are left out: `pro-rata-allocation` tests another algorithm than
price-time priority, and `tick-grid` expects prices off the tick to be rounded, which we refuse.
"""

import json
import sys
from decimal import Decimal
from functools import partial
from importlib import resources
from pathlib import Path

import pytest
from tracebook.conformance import (
    BookState,
    ConformanceConfig,
    EngineMetadata,
    ExternalProcessAdapter,
    Observation,
    SuiteCase,
    load_conformance_suite,
    run_campaign,
    run_conformance,
)
from tracebook.events import MarketEvent

from tests.conformance.venue import Venue
from tests.engine.implementations import EngineClass
from tests.engine.sabotages import BY_FOLD, sabotaged

SUITE = load_conformance_suite(
    Path(str(resources.files("tracebook.conformance") / "fixtures" / "v2"))
)
LEFT_OUT = {"pro-rata-allocation", "tick-grid"}
CASES = [case for case in SUITE.cases if case.name not in LEFT_OUT]
PROFILES = ("fifo-limit-v1", "fifo-full-v1", "fifo-partial-fill-v1")
TRACES = 5
EVENTS_PER_TRACE = 300
TIMEOUT_S = 30.0


def spoken_to(implementation: str, config: ConformanceConfig) -> ExternalProcessAdapter:
    """Start an implementation in a process of its own."""
    command = [sys.executable, "-m", "tests.conformance.adapter", implementation]
    return ExternalProcessAdapter(command, config, TIMEOUT_S)


class Called:
    """An engine in this process, for the judge."""

    metadata = EngineMetadata("depthcast-called", "1", "Python")

    def __init__(self, engine_type: EngineClass, config: ConformanceConfig) -> None:
        """Open the engine."""
        self._venue = Venue(engine_type, config.to_dict())

    def apply(self, event: MarketEvent, index: int) -> Observation:
        """Carry out one event, as it would come through the pipe."""
        heard = json.loads(json.dumps(event.to_dict()), parse_float=Decimal)
        return Observation.from_dict(self._venue.observe(heard, index))

    def snapshot(self) -> BookState:
        """Return all resting orders."""
        return BookState.from_dict(self._venue.snapshot())

    def close(self) -> None:
        """Nothing is held."""


def test_the_suite_is_the_one_that_was_read() -> None:
    assert SUITE.suite_id == "tracebook-conformance-v2"
    assert len(CASES) == 7
    assert {case.name for case in SUITE.cases} - {case.name for case in CASES} == LEFT_OUT


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_of_the_suite_comes_out_as_the_judge_says(
    case: SuiteCase, implementation: str
) -> None:
    candidate = partial(spoken_to, implementation)
    report = run_conformance(case.load_events(), candidate, config=case.config)
    assert report.conformant, report.divergence


@pytest.mark.parametrize("profile", PROFILES)
def test_a_random_campaign_finds_no_difference(
    profile: str, implementation: str, seed: int
) -> None:
    print(f"DEPTHCAST_SEED={seed} profile {profile}")
    result = run_campaign(
        partial(spoken_to, implementation),
        profile=profile,
        seed=seed,
        traces=TRACES,
        events_per_trace=EVENTS_PER_TRACE,
    )
    found = result.failure
    assert found is None, (found.failure_class, found.minimization.report.divergence)
    assert len(result.traces) == TRACES


def test_the_judge_sees_an_engine_that_is_last_in_first_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    twin = sabotaged(tmp_path, "judged", BY_FOLD[0])
    result = run_campaign(partial(Called, twin), traces=1, events_per_trace=200)
    assert result.failure is not None
    assert result.failure.failure_class == "execution drift"
