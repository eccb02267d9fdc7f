"""Serve orders: enter, amend, cancel, look up, list.

Role: REST handlers and their rows of the table; what the fields mean is the gateway's affair.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, get_args

from app import wire
from app.api import query
from app.api.answers import answer_of
from app.api.call import ENGINE_CODES, Answer, ApiRequest, Call, Reply
from app.api.services import Services
from app.api.shapes import AmendBody, BatchBody
from app.errors import FieldError, refuse
from app.order_requests import NewOrderRequest
from app.submission import Caller, OrderResult

GatewayCall = Callable[[Caller, dict[str, Any], Callable[[Any], None]], None]


async def new_order(services: Services, request: ApiRequest) -> Answer:
    """Enter an order; with `validate` it is only checked, and the answer is 200."""
    answer = await _ask(services, request, services.gateway.new_order, request.fields)
    return Reply(answer, 200) if isinstance(answer, wire.Validated) else answer


async def new_orders(services: Services, request: ApiRequest) -> Answer:
    """Enter several orders, each with an outcome of its own."""
    return await _ask(services, request, services.gateway.batch, request.fields)


async def amend_order(services: Services, request: ApiRequest) -> Answer:
    """Change an order's price, total quantity or stop price."""
    for name in ("order_id", "client_order_id"):
        if name in request.fields:
            fault = FieldError(name, "the path names the order")
            return refuse("invalid_request", f"{name}: the path names the order", fault)
    fields = request.fields | request.path
    return await _ask(services, request, services.gateway.amend, fields)


async def cancel_order(services: Services, request: ApiRequest) -> Answer:
    """Take one order out of the market."""
    return await _ask(services, request, services.gateway.cancel, dict(request.path))


async def cancel_orders(services: Services, request: ApiRequest) -> Answer:
    """Take all the account's orders, or those of one symbol, out of the market."""
    return await _ask(services, request, services.gateway.cancel_all, request.query)


async def find_order(services: Services, request: ApiRequest) -> Answer:
    """Return one order, named by either of its ids."""
    return await _ask(services, request, services.gateway.lookup, dict(request.path))


def list_orders(services: Services, request: ApiRequest) -> Answer:
    """Return a page of the account's orders, newest first."""
    return services.store.page_orders(request.account, **request.query)


async def _ask(
    services: Services, request: ApiRequest, call: GatewayCall, fields: dict[str, Any]
) -> Answer:
    """Return what the gateway answers; an order alone, without the gateway's wrapping."""
    start = partial(call, Caller(account=request.account), fields)
    result = await answer_of(start, services.answer_timeout_s)
    return result.order if isinstance(result, OrderResult) else result


_CHECKS: Final = (
    "invalid_price",
    "invalid_quantity",
    "max_quantity",
    "max_notional",
    "price_band",
    "capacity",
    "post_only_would_cross",
    "self_trade",
    "halted",
    "cancel_only",
)

_NEW_ORDER: Final = (
    "unknown_symbol",
    "invalid_side",
    "invalid_time_in_force",
    "max_open_orders",
    "deadline_passed",
    "fok_unfillable",
    "no_liquidity",
    "post_only_market",
    "duplicate_client_order_id",
    "rate_limited",
    *_CHECKS,
    *ENGINE_CODES,
)
_OWN_ORDER: Final = ("unknown_order", "already_done", "rate_limited", *ENGINE_CODES)

_STATUS: Final = query.choice(
    "status",
    get_args(wire.StatusName),
    "Only orders that stand so; `open` is every living order.",
)

CALLS: Final = (
    Call(
        method="POST",
        path="/v1/orders",
        handler=new_order,
        summary="Enter an order (with `validate`: check it, 200)",
        tag="orders",
        action="order.new",
        body=NewOrderRequest,
        answer=wire.Order,
        status=201,
        other_answers={200: wire.Validated},
        codes=_NEW_ORDER,
    ),
    Call(
        method="GET",
        path="/v1/orders",
        handler=list_orders,
        summary="List own orders, newest first",
        tag="orders",
        action="order.list",
        parameters=(_STATUS, query.SYMBOL, query.LIMIT, query.CURSOR),
        answer=wire.OrderPage,
    ),
    Call(
        method="DELETE",
        path="/v1/orders",
        handler=cancel_orders,
        summary="Cancel all own orders, or those of one symbol",
        tag="orders",
        action="order.cancel_all",
        parameters=(query.SYMBOL,),
        answer=wire.CancelAllResult,
        codes=("unknown_symbol", "rate_limited", *ENGINE_CODES),
    ),
    Call(
        method="POST",
        path="/v1/orders/batch",
        handler=new_orders,
        summary="Enter up to 100 orders, each with an outcome of its own",
        tag="orders",
        action="order.batch",
        body=BatchBody,
        answer=wire.BatchOutcomes,
        codes=("rate_limited", *ENGINE_CODES),
    ),
    Call(
        method="GET",
        path="/v1/orders/by-client-id/{client_order_id}",
        handler=find_order,
        summary="Find an own order by the id its owner gave it",
        tag="orders",
        action="order.lookup",
        answer=wire.Order,
        codes=("unknown_order", "outcome_unknown"),
    ),
    Call(
        method="GET",
        path="/v1/orders/{order_id}",
        handler=find_order,
        summary="Find an own order",
        tag="orders",
        action="order.lookup",
        answer=wire.Order,
        codes=("unknown_order", "outcome_unknown"),
    ),
    Call(
        method="PATCH",
        path="/v1/orders/{order_id}",
        handler=amend_order,
        summary="Change an order's price, total quantity or stop price",
        tag="orders",
        action="order.amend",
        body=AmendBody,
        answer=wire.Order,
        codes=(*_OWN_ORDER, *_CHECKS),
    ),
    Call(
        method="DELETE",
        path="/v1/orders/{order_id}",
        handler=cancel_order,
        summary="Cancel an order",
        tag="orders",
        action="order.cancel",
        answer=wire.Order,
        codes=_OWN_ORDER,
    ),
)
