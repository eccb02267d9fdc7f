"""Cut lists into pages with cursors that stay valid while the list grows.

Role: shared by the lists of orders and of fills. A cursor is the number of the last item given,
in opaque text; items are numbered upwards and listed downwards. Sans-I/O.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from itertools import islice
from typing import Final, TypeVar

from app import wire
from app.errors import FieldError, Refusal, refuse
from app.limits import PAGE_ITEMS_MAX
from engine.events import LIVING_STATUSES, OrderStatus
from engine.limits import SEQUENCE_MAX

Item = TypeVar("Item")

_CURSOR_BYTES: Final = 8
_ALL_STATUSES: Final = frozenset(OrderStatus) - {OrderStatus.NOTHING, OrderStatus.REJECTED}
_STATUSES: Final[dict[str, frozenset[OrderStatus]]] = {
    **{wire.STATUS_NAMES[status]: frozenset({status}) for status in sorted(_ALL_STATUSES)},
    "open": LIVING_STATUSES,
}


def parse_statuses(status: str | None) -> frozenset[OrderStatus] | Refusal:
    """Return the statuses that a filter names; "open" means every living one."""
    if status is None:
        return _ALL_STATUSES
    statuses = _STATUSES.get(status)
    if statuses is None:
        return _invalid("status", f"one of {', '.join(_STATUSES)} expected")
    return statuses


def parse_cursor(cursor: str | None) -> int | Refusal:
    """Return the number below which the next page begins."""
    if cursor is None:
        return SEQUENCE_MAX + 1
    try:
        number = urlsafe_b64decode(cursor.encode("ascii"))
    except (UnicodeEncodeError, binascii.Error):
        number = b""
    if len(number) != _CURSOR_BYTES:
        return _invalid("cursor", "a next_cursor of this list expected")
    return int.from_bytes(number, "big")


def take_page(items: Iterable[tuple[int, Item]], limit: int) -> tuple[list[Item], str | None]:
    """Return the first `limit` of numbered items and the cursor that follows them, None at the end.

    Takes one item more than it returns.
    """
    assert 1 <= limit <= PAGE_ITEMS_MAX
    taken = list(islice(items, limit + 1))
    page = [item for _, item in taken[:limit]]
    return page, _cursor(taken[limit - 1][0]) if len(taken) > limit else None


def _cursor(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes(_CURSOR_BYTES, "big")).decode("ascii")


def _invalid(field: str, detail: str) -> Refusal:
    return refuse("invalid_request", f"{field}: {detail}", FieldError(field, detail))
