"""What an administrator can do over REST."""

import pytest

from tests.api.rest import TRADER_SCOPES, limit_order


def state_of(rest, symbol="ACME-USD"):
    instruments = rest.ask("GET", "/v1/instruments").json()["instruments"]
    return {each["symbol"]: each["state"] for each in instruments}[symbol]


def test_a_halt_stops_orders_and_a_resume_lets_them_in_again(rest):
    rest.order()
    halted = rest.ask("POST", "/v1/admin/halt/ACME-USD")
    assert halted.json() == {"symbol": "ACME-USD", "state": "halted"}
    assert rest.problem("POST", "/v1/orders", limit_order()) == "409 halted"
    assert (state_of(rest), state_of(rest, "BETA-USD")) == ("halted", "open")
    assert rest.ask("GET", "/v1/orders/1").json()["status"] == "open"
    resumed = rest.ask("POST", "/v1/admin/resume/ACME-USD")
    assert resumed.json() == {"symbol": "ACME-USD", "state": "open"}
    assert rest.order()["status"] == "open"


@pytest.mark.parametrize("state", ["open", "post_only", "cancel_only", "halted"])
@pytest.mark.parametrize(("cancel_orders", "status"), [(False, "open"), (True, "cancelled")])
def test_a_market_is_put_into_any_state_with_or_without_its_orders(
    rest, state, cancel_orders, status
):
    rest.order()
    body = {"state": state, "cancel_orders": cancel_orders}
    response = rest.ask("POST", "/v1/admin/market/ACME-USD", body)
    assert response.json() == {"symbol": "ACME-USD", "state": state}
    assert state_of(rest) == state
    assert rest.ask("GET", "/v1/orders/1").json()["status"] == status


def test_orders_stay_where_nothing_is_said_of_them(rest):
    rest.order()
    rest.ask("POST", "/v1/admin/market/ACME-USD", {"state": "halted"})
    assert rest.ask("GET", "/v1/orders/1").json()["status"] == "open"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"state": "closed"},
        {"state": None},
        {"state": "open", "cancel_orders": 1},
        {"state": "open", "x": 1},
    ],
)
def test_a_bad_state_is_refused(rest, body):
    assert rest.problem("POST", "/v1/admin/market/ACME-USD", body) == "400 invalid_request"


@pytest.mark.parametrize("call", ["halt", "resume", "market"])
def test_an_unknown_symbol_is_not_found(rest, call):
    body = {"state": "open"} if call == "market" else None
    assert rest.problem("POST", f"/v1/admin/{call}/NOPE", body) == "404 unknown_symbol"


def test_a_blocked_account_is_kept_out_until_it_is_unblocked(rest):
    blocked = rest.ask("POST", "/v1/admin/accounts/bob/block").json()
    assert blocked == {"account": "bob", "blocked": True, "connections": 2}
    assert rest.disconnects.closed == [("bob", 4403)]
    bob = {"account": "bob", "scopes": TRADER_SCOPES}
    assert rest.problem("POST", "/v1/orders", limit_order(), **bob) == "403 account_blocked"
    assert rest.problem("GET", "/v1/depth/ACME-USD", **bob) == "403 account_blocked"
    unblocked = rest.ask("POST", "/v1/admin/accounts/bob/unblock").json()
    assert unblocked == {"account": "bob", "blocked": False, "connections": 0}
    assert rest.ask("POST", "/v1/orders", limit_order(), **bob).status_code == 201


def test_an_administrator_who_blocked_himself_can_undo_it(rest):
    rest.ask("POST", "/v1/admin/accounts/alice/block")
    assert rest.problem("GET", "/v1/orders") == "403 account_blocked"
    rest.ask("POST", "/v1/admin/accounts/alice/unblock")
    assert rest.ask("GET", "/v1/orders").status_code == 200


def test_an_accounts_connections_are_closed(rest):
    response = rest.ask("POST", "/v1/admin/accounts/bob/disconnect")
    assert response.json() == {"account": "bob", "connections": 2}
    assert rest.disconnects.closed == [("bob", 4409)]


def test_all_orders_of_an_account_are_cancelled(rest):
    for symbol in ("ACME-USD", "BETA-USD"):
        rest.order(account="bob", symbol=symbol)
    rest.order()
    cancelled = rest.ask("POST", "/v1/admin/accounts/bob/cancel_all").json()
    assert cancelled == {"account": "bob", "count": 2, "cancelled": ["1", "2"]}
    order = rest.ask("GET", "/v1/orders/1", account="bob").json()
    assert (order["status"], order["reason"]) == ("cancelled", "admin")
    assert rest.ask("GET", "/v1/orders/3").json()["status"] == "open"


def test_an_account_that_never_traded_has_nothing_to_cancel(rest):
    cancelled = rest.ask("POST", "/v1/admin/accounts/carol/cancel_all").json()
    assert cancelled == {"account": "carol", "count": 0, "cancelled": []}


@pytest.mark.parametrize("call", ["block", "unblock", "cancel_all", "disconnect"])
@pytest.mark.parametrize("account", ["a%20b", "x" * 65, "%C3%A9"])
def test_what_is_no_account_is_refused(rest, call, account):
    path = f"/v1/admin/accounts/{account}/{call}"
    assert rest.problem("POST", path) == "400 invalid_request"
