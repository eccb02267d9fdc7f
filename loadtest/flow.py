"""Say which orders are sent, and when each is due.

Role: the order flow, every step of which changes the best levels of a book by itself, and the
open-loop schedule. Sans-I/O.

The base is ten levels on either side. On top of it, four steps in turn: a buy rests inside the
spread, a sell rests, a sell takes the buy, the resting sell is cancelled.
"""

from collections.abc import Iterator
from typing import Any, Final

Fields = dict[str, Any]
"""One client message."""

BASE_LEVELS: Final = 10
"""As many as the checksum covers."""

MIDDLE_CENTS: Final = 10_000
BASE_DISTANCE_CENTS: Final = 10
INSIDE_CENTS: Final = 5
PRICES: Final = 4
STEPS: Final = 4
NANOSECONDS: Final = 1_000_000_000

assert PRICES <= INSIDE_CENTS < BASE_DISTANCE_CENTS, "buys and sells inside never meet by chance"


def base_orders(symbol: str) -> Iterator[Fields]:
    """Yield what rests all the time."""
    for level in range(BASE_LEVELS):
        distance = BASE_DISTANCE_CENTS + level
        yield _order(symbol, "buy", MIDDLE_CENTS - distance, quantity="5")
        yield _order(symbol, "sell", MIDDLE_CENTS + distance, quantity="5")


def step(symbol: str, prefix: str, number: int) -> Fields:
    """Return step 0, 1, 2 …; `prefix` makes client order ids differ between runs."""
    turn, place = divmod(number, STEPS)
    inside = INSIDE_CENTS - turn % PRICES
    name = f"{prefix}-{turn}"
    if place == 0:
        return _order(symbol, "buy", MIDDLE_CENTS - inside)
    if place == 1:
        return _order(symbol, "sell", MIDDLE_CENTS + inside) | {"client_order_id": name}
    if place == 2:
        return _order(symbol, "sell", MIDDLE_CENTS - inside) | {"time_in_force": "ioc"}
    return {"op": "order.cancel", "client_order_id": name}


def last_order(symbol: str) -> Fields:
    """Return an order that changes the book in a way that nothing after it takes back."""
    return _order(symbol, "buy", MIDDLE_CENTS - BASE_DISTANCE_CENTS, quantity="3")


def due_ns(start_ns: int, number: int, per_second: int) -> int:
    """Return when step `number` is due; errors do not add up."""
    return start_ns + number * NANOSECONDS // per_second


def due_count(start_ns: int, now_ns: int, per_second: int, total: int) -> int:
    """Return how many steps are due by now, however late that is."""
    if now_ns < start_ns:
        return 0
    count = (now_ns - start_ns) * per_second // NANOSECONDS + 1
    # Division rounds down twice: the step after the last counted one may be due already.
    count += due_ns(start_ns, count, per_second) <= now_ns
    return min(count, total)


def _order(symbol: str, side: str, price_cents: int, quantity: str = "1") -> Fields:
    return {
        "op": "order.new",
        "symbol": symbol,
        "side": side,
        "type": "limit",
        "price": f"{price_cents // 100}.{price_cents % 100:02}",
        "quantity": quantity,
        "self_trade_prevention": "none",
    }
