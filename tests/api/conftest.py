"""Start servers for the REST tests."""

import pytest

from tests.api.rest import Rest
from tests.app.harness import Harness


@pytest.fixture
def static_directory(tmp_path):
    """Return a directory with a page."""
    (tmp_path / "index.html").write_text("<p>terminal")
    (tmp_path / "docs.html").write_text("<p>documentation")
    return tmp_path


@pytest.fixture
def rest(static_directory):
    """Return a server with two instruments and an empty book."""
    return Rest(Harness(), static_directory)


@pytest.fixture
def make_rest(static_directory):
    """Return a function that starts a server: harness options, and `public` or `timeout_s`."""

    def make(*, public=False, timeout_s=60, **options):
        return Rest(Harness(**options), static_directory, public=public, timeout_s=timeout_s)

    return make
