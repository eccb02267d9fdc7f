"""Write events and books as the short lines that the case files use.

Role: one direction only, engine to text. A status change joins the line of the event that caused
it; an accepted command's end is not written.
"""

from collections.abc import Callable, Iterable
from typing import Any

from engine.events import (
    AccountAdded,
    AmendCause,
    CommandCompleted,
    Configured,
    DepthUpdated,
    InstrumentAdded,
    InstrumentUpdated,
    MarketStateChanged,
    MatchingEngineEvent,
    OrderAdded,
    OrderAmended,
    OrderCancelled,
    OrderMatched,
    OrderStatus,
    OrderStatusChanged,
    TradeExecuted,
)
from engine.hashing import OrderState

DEFAULT_SYMBOL = "X"


def unit_lines(events: Iterable[MatchingEngineEvent]) -> list[str]:
    """Return the lines of one unit."""
    lines: list[str] = []
    about: int | None = None
    for event in events:
        if isinstance(event, OrderStatusChanged):
            if event.new_status is OrderStatus.REJECTED:
                lines.append(f"rejected {event.reason.name.lower()}")
            elif event.order_id == about:
                lines[-1] += f" > {event.new_status.name.lower()}"
            else:
                lines.append(f"#{event.order_id} > {event.new_status.name.lower()}")
            continue
        text = _WRITERS[type(event)](event)
        if text is not None:
            lines.append(_with_symbol(event, text))
        about = getattr(event, "order_id", None)
    return _one_refusal(lines)


def book_lines(orders: Iterable[OrderState]) -> list[str]:
    """Return one line for each living order, in the order in which they are hashed."""
    lines = []
    for order in orders:
        side = order.side.name.lower()
        if order.visible_lots == 0:
            limit = f" @ {order.price_ticks}" if order.price_ticks else ""
            terms = f"{side} {order.remaining_lots}{limit} stop {order.stop_price_ticks}"
        else:
            hidden = order.remaining_lots - order.visible_lots
            more = f" + {hidden} hidden" if hidden else ""
            terms = f"{side} {order.visible_lots}{more} @ {order.price_ticks}"
        lines.append(f"#{order.order_id} {terms}")
    return lines


def _one_refusal(lines: list[str]) -> list[str]:
    """Join a new order's rejection with the refusal of its command, which say the same."""
    for number, line in enumerate(lines[:-1]):
        word, _, reason = line.partition(" ")
        if word == "rejected" and lines[number + 1] == f"refused {reason}":
            return lines[:number] + lines[number + 1 :]
    return lines


def _with_symbol(event: MatchingEngineEvent, text: str) -> str:
    symbol = getattr(event, "symbol", None)
    return text if symbol in (None, DEFAULT_SYMBOL) else f"{symbol}: {text}"


def _added(event: OrderAdded) -> str:
    waits = event.status is OrderStatus.UNTRIGGERED
    return f"#{event.order_id} added" + (" untriggered" if waits else "")


def _amended(event: OrderAmended) -> str:
    cause = "amended" if event.cause is AmendCause.USER else event.cause.name.lower()
    limit = "" if event.price_ticks is None else f" @ {event.price_ticks}"
    stop = "" if event.stop_price_ticks is None else f" stop {event.stop_price_ticks}"
    place = "kept" if event.priority_kept else "back"
    return (
        f"#{event.order_id} {cause} {event.quantity_lots}{limit}{stop}"
        f" left {event.remaining_lots} shows {event.visible_lots} {place}"
    )


def _trade(event: TradeExecuted) -> str:
    side = event.side.name.lower()
    return f"trade {event.trade_id} {side} {event.quantity_lots} @ {event.price_ticks}"


def _matched(event: OrderMatched) -> str:
    role, lots = event.role.name.lower(), event.quantity_lots
    return f"#{event.order_id} {role} {lots} @ {event.price_ticks} left {event.remaining_lots}"


def _cancelled(event: OrderCancelled) -> str:
    return f"#{event.order_id} cancelled {event.quantity_lots} {event.reason.name.lower()}"


def _depth(event: DepthUpdated) -> str:
    side, count = event.side.name.lower(), event.order_count
    return f"depth {side} {event.price_ticks}: {event.quantity_lots} in {count}"


def _completed(event: CommandCompleted) -> str | None:
    return None if event.accepted else f"refused {event.reason.name.lower()}"


_WRITERS: dict[type[MatchingEngineEvent], Callable[[Any], str | None]] = {
    OrderAdded: _added,
    OrderAmended: _amended,
    TradeExecuted: _trade,
    OrderMatched: _matched,
    OrderCancelled: _cancelled,
    DepthUpdated: _depth,
    CommandCompleted: _completed,
    MarketStateChanged: lambda event: f"state {event.state.name.lower()}",
    AccountAdded: lambda event: f"account {event.account}",
    InstrumentAdded: lambda event: f"listed as {event.number}",
    InstrumentUpdated: lambda event: "limits changed",
    Configured: lambda event: "configured",
}
