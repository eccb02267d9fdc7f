"""The table of calls by itself."""

import pytest

from app.api.table import CALLS
from app.errors import STATUS_BY_CODE
from auth.policy import REQUIRED_SCOPES

PROMISED = """
POST /v1/orders
GET /v1/orders/{order_id}
GET /v1/orders/by-client-id/{client_order_id}
GET /v1/orders
PATCH /v1/orders/{order_id}
DELETE /v1/orders/{order_id}
DELETE /v1/orders
POST /v1/orders/batch
GET /v1/fills
GET /v1/instruments
GET /v1/depth/{symbol}
GET /v1/trades/{symbol}
GET /v1/ticker/{symbol}
POST /v1/admin/halt/{symbol}
POST /v1/admin/resume/{symbol}
POST /v1/admin/market/{symbol}
POST /v1/admin/accounts/{account}/block
POST /v1/admin/accounts/{account}/unblock
POST /v1/admin/accounts/{account}/cancel_all
POST /v1/admin/accounts/{account}/disconnect
GET /healthz
GET /readyz
GET /metrics
""".split("\n")[1:-1]

SCOPES = {
    "order.new": "orders:write",
    "order.batch": "orders:write",
    "order.amend": "orders:write",
    "order.cancel": "orders:write",
    "order.cancel_all": "orders:write",
    "order.lookup": "orders:read",
    "order.list": "orders:read",
    "fill.list": "orders:read",
    "depth": "market:read",
    "trades": "market:read",
    "ticker": "market:read",
    "admin": "admin",
    "instruments": None,
}


def test_every_promised_call_is_there_once():
    assert sorted(f"{call.method} {call.path}" for call in CALLS) == sorted(PROMISED)


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_a_call_needs_the_promised_scope(call):
    if call.action is None:
        assert not call.path.startswith("/v1/")
    else:
        assert REQUIRED_SCOPES[call.action] == SCOPES[call.action]


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call.method} {call.path}")
def test_a_call_refuses_with_known_codes_only(call):
    assert set(call.codes) <= set(STATUS_BY_CODE)
    assert len(set(call.codes)) == len(call.codes)


def test_a_fixed_path_is_tried_before_one_with_a_name():
    paths = list(dict.fromkeys(call.path for call in CALLS))
    assert paths[0] == "/v1/orders"
    assert paths.index("/v1/orders/batch") < paths.index("/v1/orders/{order_id}")
