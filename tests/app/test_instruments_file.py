"""Read instruments files, good and bad."""

import re
from pathlib import Path

import pytest

from app.instruments_file import DEMO_FLOW_SYMBOLS, DEMO_INSTRUMENTS
from engine.instruments import Instrument
from tests.app.given_options import loaded, message_of


def test_the_demo_set_leaves_a_quiet_symbol_for_recorded_flow() -> None:
    symbols = [instrument.symbol for instrument in DEMO_INSTRUMENTS]
    assert set(DEMO_FLOW_SYMBOLS) < set(symbols)
    assert len(set(symbols)) == len(symbols)


FILE = """
[[instrument]]
symbol = "ACME-USD"       # a comment
tick_size = "0.01"
lot_size = "0.0001"

[[instrument]]
symbol = "X"
tick_size = "5"
lot_size = "1"
min_quantity = "2"
max_quantity = "100"
max_notional = "1000000"
price_band_pct = "7.5"
market_protection_pct = "3"
"""


def test_instruments_are_read_from_the_file_in_its_order(tmp_path: Path) -> None:
    (tmp_path / "file.toml").write_text(FILE)
    assert loaded(instruments=str(tmp_path / "file.toml")).instruments == (
        Instrument("ACME-USD", "0.01", "0.0001"),
        Instrument("X", "5", "1", "2", "100", "1000000", "7.5", "3"),
    )


def table(symbol: str = '"ACME-USD"', tick: str = '"0.01"', more: str = "") -> str:
    return f'[[instrument]]\nsymbol = {symbol}\ntick_size = {tick}\nlot_size = "1"\n{more}\n'


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no instruments, expected [[instrument]] tables"),
        ("instrument = []", "0 instruments, expected 1 to 65536"),
        ("instrument = [1]", "no instruments, expected [[instrument]] tables"),
        ('[instrument]\nsymbol = "A"', "no instruments, expected [[instrument]] tables"),
        ("[[instruments]]", "unknown key instruments, expected [[instrument]] tables only"),
        (table() + "[server]", "unknown key server, expected [[instrument]] tables only"),
        ("symbol = ?", "not TOML (Invalid value (at line 1, column 10)), expected a TOML file"),
        ("a = " + "[" * 100_000, "not TOML ("),
        (b"\xff\xfe", "not TOML ('utf-8' codec can't decode byte 0xff"),
        (table(more='tik = "1"'), "instrument 1: unknown key tik, expected one of symbol, tick_"),
        (table(more='"a\\nb" = "1"'), "instrument 1: unknown key 'a\\nb', expected one of"),
        (table(tick="0.01"), "instrument 1: tick_size = 0.01, expected a string in quotes"),
        (table(symbol="7"), "instrument 1: symbol = 7, expected a string in quotes"),
        (table(more="max_quantity = 5"), "instrument 1: max_quantity = 5, expected a string"),
        ('[[instrument]]\nsymbol = "A"\ntick_size = "1"', "instrument 1: no lot_size, expected a"),
        (table() + table(), "instrument 2: symbol ACME-USD, expected each symbol once"),
        (table() + table(symbol='"acme"'), "instrument 2: symbol: 1-24 of A-Z 0-9 . _ - expected"),
        (table(symbol='"A\\nB"'), "instrument 1: symbol: 1-24 of A-Z 0-9 . _ - expected"),
        (table(tick='"0"'), "instrument 1: tick_size: "),
        (table(tick='"1e-2"'), "instrument 1: tick_size: "),
        (table(tick='"-0.01"'), "instrument 1: tick_size: "),
        (table(more='min_quantity = "0.5"'), "instrument 1: min_quantity: "),
        (table(more='price_band_pct = "0.001"'), "instrument 1: price_band_pct: "),
    ],
    ids=lambda value: str(value)[-40:],
)
def test_a_wrong_instruments_file_is_one_line_that_names_the_place(
    tmp_path: Path, content: str | bytes, message: str
) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    assert message_of(instruments=str(path)).startswith(f"--instruments {path}: {message}")


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.toml", "No such file or directory"), (".", "Is a directory")],
)
def test_an_unreadable_instruments_file_is_one_line(
    tmp_path: Path, name: str, message: str
) -> None:
    path = tmp_path / name
    expected = f"--instruments {path}: {message}, expected a readable TOML file"
    assert message_of(instruments=str(path)) == expected


def test_a_file_without_end_is_not_read_to_its_end() -> None:
    message = message_of(instruments="/dev/zero")
    assert re.search(r"too large, expected \d+ bytes at most", message)
