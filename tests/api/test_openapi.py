"""The OpenAPI document against the table it describes."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api import openapi
from app.api.openapi import refusal_codes
from app.api.routes import all_calls
from app.api.static_files import page_calls
from app.api.table import CALLS
from app.errors import STATUS_BY_CODE

TABLE = all_calls((*CALLS, *page_calls({})))


@pytest.fixture(scope="module")
def spec():
    """Return the document as it is served."""
    (call,) = (call for call in TABLE if call.path == openapi.PATH)
    return json.loads(call.handler(None, None).body)


def operations(spec):
    """Return every operation by method and path."""
    return {
        (method.upper(), path): operation
        for path, methods in spec["paths"].items()
        for method, operation in methods.items()
    }


def described_path(call):
    return re.sub(r":path\}", "}", call.path)


def test_the_document_is_valid(spec):
    assert spec["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(spec).iter_errors()) == []


def test_every_call_is_described_and_nothing_else(spec):
    assert set(operations(spec)) == {(call.method, described_path(call)) for call in TABLE}


def test_every_operation_has_a_name_of_its_own(spec):
    names = [operation["operationId"] for operation in operations(spec).values()]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9_]+", name) for name in names)


@pytest.mark.parametrize("call", TABLE, ids=lambda call: f"{call.method} {call.path}")
def test_a_call_names_each_of_its_codes_under_its_status(spec, call):
    operation = operations(spec)[call.method, described_path(call)]
    for code in refusal_codes(call):
        problem = operation["responses"][str(STATUS_BY_CODE[code])]
        assert code in problem["description"]
        assert list(problem["content"]) == ["application/problem+json"]


@pytest.mark.parametrize("call", TABLE, ids=lambda call: f"{call.method} {call.path}")
def test_a_call_needs_a_token_exactly_when_it_has_a_scope(spec, call):
    operation = operations(spec)[call.method, described_path(call)]
    needs_token = call.action not in (None, "instruments")
    assert ("security" in operation) is needs_token
    assert ("401" in operation["responses"]) is needs_token


def test_money_is_described_as_decimal_text(spec):
    order = spec["components"]["schemas"]["NewOrderRequest"]["properties"]
    assert order["quantity"]["type"] == "string"
    assert re.fullmatch(order["quantity"]["pattern"], "100.25")
    assert not re.fullmatch(order["quantity"]["pattern"], "-1")


def test_a_status_that_is_always_temporary_says_when_to_come_back(spec):
    responses = operations(spec)["POST", "/v1/orders"]["responses"]
    for status in ("429", "503"):
        assert "Retry-After" in responses[status]["headers"]
