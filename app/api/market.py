"""Serve market data: instruments, depth, trades, ticker.

Role: REST handlers and their rows of the table; they read `MarketData`; none of them waits.
"""

from typing import Final

from app import wire
from app.api import query
from app.api.call import Answer, ApiRequest, Call
from app.api.services import Services
from app.api.shapes import Instruments, Trades
from app.errors import Refusal
from app.feed.checksum import CHECKSUM_LEVELS, checksum_of_text
from app.market import Listing
from app.order_fields import unknown_symbol
from engine.commands import Side


def list_instruments(services: Services, _request: ApiRequest) -> Answer:
    """Return everything that is listed."""
    listings = services.market.listings.values()
    return Instruments(tuple(listing.info() for listing in listings))


def depth(services: Services, request: ApiRequest) -> Answer:
    """Return the best levels, with the checksum that a stream at the same seq has."""
    listing = listed(services, request)
    if isinstance(listing, Refusal):
        return listing
    bids = listing.levels(Side.BUY, request.query["levels"])
    asks = listing.levels(Side.SELL, request.query["levels"])
    return wire.DepthSnapshot(
        epoch=services.market.epoch,
        symbol=listing.symbol,
        seq=listing.book.seq,
        bids=bids,
        asks=asks,
        checksum=checksum_of_text(asks[:CHECKSUM_LEVELS], bids[:CHECKSUM_LEVELS]),
        engine_us=listing.book.engine_us,
    )


def trades(services: Services, request: ApiRequest) -> Answer:
    """Return the newest trades, or those before an id."""
    listing = listed(services, request)
    if isinstance(listing, Refusal):
        return listing
    return Trades(listing.symbol, tuple(listing.tape.recent(**request.query)))


def ticker(services: Services, request: ApiRequest) -> Answer:
    """Return the best prices and the last 24 hours."""
    listing = listed(services, request)
    if isinstance(listing, Refusal):
        return listing
    return listing.ticker(services.now_ns() // 1_000)


def listed(services: Services, request: ApiRequest) -> Listing | Refusal:
    """Return the listing of the path's symbol."""
    symbol = request.path["symbol"]
    return services.market.listing(symbol) or unknown_symbol(symbol)


CALLS: Final = (
    Call(
        method="GET",
        path="/v1/instruments",
        handler=list_instruments,
        summary="List all instruments",
        tag="market data",
        action="instruments",
        answer=Instruments,
    ),
    Call(
        method="GET",
        path="/v1/depth/{symbol}",
        handler=depth,
        summary="Show the best levels, as a depth snapshot message does",
        tag="market data",
        action="depth",
        parameters=(query.LEVELS,),
        answer=wire.DepthSnapshot,
        codes=("unknown_symbol",),
    ),
    Call(
        method="GET",
        path="/v1/trades/{symbol}",
        handler=trades,
        summary="List trades, newest first",
        tag="market data",
        action="trades",
        parameters=(query.LIMIT, query.BEFORE_ID),
        answer=Trades,
        codes=("unknown_symbol",),
    ),
    Call(
        method="GET",
        path="/v1/ticker/{symbol}",
        handler=ticker,
        summary="Show the best prices and the last 24 hours",
        tag="market data",
        action="ticker",
        answer=wire.Ticker,
        codes=("unknown_symbol",),
    ),
)
