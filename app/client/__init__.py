"""Be a client of a Depthcast server: typed, asyncio, and never silent about what may be stale.

Role: the public names. Imports nothing of the server: it knows only docs/PROTOCOL.md.
"""

from app.client.book import BookView, LocalBook
from app.client.client import Client
from app.client.connection import State
from app.client.errors import (
    ClientError,
    ConnectFailed,
    ConnectionLost,
    FeedOverflow,
    OutcomeUnknown,
    ProtocolError,
    RequestRefused,
    StaleData,
    TooManyInFlight,
)
from app.client.feeds import Feed
from app.client.messages import Fill, Order, Trade
from app.client.orders import NewOrder, OrderEntry
from app.client.own_orders import OwnOrders
from app.client.tape import TradeTape
from app.client.ticker import LatestTicker

__all__ = [
    "BookView",
    "Client",
    "ClientError",
    "ConnectFailed",
    "ConnectionLost",
    "Feed",
    "FeedOverflow",
    "Fill",
    "LatestTicker",
    "LocalBook",
    "NewOrder",
    "Order",
    "OrderEntry",
    "OutcomeUnknown",
    "OwnOrders",
    "ProtocolError",
    "RequestRefused",
    "StaleData",
    "State",
    "TooManyInFlight",
    "Trade",
    "TradeTape",
]
