"""Load settings the way the tests give them: options as keywords, no environment."""

from typing import Any

import pytest

from app.settings import Settings, SettingsError, load_settings

CPUS = frozenset({0, 1, 5})
SECRET = "s" * 32


def loaded(environment: dict[str, str] | None = None, **arguments: Any) -> Settings:
    return load_settings(arguments, environment or {}, CPUS)


def message_of(environment: dict[str, str] | None = None, **arguments: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        loaded(environment, **arguments)
    message = str(caught.value)
    assert "\n" not in message
    return message
