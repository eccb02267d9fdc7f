"""Turn the fields of a request into a command: legal combinations, decimal text to integers.

Role: the part of the gateway that knows what the fields of an order mean together
(docs/PROTOCOL.md, "New order"). What has no integer form (an unknown symbol, an amount off its
step) is refused here, since the engine could not even be asked. Sans-I/O: never imports asyncio,
sockets or clocks.
"""

import re
from typing import Final

import msgspec

from app.errors import FieldError, Refusal, refuse
from app.market import Listing, MarketData
from app.order_requests import AmendRequest, NewOrderRequest, OrderReference
from engine.commands import (
    AmendOrder,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    Side,
    TimeInForce,
)
from engine.instruments import Step

_CLIENT_ORDER_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_INTEGER_MAX: Final = 2**63 - 1  # the widest integer of a command's record
_ID_DIGITS_MAX: Final = 16  # ids stay below 2^53

_SIDES: Final = {side.name.lower(): side for side in Side}
_TYPES: Final = {kind.name.lower(): kind for kind in OrderType}
_TIMES_IN_FORCE: Final = {time.name.lower(): time for time in TimeInForce}
_SELF_TRADE_PREVENTIONS: Final = {mode.name.lower(): mode for mode in SelfTradePrevention}

_HAS_PRICE: Final = frozenset({"limit", "stop_limit"})
_HAS_STOP_PRICE: Final = frozenset({"stop", "stop_limit"})
_RESTING_TIMES: Final = frozenset({"gtc", "gtd"})


def check_new_order(request: NewOrderRequest, *, on_socket: bool) -> Refusal | None:
    """Refuse what no state of the market could make legal; None when there is nothing to say."""
    errors = _new_order_conflicts(request)
    client_order_id = request.client_order_id
    if client_order_id is not None and _CLIENT_ORDER_ID.fullmatch(client_order_id) is None:
        errors.append(FieldError("client_order_id", "1-64 of A-Z a-z 0-9 . _ : - expected"))
    if request.cancel_on_disconnect is not None and not on_socket:
        errors.append(FieldError("cancel_on_disconnect", "only on a WebSocket"))
    return _invalid(errors) if errors else None


def _new_order_conflicts(request: NewOrderRequest) -> list[FieldError]:
    """Return what contradicts each other, one entry for each field at fault."""
    kind, errors = request.type, list[FieldError]()
    time = request.time_in_force or ("gtc" if kind in _HAS_PRICE else "ioc")
    if (request.price is not None) != (kind in _HAS_PRICE):
        errors.append(FieldError("price", f"{_needed(kind in _HAS_PRICE)} a {kind} order"))
    if (request.stop_price is not None) != (kind in _HAS_STOP_PRICE):
        detail = f"{_needed(kind in _HAS_STOP_PRICE)} a {kind} order"
        errors.append(FieldError("stop_price", detail))
    if kind not in _HAS_PRICE and time != "ioc":
        errors.append(FieldError("time_in_force", f"a {kind} order is ioc"))
    may_rest = kind in _HAS_PRICE and time in _RESTING_TIMES
    if request.post_only and not may_rest:
        errors.append(FieldError("post_only", "only for a gtc or gtd order with a price"))
    if request.display_quantity is not None and not (may_rest and kind == "limit"):
        errors.append(FieldError("display_quantity", "only for a gtc or gtd limit order"))
    if (request.expire_at_us is not None) != (time == "gtd"):
        errors.append(FieldError("expire_at_us", f"{_needed(time == 'gtd')} a {time} order"))
    return errors


def _needed(needed: bool) -> str:
    return "missing, needed by" if needed else "not for"


def new_order_command(
    request: NewOrderRequest, market: MarketData, account: int, connection: int
) -> NewOrder | Refusal:
    """Return the command of a checked request, or `unknown_symbol` or what is off its step.

    `connection` is kept only for an order that its end shall cancel.
    """
    listing = market.listing(request.symbol)
    if listing is None:
        return unknown_symbol(request.symbol)
    try:
        quantity_lots = _steps(listing.lot, "quantity", request.quantity)
        price_ticks = _steps_or_none(listing.tick, "price", request.price)
        stop_price_ticks = _steps_or_none(listing.tick, "stop_price", request.stop_price)
        display_lots = _steps_or_none(listing.lot, "display_quantity", request.display_quantity)
    except _OffStep as off_step:
        return off_step.refusal
    time, prevention = request.time_in_force, request.self_trade_prevention
    return NewOrder(
        symbol=request.symbol,
        account=account,
        side=_SIDES[request.side],
        type=_TYPES[request.type],
        quantity_lots=quantity_lots,
        price_ticks=price_ticks,
        stop_price_ticks=stop_price_ticks,
        time_in_force=None if time is None else _TIMES_IN_FORCE[time],
        post_only=request.post_only is True,
        display_lots=display_lots,
        self_trade_prevention=_SELF_TRADE_PREVENTIONS[prevention or "cancel_newest"],
        expire_at_us=request.expire_at_us,
        deadline_us=request.deadline_us,
        client_order_id=request.client_order_id,
        connection=connection if request.cancel_on_disconnect else 0,
    )


def check_amend(request: AmendRequest) -> Refusal | None:
    """Refuse an amend that changes nothing."""
    if request.price is None and request.quantity is None and request.stop_price is None:
        return refuse("invalid_request", "nothing to change: price, quantity or stop_price")
    return None


def check_reference(request: AmendRequest | OrderReference) -> Refusal | None:
    """Refuse what does not name one order by one of its ids."""
    if (request.order_id is None) == (request.client_order_id is None):
        return refuse("invalid_request", "either order_id or client_order_id expected")
    return None


def amend_command(
    request: AmendRequest, listing: Listing, account: int, order_id: int
) -> AmendOrder | Refusal:
    """Return the command of a checked request, or the refusal of what is off its step."""
    try:
        return AmendOrder(
            symbol=listing.symbol,
            account=account,
            order_id=order_id,
            price_ticks=_steps_or_none(listing.tick, "price", request.price),
            quantity_lots=_steps_or_none(listing.lot, "quantity", request.quantity),
            stop_price_ticks=_steps_or_none(listing.tick, "stop_price", request.stop_price),
        )
    except _OffStep as off_step:
        return off_step.refusal


def fingerprint(command: NewOrder) -> bytes:
    """Return what makes two new orders the same: all but deadline, time and connection number.

    The bytes are the same in every process, so that they may be kept.
    """
    content = (
        command.symbol,
        command.side,
        command.type,
        command.quantity_lots,
        command.price_ticks,
        command.stop_price_ticks,
        command.time_in_force,
        command.post_only,
        command.display_lots,
        command.self_trade_prevention,
        command.expire_at_us,
        command.connection != 0,
    )
    return msgspec.msgpack.encode(content)


def parse_order_id(text: str) -> int | None:
    """Return the number of an order id, None for text that is no order's id."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _ID_DIGITS_MAX):
        return None
    return int(text) if text[0] != "0" else None


def unknown_symbol(symbol: str) -> Refusal:
    """Refuse a symbol that is not listed."""
    return refuse("unknown_symbol", f"there is no symbol {symbol[:24]!r}")


class _OffStep(Exception):
    """Carry the refusal of an amount without integer form out of the conversion."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def _steps(step: Step, field: str, text: str) -> int:
    """Return `text` in whole steps; raises `_OffStep`."""
    code = "invalid_price" if field.endswith("price") else "invalid_quantity"
    try:
        steps = step.count(text)
    except ValueError:
        size = step.text(1)
        detail = f"a multiple of {size} expected, in plain decimals"
        raise _OffStep(refuse(code, f"{field}: {detail}", FieldError(field, detail))) from None
    if steps > _INTEGER_MAX:
        detail = "too large"
        wide_code = "max_quantity" if code == "invalid_quantity" else code
        raise _OffStep(refuse(wide_code, f"{field}: {detail}", FieldError(field, detail)))
    return steps


def _steps_or_none(step: Step, field: str, text: str | None) -> int | None:
    return None if text is None else _steps(step, field, text)


def _invalid(errors: list[FieldError]) -> Refusal:
    detail = "; ".join(f"{error.field}: {error.detail}" for error in errors)
    return refuse("invalid_request", detail, *errors)
