"""An account's fills over REST."""

import pytest


@pytest.fixture
def traded(rest):
    """Return a server where alice took twice from bob and once sold to him."""
    rest.order(account="bob", side="sell", quantity="5", client_order_id="maker")
    rest.order(quantity="1", client_order_id="taker")
    rest.order(quantity="2")
    rest.order(account="bob", symbol="BETA-USD", price="50", quantity="7")
    rest.order(side="sell", symbol="BETA-USD", price="50", quantity="7")
    return rest


def test_a_fill_tells_what_its_owner_did(traded):
    fills = traded.ask("GET", "/v1/fills").json()["fills"]
    assert [fill["symbol"] for fill in fills] == ["BETA-USD", "ACME-USD", "ACME-USD"]
    assert fills[2] == {
        "trade_id": "1",
        "order_id": "2",
        "client_order_id": "taker",
        "symbol": "ACME-USD",
        "side": "buy",
        "price": "100.00",
        "quantity": "1.0000",
        "role": "taker",
        "engine_us": traded.harness.clock_ns // 1_000,
    }


@pytest.mark.parametrize(
    ("account", "query", "count"),
    [
        ("alice", "?symbol=ACME-USD", 2),
        ("alice", "?order_id=2", 1),
        ("alice", "?order_id=1", 0),
        ("bob", "?order_id=1", 2),
        ("bob", "?limit=1", 1),
        ("carol", "", 0),
    ],
)
def test_fills_are_listed_by_symbol_and_by_own_order(traded, account, query, count):
    fills = traded.ask("GET", f"/v1/fills{query}", account=account).json()["fills"]
    assert len(fills) == count


def test_fills_come_page_by_page(traded):
    first = traded.ask("GET", "/v1/fills?limit=2").json()
    rest = traded.ask("GET", f"/v1/fills?limit=2&cursor={first['next_cursor']}").json()
    assert (len(first["fills"]), len(rest["fills"]), rest["next_cursor"]) == (2, 1, None)


@pytest.mark.parametrize("query", ["?order_id=x", "?limit=0", "?cursor=%21", "?status=open"])
def test_a_bad_query_is_refused(rest, query):
    assert rest.problem("GET", f"/v1/fills{query}") == "400 invalid_request"
