"""Keep the past within bounds: per account, and in total with the busiest paying first.

Role: the ageing of ended orders, fills and client order ids that are kept in memory. Sans-I/O:
imports nothing but the standard library's collections and typing.
"""

from collections import deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Item = TypeVar("Item")


class History(Generic[Item]):
    """Hold the newest items of each account, bounded per account and in total.

    At the bound of an account its own oldest item goes. At the total bound the account whose
    place in the queue is oldest gives up its oldest item; an account that replaces its items
    keeps its old places, so whoever churns most pays first. Every operation is O(1) but `newest`.
    """

    def __init__(self, *, items_max: int, items_per_account_max: int) -> None:
        """Bound the total and each account."""
        assert 1 <= items_per_account_max <= items_max
        self._items_max = items_max
        self._items_per_account_max = items_per_account_max
        self._items: dict[int, deque[Item]] = {}
        self._places: deque[int] = deque()  # one account number for each item

    def __len__(self) -> int:
        """Return how many items are held."""
        return len(self._places)

    def append(self, account: int, item: Item) -> Item | None:
        """Add the newest item of `account`; return the item that had to go for it, if any."""
        items = self._items.get(account)
        if items is None:
            items = self._items[account] = deque()
        items.append(item)
        if len(items) > self._items_per_account_max:
            return items.popleft()
        self._places.append(account)
        return self._drop_oldest() if len(self._places) > self._items_max else None

    def newest(self, account: int) -> Iterator[Item]:
        """Walk the items of `account`, newest first."""
        return reversed(self._items.get(account, ()))

    def _drop_oldest(self) -> Item:
        account = self._places.popleft()
        items = self._items[account]
        dropped = items.popleft()
        if not items:
            del self._items[account]
        return dropped
