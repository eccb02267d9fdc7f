"""REST through a real server: uvicorn, the compiled engine, sockets."""

import asyncio
import socket

import httpx
import pytest

from app.api.body import BODY_BYTES_MAX
from tests.api.rest import TRADER_SCOPES, limit_order

ANSWER_S = 10


@pytest.fixture
def client(live_server):
    """Return a client that speaks for alice."""
    headers = {"authorization": f"Bearer {live_server.token('alice', TRADER_SCOPES)}"}
    with httpx.Client(base_url=live_server.url, headers=headers, timeout=ANSWER_S) as client:
        yield client


@pytest.fixture
def symbol(client):
    """Return a symbol of the server that nobody else trades, and its tick and lot."""
    return client.get("/v1/instruments").json()["instruments"][-1]


def order_for(instrument, **fields):
    """Return an order of the smallest size, one tick above nothing: it rests."""
    smallest = {"price": instrument["tick_size"], "quantity": instrument["min_quantity"]}
    return limit_order(symbol=instrument["symbol"], **(smallest | fields))


def test_an_order_goes_in_shows_in_the_depth_and_comes_out(client, symbol):
    before = client.get(f"/v1/depth/{symbol['symbol']}?levels=0").json()["seq"]
    order = client.post("/v1/orders", json=order_for(symbol, client_order_id="live")).json()
    depth = client.get(f"/v1/depth/{symbol['symbol']}?levels=0").json()
    assert depth["seq"] > before
    assert depth["bids"][-1][0] == symbol["tick_size"]
    assert client.get("/v1/orders/by-client-id/live").json() == order
    cancelled = client.delete(f"/v1/orders/{order['order_id']}").json()
    assert (cancelled["status"], cancelled["reason"]) == ("cancelled", "user")
    assert cancelled["seq"] > order["seq"]


def test_a_trade_reaches_both_sides_and_the_tape(client, live_server, symbol):
    bob = {"authorization": f"Bearer {live_server.token('bob', TRADER_SCOPES)}"}
    sell = order_for(symbol, side="sell")
    maker = client.post("/v1/orders", json=sell, headers=bob).json()
    taker = client.post("/v1/orders", json=order_for(symbol)).json()
    assert taker["status"] == "filled"
    trade = client.get(f"/v1/trades/{symbol['symbol']}?limit=1").json()["trades"][0]
    assert (trade["price"], trade["aggressor"]) == (symbol["tick_size"], "buy")
    fills = client.get(f"/v1/fills?order_id={maker['order_id']}", headers=bob).json()["fills"]
    assert [(fill["trade_id"], fill["role"]) for fill in fills] == [(trade["trade_id"], "maker")]
    assert client.get(f"/v1/ticker/{symbol['symbol']}").json()["last"] == symbol["tick_size"]


def test_many_orders_at_once_are_all_answered(live_server, symbol):
    async def scenario():
        headers = {"authorization": f"Bearer {live_server.token('carol', TRADER_SCOPES)}"}
        limits = httpx.Limits(max_connections=20)
        async with httpx.AsyncClient(
            base_url=live_server.url, headers=headers, limits=limits, timeout=ANSWER_S
        ) as client:
            body = order_for(symbol)
            sent = (client.post("/v1/orders", json=body) for _ in range(200))
            orders = [response.json() for response in await asyncio.gather(*sent)]
            cancelled = (await client.delete("/v1/orders")).json()
            return orders, cancelled

    orders, cancelled = asyncio.run(scenario())
    assert len({order["order_id"] for order in orders}) == cancelled["count"] == 200


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", "404 not_found"),
        ("PUT", "/v1/orders", "405 method_not_allowed"),
        ("GET", "/v1/ws", "404 not_found"),
        ("GET", "/v1/orders/999999999", "404 unknown_order"),
        ("POST", "/v1/admin/halt/NOPE", "403 forbidden"),
    ],
)
def test_every_error_is_a_problem(client, method, path, expected):
    response = client.request(method, path)
    assert response.headers["content-type"] == "application/problem+json"
    assert f"{response.status_code} {response.json()['code']}" == expected


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_before_it_is_all_sent(client, chunked):
    piece = b" " * 16_384
    content = (piece for _ in range(8)) if chunked else piece * 8
    assert len(piece) * 8 > BODY_BYTES_MAX
    headers = {"content-type": "application/json"}
    response = client.post("/v1/orders", content=content, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
    assert client.get("/v1/orders").status_code == 200


def test_a_client_that_leaves_within_its_request_costs_nobody_anything(client, live_server):
    url = httpx.URL(live_server.url)
    token = live_server.token("alice", TRADER_SCOPES)
    for _ in range(10):
        with socket.create_connection((url.host, url.port), timeout=ANSWER_S) as connection:
            head = f"POST /v1/orders HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n"
            connection.sendall(head.encode() + b"content-length: 100\r\n\r\n{")
    assert client.get("/v1/orders").status_code == 200


def test_the_server_is_ready_and_counts_what_it_did(client):
    client.get("/v1/orders")
    assert client.get("/readyz").json() == {"status": "ready"}
    text = client.get("/metrics").text
    assert 'depthcast_requests_total{method="GET",path="/v1/orders",status="200"}' in text
    assert "depthcast_crossed_book_total 0.0" in text
    for ring in ("command", "event"):
        assert f'depthcast_ring_capacity{{ring="{ring}"}}' in text
