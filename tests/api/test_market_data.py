"""Market data over REST."""

import pytest

from app.feed.checksum import checksum_of_text


def test_instruments_are_listed_without_a_token(rest):
    instruments = rest.ask("GET", "/v1/instruments", account=None).json()["instruments"]
    assert [instrument["symbol"] for instrument in instruments] == ["ACME-USD", "BETA-USD"]
    assert instruments[0]["state"] == "open"


def test_depth_shows_the_best_levels_with_seq_and_checksum(rest):
    for price in ("99.50", "100.00", "98.00"):
        rest.order(price=price)
    rest.order(account="bob", side="sell", price="101", quantity="0.5")
    depth = rest.ask("GET", "/v1/depth/ACME-USD?levels=2").json()
    assert depth["bids"] == [["100.00", "1.0000"], ["99.50", "1.0000"]]
    assert depth["asks"] == [["101.00", "0.5000"]]
    assert (depth["seq"], depth["epoch"], depth["symbol"]) == (4, "epoch-1", "ACME-USD")
    assert (depth["channel"], depth["type"]) == ("depth", "snapshot")
    assert depth["checksum"] == checksum_of_text(depth["asks"], depth["bids"])
    assert depth["engine_us"] == rest.harness.clock_ns // 1_000


@pytest.mark.parametrize(("query", "levels"), [("", 25), ("?levels=0", 40), ("?levels=1000", 40)])
def test_the_checksum_is_over_the_best_ten_whatever_is_shown(rest, query, levels):
    for ticks in range(40):
        rest.order(price=f"{60 + ticks}")
    depth = rest.ask("GET", f"/v1/depth/ACME-USD{query}").json()
    assert len(depth["bids"]) == levels
    assert depth["checksum"] == checksum_of_text([], depth["bids"][:10])


def test_an_empty_book_is_empty(rest):
    depth = rest.ask("GET", "/v1/depth/BETA-USD").json()
    assert (depth["bids"], depth["asks"], depth["seq"], depth["checksum"]) == ([], [], 0, 0)


def test_trades_come_newest_first_and_page_back_by_id(rest):
    for _ in range(3):
        rest.order(account="bob", side="sell")
        rest.order()
    answer = rest.ask("GET", "/v1/trades/ACME-USD?limit=2").json()
    assert answer["symbol"] == "ACME-USD"
    assert [trade["trade_id"] for trade in answer["trades"]] == ["3", "2"]
    assert answer["trades"][0]["aggressor"] == "buy"
    older = rest.ask("GET", "/v1/trades/ACME-USD?before_id=2").json()["trades"]
    assert [trade["trade_id"] for trade in older] == ["1"]


def test_the_ticker_shows_the_last_day(rest):
    assert rest.ask("GET", "/v1/ticker/ACME-USD").json()["last"] is None
    rest.order(account="bob", side="sell", quantity="3")
    rest.order()
    ticker = rest.ask("GET", "/v1/ticker/ACME-USD").json()
    assert (ticker["ask"], ticker["ask_quantity"], ticker["bid"]) == ("100.00", "2.0000", None)
    assert (ticker["last"], ticker["volume"]) == ("100.00", "1.0000")
    rest.harness.advance_us(25 * 3_600_000_000)
    later = rest.ask("GET", "/v1/ticker/ACME-USD").json()
    assert (later["last"], later["open"], later["volume"]) == ("100.00", None, "0.0000")


@pytest.mark.parametrize("resource", ["depth", "trades", "ticker"])
@pytest.mark.parametrize("symbol", ["NOPE", "acme-usd", "%00", "A" * 500])
def test_an_unknown_symbol_is_not_found(rest, resource, symbol):
    assert rest.problem("GET", f"/v1/{resource}/{symbol}") == "404 unknown_symbol"


@pytest.mark.parametrize(
    "path",
    [
        "/v1/depth/ACME-USD?levels=1001",
        "/v1/depth/ACME-USD?levels=-1",
        "/v1/depth/ACME-USD?limit=1",
        "/v1/trades/ACME-USD?limit=0",
        "/v1/trades/ACME-USD?before_id=0",
        "/v1/trades/ACME-USD?before_id=x",
        "/v1/ticker/ACME-USD?symbol=ACME-USD",
        "/v1/instruments?x=1",
    ],
)
def test_a_bad_query_is_refused(rest, path):
    assert rest.problem("GET", path) == "400 invalid_request"


@pytest.mark.parametrize("resource", ["depth", "trades", "ticker"])
@pytest.mark.parametrize(
    ("public", "account", "scopes", "status"),
    [
        (False, None, (), 401),
        (False, "alice", ("orders:read",), 403),
        (False, "alice", ("market:read",), 200),
        (True, None, (), 200),
        (True, "alice", ("orders:read",), 200),
    ],
)
def test_market_data_needs_its_scope_unless_it_is_public(
    make_rest, resource, public, account, scopes, status
):
    rest = make_rest(public=public)
    response = rest.ask("GET", f"/v1/{resource}/ACME-USD", account=account, scopes=scopes)
    assert response.status_code == status
