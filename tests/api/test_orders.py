"""Orders over REST: what goes in, what comes out, who may."""

import asyncio

import pytest

from app.errors import refuse
from tests.api.rest import limit_order


def test_an_order_that_rests_is_answered_with_201_and_all_its_fields(rest):
    response = rest.ask("POST", "/v1/orders", limit_order(client_order_id="mine"))
    order = response.json()
    assert response.status_code == 201
    assert response.headers["cache-control"] == "no-store"
    assert (order["order_id"], order["client_order_id"], order["status"]) == ("1", "mine", "open")
    assert (order["price"], order["quantity"], order["account"]) == ("100.00", "1.0000", "alice")
    assert (order["stop_price"], order["average_price"], order["reason"]) == (None, None, None)
    assert (order["time_in_force"], order["durable"]) == ("gtc", False)
    assert "replayed" not in order


def test_an_ioc_without_a_full_fill_is_201_and_cancelled(rest):
    rest.order(account="bob", side="sell", quantity="0.4")
    order = rest.order(time_in_force="ioc")
    assert (order["status"], order["reason"]) == ("cancelled", "ioc")
    assert (order["filled_quantity"], order["cancelled_quantity"]) == ("0.4000", "0.6000")
    assert order["average_price"].startswith("100.00")


def test_validate_checks_and_sends_nothing(rest):
    response = rest.ask("POST", "/v1/orders", limit_order(validate=True))
    assert (response.status_code, response.json()) == (200, {"validated": True})
    assert rest.ask("GET", "/v1/orders").json()["orders"] == []


def test_the_same_order_again_is_answered_as_the_first_time(rest):
    first = rest.order(client_order_id="mine")
    again = rest.ask("POST", "/v1/orders", limit_order(client_order_id="mine"))
    assert again.status_code == 201
    assert again.json() == first | {"replayed": True}
    assert rest.harness.engine.depth("ACME-USD")[0][0][2] == 1


def test_a_refusal_by_the_engine_is_told_again_too(rest):
    body = limit_order(client_order_id="mine", time_in_force="fok")
    first, again = (rest.ask("POST", "/v1/orders", body) for _ in range(2))
    assert first.status_code == again.status_code == 422
    assert again.json() == first.json() | {"replayed": True}


def test_a_full_engine_says_when_to_come_back(rest):
    rest.harness.refusal = refuse("engine_busy", "the command ring is full")
    response = rest.ask("POST", "/v1/orders", limit_order())
    assert (response.status_code, response.json()["code"]) == (503, "engine_busy")
    assert int(response.headers["retry-after"]) >= 1
    assert response.json()["retry_after_ms"] > 0


def test_an_engine_that_stops_leaves_the_outcome_unknown(rest):
    rest.harness.die()
    assert rest.problem("POST", "/v1/orders", limit_order()) == "503 outcome_unknown"
    assert rest.problem("POST", "/v1/admin/halt/ACME-USD") == "503 outcome_unknown"


def test_no_answer_in_time_is_an_unknown_outcome_that_can_be_looked_up(make_rest):
    rest = make_rest(timeout_s=0.01)
    rest.harness.hold()
    body = limit_order(client_order_id="mine")
    assert rest.problem("POST", "/v1/orders", body) == "503 outcome_unknown"
    rest.harness.release()
    assert rest.ask("GET", "/v1/orders/by-client-id/mine").json()["status"] == "open"


def test_answers_may_come_out_of_order(rest):
    rest.harness.hold()
    headers = {"authorization": f"Bearer {rest.token()}"}

    async def scenario():
        slow = asyncio.ensure_future(
            rest.send("POST", "/v1/orders", headers, json=limit_order(client_order_id="slow"))
        )
        quick = await rest.send("GET", "/v1/instruments", headers)
        assert not slow.done()
        rest.harness.release()
        return quick, await slow

    quick, slow = asyncio.run(scenario())
    assert (quick.status_code, slow.status_code) == (200, 201)


def test_an_amend_changes_an_order(rest):
    rest.order()
    order = rest.ask("PATCH", "/v1/orders/1", {"price": "101.5", "quantity": "3"}).json()
    assert (order["price"], order["quantity"], order["order_id"]) == ("101.50", "3.0000", "1")


def test_a_cancel_answers_with_the_order_after_it(rest):
    rest.order()
    order = rest.ask("DELETE", "/v1/orders/1").json()
    assert (order["status"], order["reason"], order["cancelled_quantity"]) == (
        "cancelled",
        "user",
        "1.0000",
    )


@pytest.mark.parametrize(
    ("query", "count", "left"), [("", 3, []), ("?symbol=ACME-USD", 2, ["BETA-USD"])]
)
def test_a_cancel_of_all_orders_counts_and_names_them(rest, query, count, left):
    for symbol in ("ACME-USD", "BETA-USD", "ACME-USD"):
        rest.order(symbol=symbol)
    rest.order(account="bob")
    result = rest.ask("DELETE", f"/v1/orders{query}").json()
    assert (result["count"], len(result["cancelled"])) == (count, count)
    orders = rest.ask("GET", "/v1/orders?status=open").json()["orders"]
    assert [order["symbol"] for order in orders] == left
    assert len(rest.ask("GET", "/v1/orders?status=open", account="bob").json()["orders"]) == 1


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/orders?symbol=NOPE", "404 unknown_symbol"),
        ("/v1/orders?symbol=", "400 invalid_request"),
        ("/v1/orders?sybmol=ACME-USD", "400 invalid_request"),
    ],
)
def test_a_cancel_of_all_orders_never_reaches_further_than_meant(rest, path, expected):
    rest.order()
    assert rest.problem("DELETE", path) == expected
    assert rest.ask("GET", "/v1/orders/1").json()["status"] == "open"


@pytest.mark.parametrize("order_id", ["2", "0", "01", "x", "9" * 30, "-1", "1.0", "%31%00"])
@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_an_order_that_is_not_there_is_unknown(rest, method, order_id):
    rest.order()
    body = {"price": "99"} if method == "PATCH" else None
    assert rest.problem(method, f"/v1/orders/{order_id}", body) == "404 unknown_order"


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_somebody_elses_order_is_as_unknown_as_none(rest, method):
    rest.order(client_order_id="mine")
    body = {"price": "99"} if method == "PATCH" else None
    assert rest.problem(method, "/v1/orders/1", body, account="bob") == "404 unknown_order"
    path = "/v1/orders/by-client-id/mine"
    assert rest.problem("GET", path, account="bob") == "404 unknown_order"
    assert rest.ask("GET", path).json()["status"] == "open"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_an_ended_order_is_already_done(rest, method):
    rest.order()
    rest.ask("DELETE", "/v1/orders/1")
    body = {"price": "99"} if method == "PATCH" else None
    assert rest.problem(method, "/v1/orders/1", body) == "409 already_done"
    assert rest.ask("GET", "/v1/orders/1").json()["status"] == "cancelled"


def test_a_batch_has_an_outcome_for_each_order(rest):
    orders = [limit_order(), limit_order(price="1.001"), limit_order(symbol="NOPE"), "no order"]
    outcomes = rest.ask("POST", "/v1/orders/batch", {"orders": orders}).json()["outcomes"]
    assert outcomes[0]["order"]["status"] == "open"
    codes = [outcome["error"]["code"] for outcome in outcomes[1:]]
    assert codes == ["invalid_price", "unknown_symbol", "invalid_request"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"orders": {}},
        {"orders": []},
        {"orders": [limit_order()] * 101},
        {"orders": [], "x": 1},
    ],
    ids=["nothing", "no list", "empty", "too many", "unknown field"],
)
def test_a_batch_that_is_none_is_refused(rest, body):
    assert rest.problem("POST", "/v1/orders/batch", body) == "400 invalid_request"


def test_the_largest_batch_fits(rest):
    order = limit_order(client_order_id="x" * 64)
    response = rest.ask("POST", "/v1/orders/batch", {"orders": [order] * 100})
    assert len(response.json()["outcomes"]) == 100


def test_orders_are_listed_newest_first_page_by_page(rest):
    for _ in range(5):
        rest.order()
    found, query = [], "?limit=2"
    while query is not None:
        page = rest.ask("GET", f"/v1/orders{query}").json()
        found.append([order["order_id"] for order in page["orders"]])
        cursor = page["next_cursor"]
        query = None if cursor is None else f"?limit=2&cursor={cursor}"
    assert found == [["5", "4"], ["3", "2"], ["1"]]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["5", "4", "3", "1"]),
        ("?status=open", ["5", "3"]),
        ("?status=cancelled", ["4"]),
        ("?status=filled", ["1"]),
        ("?symbol=BETA-USD", ["5"]),
        ("?status=open&symbol=ACME-USD&limit=&cursor=", ["3"]),
        ("?symbol=NONE", []),
    ],
)
def test_orders_are_listed_by_status_and_symbol(rest, query, expected):
    rest.order()
    rest.order(account="bob", side="sell")
    for symbol in ("ACME-USD", "ACME-USD", "BETA-USD"):
        rest.order(symbol=symbol, price="90")
    rest.ask("DELETE", "/v1/orders/4")
    orders = rest.ask("GET", f"/v1/orders{query}").json()["orders"]
    assert [order["order_id"] for order in orders] == expected


@pytest.mark.parametrize(
    "query",
    ["?status=dead", "?limit=0", "?limit=1001", "?cursor=x", "?before=1", "?limit=1&limit=1"],
)
def test_a_bad_list_query_is_refused(rest, query):
    assert rest.problem("GET", f"/v1/orders{query}") == "400 invalid_request"
