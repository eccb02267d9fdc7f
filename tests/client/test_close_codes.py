"""Check what each close code asks of a client (contract table of close codes)."""

import pytest

from app.client.close_codes import Return, close_policy


@pytest.mark.parametrize(
    ("code", "rule"),
    [
        (4400, Return.NEVER),
        (4401, Return.NEW_TOKEN),
        (4403, Return.NEVER),
        (4408, Return.BACKOFF),
        (4409, Return.NEVER),
        (4413, Return.NEVER),
        (4429, Return.WHEN_TOLD),
        (4503, Return.WHEN_TOLD),
        (1000, Return.BACKOFF),
        (1006, Return.BACKOFF),
        (1009, Return.NEVER),
        (1012, Return.BACKOFF),
    ],
)
def test_a_close_code_says_whether_to_come_back(code: int, rule: Return) -> None:
    policy = close_policy(code)
    assert policy.rule is rule
    assert policy.advice
