"""Hold what the server streams against what was recorded, row by row and fill by fill.

Role: the importer's judge: counts matches, keeps the first contradictions. Sans-I/O.
"""

from collections.abc import Iterable
from typing import Final

from app.client.amounts import Amounts
from app.client.book import LocalBook
from app.client.checksum import Level
from app.client.lobster import Aggress, Fill, difference, merged
from app.client.lobster_rows import Compare, Levels

FAILURES_SHOWN_MAX: Final = 10
"""Contradictions kept to be shown: after the first ones the rest only follow from them."""


class ImportCheck:
    """Rows and aggressors compared so far."""

    def __init__(self, amounts: Amounts) -> None:
        self.rows = 0
        self.rows_matched = 0
        self.aggressors = 0
        self.aggressors_matched = 0
        self.failures: list[str] = []
        self._amounts = amounts
        self._last_row = 0

    @property
    def passed(self) -> bool:
        """Whether everything matched so far."""
        return not self.failures

    def compare_book(self, compare: Compare, book: LocalBook) -> None:
        """Compare a live book with the recorded one; one comparison counts for its whole group."""
        contradiction = difference(
            "buy", self._levels(book.bids), compare.bids, compare.depth, compare.bids_may_lack
        ) or difference(
            "sell", self._levels(book.asks), compare.asks, compare.depth, compare.asks_may_lack
        )
        rows = self._count(compare)
        if contradiction is None:
            self.rows_matched += rows
        else:
            self._fail(f"row {compare.row}: {contradiction}")

    def miss(self, compare: Compare, reason: str) -> None:
        """Note that there was no book to compare."""
        self._count(compare)
        self._fail(f"row {compare.row}: {reason}")

    def compare_fills(self, aggress: Aggress, fills: Iterable[Fill]) -> None:
        """Compare an aggressor's fills, in order, with the recorded makers."""
        got = merged(fills)
        self.aggressors += 1
        if got == aggress.fills:
            self.aggressors_matched += 1
        else:
            self._fail(
                f"aggressor {self.aggressors}: recorded {_told(aggress.fills)}, here {_told(got)}"
            )

    def summary(self) -> str:
        """Return the one line that tells how it went."""
        return (
            f"rows {self.rows:,} matched {self.rows_matched:,}"
            f" · aggressors {self.aggressors_matched:,} of {self.aggressors:,}"
        )

    def _count(self, compare: Compare) -> int:
        rows = compare.row - self._last_row
        self._last_row = compare.row
        self.rows += rows
        return rows

    def _fail(self, text: str) -> None:
        if len(self.failures) < FAILURES_SHOWN_MAX:
            self.failures.append(text)

    def _levels(self, levels: Iterable[Level]) -> Levels:
        amounts = self._amounts
        return tuple((amounts.cents(price), amounts.shares(size)) for price, size in levels)


def _told(fills: tuple[Fill, ...]) -> str:
    told = ", ".join(f"{f.quantity_lots} at {f.price_ticks} from {f.maker_key}" for f in fills)
    return told or "nothing"
