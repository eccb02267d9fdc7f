"""Read query parameters: each known, given once, in its range.

Role: sans-I/O. A parameter at fault is refused by name; nothing is guessed or clipped.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from app import limits
from app.errors import FieldError, Refusal, refuse
from engine.limits import SEQUENCE_MAX, SYMBOL_LENGTH_MAX

FIELDS_MAX: Final = 20
"""More pairs than any call has parameters."""

_INTEGER: Final = re.compile(r"[0-9]{1,16}")
_CURSOR: Final = re.compile(r"[A-Za-z0-9_=-]{1,200}")


class Parameter(msgspec.Struct, frozen=True):
    """One query parameter; `parse` raises ValueError with what was expected."""

    name: str
    parse: Callable[[str], Any]
    schema: dict[str, Any]
    description: str
    default: Any = None


def integer(name: str, low: int, high: int, default: int | None, description: str) -> Parameter:
    """Describe an integer parameter within `low` … `high`."""

    def parse(text: str) -> int:
        if _INTEGER.fullmatch(text) is None or not low <= int(text) <= high:
            raise ValueError(f"an integer from {low} to {high} expected")
        return int(text)

    schema: dict[str, Any] = {"type": "integer", "minimum": low, "maximum": high}
    if default is not None:
        schema["default"] = default
    return Parameter(name, parse, schema, description, default)


def text(name: str, pattern: re.Pattern[str], expected: str, description: str) -> Parameter:
    """Describe a text parameter of a certain form."""

    def parse(value: str) -> str:
        if pattern.fullmatch(value) is None:
            raise ValueError(f"{expected} expected")
        return value

    return Parameter(
        name, parse, {"type": "string", "pattern": f"^{pattern.pattern}$"}, description
    )


def choice(name: str, choices: Sequence[str], description: str) -> Parameter:
    """Describe a parameter that is one of some words."""

    def parse(value: str) -> str:
        if value not in choices:
            raise ValueError(f"one of {', '.join(choices)} expected")
        return value

    return Parameter(name, parse, {"type": "string", "enum": list(choices)}, description)


SYMBOL: Final = text(
    "symbol",
    re.compile(f"[A-Z0-9._-]{{1,{SYMBOL_LENGTH_MAX}}}"),
    "a symbol",
    "Only of this symbol.",
)
LIMIT: Final = integer(
    "limit", 1, limits.PAGE_ITEMS_MAX, limits.PAGE_ITEMS_DEFAULT, "Most items to return."
)
CURSOR: Final = text("cursor", _CURSOR, "a next_cursor", "The `next_cursor` of the page before.")
ORDER_ID: Final = text("order_id", _INTEGER, "an order id", "Only of this order.")
LEVELS: Final = integer(
    "levels",
    0,
    limits.DEPTH_LEVELS_MAX,
    limits.DEPTH_LEVELS_DEFAULT,
    "Levels of each side; 0 is all of them.",
)
BEFORE_ID: Final = integer(
    "before_id", 1, SEQUENCE_MAX, None, "Only trades with a smaller `trade_id`."
)


def parse_query(
    query: bytes, parameters: tuple[Parameter, ...], *, blank_is_absent: bool
) -> dict[str, Any] | Refusal:
    """Return every parameter's value by name, or what is wrong with the query.

    `blank_is_absent` takes `symbol=` as no symbol: fit for reading, not for a call that would
    then reach further than meant.
    """
    values = {parameter.name: parameter.default for parameter in parameters}
    if not query:
        return values
    known = {parameter.name: parameter for parameter in parameters}
    given: set[str] = set()
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=FIELDS_MAX
        )
    except ValueError:
        return refuse("invalid_request", f"more than {FIELDS_MAX} query parameters")
    for name, value in pairs:
        if name not in known:
            return _refuse(name, "no such query parameter")
        if name in given:
            return _refuse(name, "given more than once")
        given.add(name)
        if not value and blank_is_absent:
            continue
        try:
            values[name] = known[name].parse(value)
        except ValueError as error:
            return _refuse(name, str(error))
    return values


def _refuse(name: str, detail: str) -> Refusal:
    shown = name[:64]
    return refuse("invalid_request", f"{shown}: {detail}", FieldError(shown, detail))
