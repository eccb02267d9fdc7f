"""Be the market: commands in, events out, nothing else.

Role: the public face of the engine; nobody reaches past it but the compiled core's own tests. The
package imports no asyncio, socket, file, wall clock or logging (docs/ARCHITECTURE.md, "Import
rules"). Start reading at `engine/reference.py`, the readable twin of the compiled kernel.
"""

from engine.commands import (
    AddAccount,
    AddInstrument,
    AmendOrder,
    CancelAll,
    CancelOrder,
    Command,
    Configure,
    Expire,
    MarketState,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    SetMarketState,
    Side,
    TimeInForce,
    UpdateInstrument,
)
from engine.core.kernel import MatchingEngine
from engine.instruments import Instrument
from engine.reasons import Reason

__all__ = [
    "AddAccount",
    "AddInstrument",
    "AmendOrder",
    "CancelAll",
    "CancelOrder",
    "Command",
    "Configure",
    "Expire",
    "Instrument",
    "MarketState",
    "MatchingEngine",
    "NewOrder",
    "OrderType",
    "Reason",
    "SelfTradePrevention",
    "SetMarketState",
    "Side",
    "TimeInForce",
    "UpdateInstrument",
]
