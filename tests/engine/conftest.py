"""Give tests each implementation of the engine, and the seed of random streams."""

import os

import pytest

from tests.engine.implementations import NAMES, EngineClass, engine_class


@pytest.fixture(params=NAMES)
def implementation(request: pytest.FixtureRequest) -> str:
    """The name of each implementation in turn."""
    return str(request.param)


@pytest.fixture
def engine_type(implementation: str) -> EngineClass:
    """The class of each implementation in turn."""
    return engine_class(implementation)


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of every random stream: `DEPTHCAST_SEED` replays a run."""
    return int(os.environ.get("DEPTHCAST_SEED", "1"))
