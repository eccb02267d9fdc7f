"""Give every option rightly and wrongly."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from app.instruments_file import DEMO_INSTRUMENTS
from app.limits import OPEN_ORDERS_MAX_LIMIT, ORDERS_PER_SECOND_PUBLIC_DEFAULT, TTL_S_MAX
from app.options import OPTIONS, parse_duration_s, shown
from app.settings import Settings, is_loopback
from tests.app.given_options import SECRET, loaded, message_of


def test_without_options_the_documented_defaults_hold() -> None:
    assert msgspec.structs.asdict(loaded()) == {
        "host": "127.0.0.1",
        "port": 8080,
        "data_dir": Path("var"),
        "instruments": DEMO_INSTRUMENTS,
        "demo": False,
        "durability": "fast",
        "jwt_secret": None,
        "jwks": None,
        "jwt_issuer": "depthcast",
        "jwt_audience": "depthcast",
        "jwt_algorithms": ("HS256",),
        "public_market_data": False,
        "engine_cpu": None,
        "engine_wait": "park",
        "max_open_orders": 10_000,
        "orders_per_second": 0,
        "log_format": "text",
        "insecure": False,
    }


GOOD_VALUES = {
    "host": ("0.0.0.0", "0.0.0.0"),
    "port": ("0", 0),
    "data_dir": ("/srv/depthcast", Path("/srv/depthcast")),
    "demo": ("yes", True),
    "durability": ("fast", "fast"),
    "jwt_secret": (SECRET, SECRET),
    "jwks": ("keys.json", "keys.json"),
    "jwt_issuer": ("https://id.example/", "https://id.example/"),
    "jwt_audience": ("desk-7", "desk-7"),
    "jwt_algorithms": ("HS256", ("HS256",)),
    "public_market_data": ("1", True),
    "engine_cpu": ("5", 5),
    "engine_wait": ("spin", "spin"),
    "max_open_orders": ("1", 1),
    "orders_per_second": ("1000000", 1_000_000),
    "log_format": ("json", "json"),
    "insecure": ("true", True),
}


def test_every_setting_is_an_option_and_every_option_a_row_here() -> None:
    assert [option.field for option in OPTIONS] == list(Settings.__struct_fields__)
    assert {*GOOD_VALUES, "instruments"} == set(Settings.__struct_fields__)


@pytest.mark.parametrize("field", GOOD_VALUES)
def test_an_option_is_taken_from_the_command_line_and_from_the_environment(field: str) -> None:
    text, value = GOOD_VALUES[field]
    assert getattr(loaded(**{field: text}), field) == value
    assert getattr(loaded({f"DEPTHCAST_{field.upper()}": text}), field) == value


def test_the_command_line_wins_over_the_environment() -> None:
    environment = {"DEPTHCAST_PORT": "no number", "DEPTHCAST_DEMO": "true"}
    settings = loaded(environment, port="9000", demo=False)
    assert (settings.port, settings.demo) == (9000, False)


def test_an_empty_variable_counts_as_unset() -> None:
    assert loaded({"DEPTHCAST_JWT_SECRET": "", "DEPTHCAST_PORT": ""}) == loaded()


WRONG_VALUES = [
    ("host", "", "'': expected an address or host name"),
    ("host", "a b", "a b: expected an address or host name"),
    ("host", "x" * 300, "x" * 120 + "…: expected an address or host name"),
    ("port", "", "'': expected an integer from 0 to 65535"),
    ("port", "65536", "65536: expected an integer from 0 to 65535"),
    ("port", "-1", "-1: expected an integer from 0 to 65535"),
    ("port", "+1", "+1: expected an integer from 0 to 65535"),
    ("port", "8_0", "8_0: expected an integer from 0 to 65535"),
    ("port", "80.0", "80.0: expected an integer from 0 to 65535"),
    ("port", " 80", " 80: expected an integer from 0 to 65535"),
    ("port", "\u0663", "\u0663: expected an integer from 0 to 65535"),
    ("port", "8\n0", "'8\\n0': expected an integer from 0 to 65535"),
    ("port", "9" * 5_000, "9" * 120 + "…: expected an integer from 0 to 65535"),
    ("data_dir", "", "'': expected a directory"),
    ("data_dir", "a\0b", "'a\\x00b': expected a directory"),
    ("instruments", "", "'': expected a TOML file"),
    ("demo", "maybe", "maybe: expected true or false"),
    ("durability", "slow", "slow: expected durable or fast"),
    ("durability", "Fast", "Fast: expected durable or fast"),
    ("jwt_secret", "s" * 31, "(not shown): expected a shared secret of 32 to 1024 bytes"),
    ("jwt_secret", "s" * 1_025, "(not shown): expected a shared secret of 32 to 1024 bytes"),
    ("jwks", "", "'': expected a file or an https URL"),
    ("jwks", "a\nb", "'a\\nb': expected a file or an https URL"),
    ("jwt_issuer", "", "'': expected 1 to 200 printable characters"),
    ("jwt_audience", "a b", "a b: expected 1 to 200 printable characters"),
    ("jwt_algorithms", "none", "none: expected a list of HS256, RS256, ES256, EdDSA"),
    ("jwt_algorithms", "HS256,", "HS256,: expected a list of HS256, RS256, ES256, EdDSA"),
    ("jwt_algorithms", "", "'': expected a list of HS256, RS256, ES256, EdDSA"),
    ("public_market_data", "2", "2: expected true or false"),
    ("engine_cpu", "x", "x: expected the number of a CPU of this machine"),
    ("engine_wait", "sleep", "sleep: expected park, yield or spin"),
    ("max_open_orders", "0", "0: expected an integer from 1 to 1000000"),
    ("max_open_orders", "1000001", "1000001: expected an integer from 1 to 1000000"),
    ("orders_per_second", "-1", "-1: expected an integer from 0 (unlimited) to 1000000"),
    ("log_format", "xml", "xml: expected text or json"),
    ("insecure", "-", "-: expected true or false"),
]


@pytest.mark.parametrize(("field", "text", "message"), WRONG_VALUES, ids=lambda value: value[:24])
def test_a_wrong_value_is_one_line_with_option_value_and_what_was_expected(
    field: str, text: str, message: str
) -> None:
    flag, variable = f"--{field.replace('_', '-')}", f"DEPTHCAST_{field.upper()}"
    assert message_of(**{field: text}) == f"{flag} {message}"
    if text and "\0" not in text:
        assert message_of({variable: text}) == f"{variable} {message}"


def test_every_option_has_a_wrong_value_in_the_table() -> None:
    assert {field for field, _, _ in WRONG_VALUES} == {option.field for option in OPTIONS}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"durability": "durable"},
            "--durability durable: needs the journal, which this version does not have, expected",
        ),
        (
            {"demo": True, "host": "0.0.0.0"},
            "--demo: refused on --host 0.0.0.0, expected a loopback address or --insecure",
        ),
        ({"demo": True, "host": "example.org"}, "--demo: refused on --host example.org, "),
        ({"demo": True, "host": "::"}, "--demo: refused on --host ::, "),
        (
            {"jwks": "keys.json", "jwt_secret": SECRET},
            "--jwks keys.json: given with --jwt-secret, expected one of them",
        ),
        (
            {"jwt_algorithms": "HS256,RS256"},
            "--jwt-algorithms HS256,RS256: expected HS256 with a secret",
        ),
        (
            {"jwt_algorithms": "HS256", "jwks": "keys.json"},
            "--jwt-algorithms HS256: expected RS256, ES256, EdDSA with --jwks",
        ),
        ({"engine_cpu": "2"}, "--engine-cpu 2: expected one of 0, 1, 5"),
    ],
    ids=str,
)
def test_options_that_contradict_each_other_are_one_line(
    arguments: dict[str, Any], message: str
) -> None:
    assert message_of(**arguments).startswith(message)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "LOCALHOST"])
def test_demo_flow_may_run_on_loopback(host: str) -> None:
    assert is_loopback(host)
    assert loaded(host=host, demo=True).demo


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "localhost.example", "127.1"])
def test_demo_flow_may_run_elsewhere_only_when_told_that_it_is_insecure(host: str) -> None:
    assert not is_loopback(host)
    assert loaded(host=host, demo=True, insecure=True).demo


@pytest.mark.parametrize(
    ("arguments", "orders_per_second", "messages_per_second"),
    [
        ({}, 0, 0),
        ({"orders_per_second": "5"}, 5, 50),
        ({"orders_per_second": "500"}, 500, 1_000),
        ({"host": "0.0.0.0"}, ORDERS_PER_SECOND_PUBLIC_DEFAULT, 200),
        ({"host": "0.0.0.0", "orders_per_second": "0"}, 0, 0),
    ],
    ids=str,
)
def test_rates_are_unlimited_on_loopback_unless_told(
    arguments: dict[str, Any], orders_per_second: int, messages_per_second: int
) -> None:
    settings = loaded(**arguments)
    assert settings.orders_per_second == orders_per_second
    assert settings.messages_per_second == messages_per_second


def test_a_key_set_accepts_public_key_algorithms_by_default() -> None:
    assert loaded(jwks="keys.json").jwt_algorithms == ("RS256", "ES256", "EdDSA")
    assert loaded(jwks="k", jwt_algorithms="ES256, ES256").jwt_algorithms == ("ES256",)


def test_printed_settings_do_not_show_the_secret() -> None:
    printed = repr(loaded(jwt_secret=SECRET))
    assert "s" * 8 not in printed
    assert "jwt_secret=…" in printed and "port=8080" in printed
    assert "jwt_secret=None" in repr(loaded())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1), ("30s", 30), ("15m", 900), ("1h", 3_600), ("7d", 604_800), ("366d", TTL_S_MAX)],
)
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "1", "h", "0s", "-1h", "1.5h", "1 h", "1H", "1w", "1h30m", "367d", "9" * 5_000]
)
def test_anything_else_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration_s(text)


@pytest.mark.parametrize(
    ("text", "line"),
    [("plain", "plain"), ("", "''"), ("  ", "'  '"), ("a\x1b[2J", "'a\\x1b[2J'")],
)
def test_a_value_is_shown_on_one_harmless_line(text: str, line: str) -> None:
    assert shown(text) == line


def test_the_bound_of_open_orders_is_what_the_table_says() -> None:
    assert loaded(max_open_orders=str(OPEN_ORDERS_MAX_LIMIT)).max_open_orders == 1_000_000
