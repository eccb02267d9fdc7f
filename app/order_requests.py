"""Describe the requests about orders, and read them from decoded JSON or MessagePack.

Role: shape and types alone; what the fields mean together is in app/order_fields.py. The structs
are also what the OpenAPI document is made from. Sans-I/O: never imports asyncio or sockets.
"""

from typing import Annotated, Any, Final, TypeVar

import msgspec
from msgspec import Meta

from app.errors import FieldError, Refusal, refuse
from app.limits import BATCH_ORDERS_MAX
from app.wire import OrderTypeName, SelfTradePreventionName, SideName, TimeInForceName
from engine.limits import CLIENT_ORDER_ID_LENGTH_MAX, SEQUENCE_MAX

Fields = dict[str, Any]
"""A decoded message or body, of any shape inside."""

Decimal = Annotated[
    str,
    Meta(
        description="A plain decimal: no sign, no exponent, no blanks.",
        extra_json_schema={"pattern": r"^[0-9]{1,30}(\.[0-9]{1,18})?$", "examples": ["100.25"]},
    ),
]
ClientOrderId = Annotated[
    str,
    Meta(
        description="The caller's own id; the same order again under it is done once.",
        extra_json_schema={
            "pattern": rf"^[A-Za-z0-9._:-]{{1,{CLIENT_ORDER_ID_LENGTH_MAX}}}$",
            "examples": ["quote-17"],
        },
    ),
]
Microseconds = Annotated[
    int, Meta(ge=1, le=SEQUENCE_MAX, description="Microseconds since the epoch.")
]


class NewOrderRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A new order; `time_in_force` defaults to gtc for the limit types, to ioc for the others."""

    symbol: str
    side: SideName
    type: OrderTypeName
    quantity: Decimal
    price: Decimal | None = None
    stop_price: Decimal | None = None
    time_in_force: TimeInForceName | None = None
    post_only: bool | None = None
    client_order_id: ClientOrderId | None = None
    display_quantity: Decimal | None = None
    self_trade_prevention: SelfTradePreventionName | None = None
    expire_at_us: Microseconds | None = None
    deadline_us: Microseconds | None = None
    cancel_on_disconnect: bool | None = None
    validate: bool | None = None


class AmendRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change of an order; `quantity` is the new total, filled part included."""

    order_id: str | None = None
    client_order_id: str | None = None
    price: Decimal | None = None
    quantity: Decimal | None = None
    stop_price: Decimal | None = None


class OrderReference(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Name an order by exactly one of its two ids."""

    order_id: str | None = None
    client_order_id: str | None = None


class CancelAllRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Cancel all own orders, of one symbol or (null) of all."""

    symbol: str | None = None


class BatchRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """New orders, each with an outcome of its own."""

    orders: Annotated[list[Any], Meta(min_length=1, max_length=BATCH_ORDERS_MAX)]


Request = TypeVar(
    "Request", NewOrderRequest, AmendRequest, OrderReference, CancelAllRequest, BatchRequest
)

FIELD_ERRORS_MAX: Final = 20
FIELD_NAME_LENGTH_MAX: Final = 64
DETAIL_LENGTH_MAX: Final = 200
"""What the caller sent comes back in an answer only so far."""

_NUMBER_CODES: Final = {
    "price": "invalid_price",
    "stop_price": "invalid_price",
    "quantity": "invalid_quantity",
    "display_quantity": "invalid_quantity",
}
"""What a JSON number in these fields is called, with status 400: money is never a float."""

_CHOICE_CODES: Final = {"side": "invalid_side", "time_in_force": "invalid_time_in_force"}
"""What text that is none of the choices is called in these fields; elsewhere invalid_request."""


def read(fields: Fields, shape: type[Request]) -> Request | Refusal:
    """Return `fields` as a `shape`, or the refusal that names every field at fault."""
    try:
        return msgspec.convert(fields, shape)
    except msgspec.ValidationError:
        return _explain(fields, shape)


def _explain(fields: Fields, shape: type[Request]) -> Refusal:
    """Find out what is wrong; faults of shape come before faults of value."""
    known = {field.name: field for field in msgspec.structs.fields(shape)}
    faults = [_fault(name, value, known) for name, value in fields.items()]
    faults += [
        _refusal("invalid_request", name, "missing")
        for name, field in known.items()
        if field.required and name not in fields
    ]
    found = [fault for fault in faults if fault is not None]
    assert found, "every field converts by itself, but not the whole"
    malformed = [fault for fault in found if fault.code == "invalid_request"]
    if len(malformed) <= 1:
        return (malformed or found)[0]
    errors = [error for fault in malformed for error in fault.errors]
    return refuse(
        "invalid_request", f"{len(errors)} fields are at fault", *errors[:FIELD_ERRORS_MAX]
    )


def _fault(name: Any, value: Any, known: dict[str, Any]) -> Refusal | None:
    """Return what is wrong with one field, None when nothing is."""
    if name not in known:
        return _refusal("invalid_request", str(name)[:FIELD_NAME_LENGTH_MAX], "unknown field")
    try:
        msgspec.convert(value, known[name].type)
    except msgspec.ValidationError as error:
        if name in _NUMBER_CODES and type(value) in (int, float):
            return _refusal(_NUMBER_CODES[name], name, "a decimal string expected", status=400)
        code = _CHOICE_CODES.get(name) if isinstance(value, str) else None
        return _refusal(code or "invalid_request", name, str(error)[:DETAIL_LENGTH_MAX])
    return None


def _refusal(code: str, field: str, detail: str, status: int | None = None) -> Refusal:
    return Refusal(code, f"{field}: {detail}", errors=(FieldError(field, detail),), status=status)
