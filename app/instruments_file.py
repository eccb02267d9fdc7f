"""Read the instruments file (TOML); each mistake is one line that names its place.

Role: `--instruments FILE` to `Instrument` values, and what is traded without a file. Blocking:
called before the event loop starts. Never imports the web framework.
"""

import tomllib
from pathlib import Path
from typing import Any, Final

from app import limits
from app.options import SettingsError, shown
from engine.instruments import Instrument
from engine.limits import SYMBOLS_MAX

_REQUIRED: Final = ("symbol", "tick_size", "lot_size")
_OPTIONAL: Final = (
    "min_quantity",
    "max_quantity",
    "max_notional",
    "price_band_pct",
    "market_protection_pct",
)
_KEYS: Final = _REQUIRED + _OPTIONAL

# The prices and sizes of each look different, so that a page shows at once if it mixes decimals.
DEMO_INSTRUMENTS: Final = (
    Instrument("ACME-USD", tick_size="0.01", lot_size="0.0001"),
    Instrument("BTC-USD", tick_size="0.50", lot_size="0.00000001"),
    Instrument("EUR-USD", tick_size="0.00001", lot_size="1"),
    Instrument("GOOG", tick_size="0.01", lot_size="1"),
)

DEMO_FLOW_SYMBOLS: Final = ("ACME-USD", "BTC-USD", "EUR-USD")
"""Where the demo flow trades; the others stay quiet, for recorded flow to be played into."""


def load_instruments(path: Path) -> tuple[Instrument, ...]:
    """Return the instruments of the file in its order; raises SettingsError."""
    tables = _tables(path, _document(path))
    instruments = tuple(_instrument(path, place, table) for place, table in enumerate(tables, 1))
    symbols: set[str] = set()
    for place, instrument in enumerate(instruments, 1):
        if instrument.symbol in symbols:
            raise _mistake(
                path, f"instrument {place}: symbol {instrument.symbol}", "each symbol once"
            )
        symbols.add(instrument.symbol)
    return instruments


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(limits.INSTRUMENTS_FILE_BYTES_MAX + 1)
        if len(content) > limits.INSTRUMENTS_FILE_BYTES_MAX:
            raise _mistake(path, "too large", f"{limits.INSTRUMENTS_FILE_BYTES_MAX} bytes at most")
        return tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise _mistake(path, str(error.strerror), "a readable TOML file") from error
    except (ValueError, RecursionError) as error:
        raise _mistake(path, f"not TOML ({shown(str(error))})", "a TOML file") from error


def _tables(path: Path, document: dict[str, Any]) -> list[dict[str, Any]]:
    for key in document:
        if key != "instrument":
            raise _mistake(path, f"unknown key {shown(key)}", "[[instrument]] tables only")
    tables = document.get("instrument")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _mistake(path, "no instruments", "[[instrument]] tables")
    if not 1 <= len(tables) <= SYMBOLS_MAX:
        raise _mistake(path, f"{len(tables)} instruments", f"1 to {SYMBOLS_MAX}")
    return tables


def _instrument(path: Path, place: int, table: dict[str, Any]) -> Instrument:
    for key, value in table.items():
        if key not in _KEYS:
            raise _mistake(
                path, f"instrument {place}: unknown key {shown(key)}", f"one of {', '.join(_KEYS)}"
            )
        if not isinstance(value, str):
            raise _mistake(
                path, f"instrument {place}: {key} = {shown(str(value))}", "a string in quotes"
            )
    for key in _REQUIRED:
        if key not in table:
            raise _mistake(path, f"instrument {place}: no {key}", f"a {key}")
    try:
        return Instrument(**table)
    except ValueError as error:
        raise SettingsError(
            f"--instruments {shown(str(path))}: instrument {place}: {error}"
        ) from error


def _mistake(path: Path, what: str, expected: str) -> SettingsError:
    return SettingsError(f"--instruments {shown(str(path))}: {what}, expected {expected}")
