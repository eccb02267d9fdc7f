"""The routes of a server against its table and its specification; who may call what."""

import re

import pytest

from app.api.table import CALLS
from auth.policy import REQUIRED_SCOPES
from tests.api.rest import ALL_SCOPES

PATH_VALUES = {"symbol": "ACME-USD", "order_id": "1", "client_order_id": "x", "account": "bob"}
SCOPED = [
    (call, REQUIRED_SCOPES[call.action])
    for call in CALLS
    if call.action is not None and REQUIRED_SCOPES[call.action] is not None
]


def path_of(call):
    return re.sub(r"\{(\w+)\}", lambda match: PATH_VALUES[match[1]], call.path)


def test_every_route_is_described_and_every_description_has_a_route(rest):
    routes = {route.path.replace(":path}", "}") for route in rest.app.routes}
    assert routes - set(rest.spec["paths"]) == {"/{path}"}
    assert set(rest.spec["paths"]) <= routes


def test_every_method_of_a_described_path_is_described(rest):
    for path, methods in rest.spec["paths"].items():
        filled = re.sub(r"\{(\w+)\}", lambda match: PATH_VALUES.get(match[1], "x"), path)
        response = rest.ask("PROPFIND", filled)
        allowed = set(response.headers["allow"].split(", ")) - {"HEAD"}
        assert allowed == {method.upper() for method in methods}


@pytest.mark.parametrize(("call", "scope"), SCOPED, ids=lambda value: getattr(value, "path", value))
def test_a_call_is_forbidden_without_its_scope(rest, call, scope):
    others = tuple(other for other in ALL_SCOPES if other != scope)
    before = rest.harness.engine.state_hash()
    assert rest.problem(call.method, path_of(call), scopes=others) == "403 forbidden"
    assert rest.problem(call.method, path_of(call), scopes=()) == "403 forbidden"
    assert rest.problem(call.method, path_of(call), account=None) == "401 unauthenticated"
    assert rest.harness.engine.state_hash() == before


@pytest.mark.parametrize(("call", "scope"), SCOPED, ids=lambda value: getattr(value, "path", value))
def test_a_call_needs_no_other_scope(rest, call, scope):
    body = {} if call.body is not None else None
    response = rest.ask(call.method, path_of(call), body, scopes=(scope,))
    assert response.status_code not in (401, 403)
