"""Give the outside judge each implementation of the engine, and the seed of its campaigns."""

import os

import pytest

from tests.engine.implementations import NAMES


@pytest.fixture(params=NAMES)
def implementation(request: pytest.FixtureRequest) -> str:
    """The name of each implementation in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of every random campaign: `DEPTHCAST_SEED` replays a run."""
    return int(os.environ.get("DEPTHCAST_SEED", "1"))
