"""Read a recorded market from its two files, in portions that end where the book can be compared.

Role: files (plain or .xz) to lines, lines to portions of steps. The recipe is in lobster.py.
"""

import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from app.client.lobster import Add, Aggress, Delete, Reduce, Replay, Unplaced
from app.client.lobster_rows import Compare, LobsterFormatError

Entry = Add | Reduce | Delete | Aggress
_TIME_FIELD: Final = 0


class RecordingError(ValueError):
    """A file of a recording cannot be read; one line that names it."""


class Recording(msgspec.Struct, frozen=True):
    """The lines of both files."""

    messages: list[str]
    books: list[str]

    def seconds(self, row: int) -> float:
        """Return how long after the first row a row was recorded; raises LobsterFormatError."""
        return self._time(row) - self._time(0)

    def _time(self, row: int) -> float:
        try:
            return float(self.messages[row].split(",")[_TIME_FIELD])
        except ValueError:
            raise LobsterFormatError(f"row {row}: the time is no number") from None


class Portion(msgspec.Struct, frozen=True):
    """What to enter before the book is as recorded after `compare.row`."""

    entries: tuple[Entry, ...]
    compare: Compare | None
    unplaced: tuple[Unplaced, ...]


def read_recording(messages: Path, books: Path) -> Recording:
    """Read both files; raises RecordingError where they cannot belong together."""
    recording = Recording(_lines(messages), _lines(books))
    if len(recording.messages) != len(recording.books):
        raise RecordingError(
            f"{messages} has {len(recording.messages):,} rows and {books} has"
            f" {len(recording.books):,}: they are not of one recording"
        )
    return recording


def _lines(path: Path) -> list[str]:
    try:
        raw = path.read_bytes()
        text = lzma.decompress(raw) if path.suffix == ".xz" else raw
        lines = text.decode("ascii").splitlines()
    except UnicodeDecodeError as error:
        raise RecordingError(f"{path}: this is no CSV of plain numbers") from error
    except (OSError, lzma.LZMAError) as error:
        detail = error.strerror if isinstance(error, OSError) else error
        raise RecordingError(f"{path}: {detail or error}") from error
    if not lines:
        raise RecordingError(f"{path}: there are no rows")
    return lines


def portions(recording: Recording) -> Iterator[Portion]:
    """Yield the steps up to each comparison, and what follows the last; LobsterFormatError."""
    entries: list[Entry] = []
    unplaced: list[Unplaced] = []
    for step in Replay().steps(recording.messages, recording.books):
        if isinstance(step, Compare):
            yield Portion(tuple(entries), step, tuple(unplaced))
            entries, unplaced = [], []
        elif isinstance(step, Unplaced):
            unplaced.append(step)
        else:
            entries.append(step)
    if entries:
        yield Portion(tuple(entries), None, tuple(unplaced))
