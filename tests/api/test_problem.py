"""How REST says no."""

import json

import pytest

from app.api.problem import problem_body, problem_headers
from app.errors import STATUS_BY_CODE, TEMPORARY_CODES, FieldError, Refusal, refuse


@pytest.mark.parametrize("code", sorted(STATUS_BY_CODE))
def test_every_code_is_a_problem_with_its_status(code):
    status, body = problem_body(refuse(code, "because"))
    problem = json.loads(body)
    assert status == problem["status"] == STATUS_BY_CODE[code]
    assert (problem["code"], problem["detail"], problem["type"]) == (code, "because", "about:blank")
    assert problem["title"]
    assert ("retry_after_ms" in problem) is (code in TEMPORARY_CODES)
    assert "errors" not in problem


@pytest.mark.parametrize("code", sorted(STATUS_BY_CODE))
def test_429_and_503_alone_say_when_to_come_back(code):
    names = {name for name, _ in problem_headers(refuse(code, "because"))}
    assert (b"retry-after" in names) is (STATUS_BY_CODE[code] in (429, 503))
    assert (b"www-authenticate" in names) is (STATUS_BY_CODE[code] == 401)


@pytest.mark.parametrize(
    ("retry_after_ms", "seconds"), [(1, b"1"), (1_000, b"1"), (1_001, b"2"), (60_000, b"60")]
)
def test_seconds_are_rounded_up(retry_after_ms, seconds):
    headers = dict(problem_headers(Refusal("rate_limited", "slow down", retry_after_ms)))
    assert headers[b"retry-after"] == seconds


def test_fields_at_fault_and_a_code_under_another_status_are_shown():
    fault = FieldError("price", "a string expected")
    refusal = Refusal("invalid_price", "price", errors=(fault,), status=400, replayed=True)
    status, body = problem_body(refusal)
    problem = json.loads(body)
    assert status == problem["status"] == 400
    assert problem["errors"] == [{"field": "price", "detail": "a string expected"}]
    assert problem["replayed"] is True
