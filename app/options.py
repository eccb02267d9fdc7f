"""The options of `depthcast serve`: one table of names, syntax and help.

Role: turn the text of the command line and of DEPTHCAST_* variables into values, each refused in
one line. Imports neither the web framework nor the engine; what options mean together is in
settings.py.
"""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from app import limits
from app.errors import DepthcastError
from auth.keyring import ALGORITHMS, SECRET_BYTES_MAX, SECRET_BYTES_MIN, secret_key

Arguments = Mapping[str, str | bool]
"""What the command line gave, by field name ("data_dir"); what it did not give is absent."""

_SHOWN_CHARACTERS_MAX: Final = 120  # a longer value would bury what was expected of it
_TRUE: Final = ("1", "true", "yes", "on")
_FALSE: Final = ("0", "false", "no", "off")
_HOST: Final = re.compile(r"[A-Za-z0-9._:%-]{1,253}")
_CLAIM: Final = re.compile(r"[\x21-\x7e]{1,200}")
_DIGITS: Final = re.compile(r"[0-9]{1,19}")
_DURATION: Final = re.compile(r"([0-9]{1,9})([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class SettingsError(DepthcastError):
    """A wrong option or file, told in one line: its name, its value, and what was expected."""


class Option(msgspec.Struct, frozen=True):
    """One option; `parse` raises ValueError for text that is not what `expected` says."""

    field: str
    parse: Callable[[str], Any]
    expected: str
    help: str
    metavar: str = ""
    is_switch: bool = False
    is_secret: bool = False

    @property
    def flag(self) -> str:
        """Return the name on the command line."""
        return "--" + self.field.replace("_", "-")

    @property
    def variable(self) -> str:
        """Return the name in the environment."""
        return "DEPTHCAST_" + self.field.upper()


def shown(value: str) -> str:
    """Return `value` fit for one line of a terminal."""
    clipped = value[:_SHOWN_CHARACTERS_MAX] + "…" * (len(value) > _SHOWN_CHARACTERS_MAX)
    return clipped if clipped.isprintable() and clipped.strip() else repr(clipped)


def given_values(
    options: tuple[Option, ...], arguments: Arguments, environment: Mapping[str, str]
) -> dict[str, Any]:
    """Return the values that were given, by field; the command line wins over the environment.

    An empty variable counts as unset, as container tools pass it. Raises SettingsError.
    """
    values = {}
    for option in options:
        if option.field in arguments:
            values[option.field] = _parsed(option, option.flag, arguments[option.field])
        elif environment.get(option.variable):
            values[option.field] = _parsed(option, option.variable, environment[option.variable])
    return values


def parse_duration_s(text: str) -> int:
    """Parse 30s, 15m, 1h or 7d into seconds, 1 … TTL_S_MAX; raises ValueError."""
    match = _DURATION.fullmatch(text)
    seconds = int(match[1]) * _SECONDS[match[2]] if match is not None else 0
    if not 1 <= seconds <= limits.TTL_S_MAX:
        raise ValueError("not a duration")
    return seconds


def _parsed(option: Option, source: str, value: str | bool) -> Any:
    if isinstance(value, bool):
        return value
    try:
        return option.parse(value)
    except ValueError:
        name = f"{source} (not shown)" if option.is_secret else f"{source} {shown(value)}"
        raise SettingsError(f"{name}: expected {option.expected}") from None


def _integer(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # int() takes signs, blanks, underscores and other scripts' digits; an option does not.
        if _DIGITS.fullmatch(text) is None or not low <= int(text) <= high:
            raise ValueError("not an integer in range")
        return int(text)

    return parse


def _choice(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError("not one of the choices")
        return text

    return parse


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if pattern.fullmatch(text) is None:
            raise ValueError("not of this form")
        return text

    return parse


def _switch(text: str) -> bool:
    if text.lower() not in _TRUE + _FALSE:
        raise ValueError("not a switch")
    return text.lower() in _TRUE


def _path(text: str) -> Path:
    if not text or "\0" in text:
        raise ValueError("not a path")
    return Path(text)


def _secret(text: str) -> str:
    secret_key(text)
    return text


def _source(text: str) -> str:
    if not text or not text.isprintable():
        raise ValueError("neither a file nor a URL")
    return text


def _algorithms(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if not set(names) <= set(ALGORITHMS):
        raise ValueError("not algorithms")
    return names


def _switch_option(field: str, help_text: str) -> Option:
    return Option(field, _switch, "true or false", help_text, is_switch=True)


_ELSEWHERE: Final = f"not on loopback {limits.ORDERS_PER_SECOND_PUBLIC_DEFAULT} unless given"

OPTIONS: Final = (
    Option("host", _matching(_HOST), "an address or host name", "address to listen on", "ADDRESS"),
    Option(
        "port",
        _integer(0, 65_535),
        "an integer from 0 to 65535",
        "port to listen on, 0 for any free one",
        "N",
    ),
    Option("data_dir", _path, "a directory", "where the key and the data live", "DIRECTORY"),
    Option(
        "instruments",
        _path,
        "a TOML file",
        "what is traded, instead of the demo set",
        "FILE",
    ),
    _switch_option("demo", "let seeded order flow move the market"),
    Option(
        "durability",
        _choice("durable", "fast"),
        "durable or fast",
        "publish after or before journaling; durable needs the journal",
        "{durable,fast}",
    ),
    Option(
        "jwt_secret",
        _secret,
        f"a shared secret of {SECRET_BYTES_MIN} to {SECRET_BYTES_MAX} bytes",
        "HS256 secret, instead of the generated DIRECTORY/jwt.key",
        "SECRET",
        is_secret=True,
    ),
    Option(
        "jwks",
        _source,
        "a file or an https URL",
        "public keys of an identity provider, instead of a secret",
        "FILE|URL",
    ),
    Option(
        "jwt_issuer", _matching(_CLAIM), "1 to 200 printable characters", "iss of tokens", "NAME"
    ),
    Option(
        "jwt_audience", _matching(_CLAIM), "1 to 200 printable characters", "aud of tokens", "NAME"
    ),
    Option(
        "jwt_algorithms",
        _algorithms,
        f"a list of {', '.join(ALGORITHMS)}",
        "accepted algorithms, separated by commas; with --jwks all others unless given",
        "LIST",
    ),
    _switch_option("public_market_data", "show market data without a token"),
    Option(
        "engine_cpu",
        _integer(0, 65_535),
        "the number of a CPU of this machine",
        "CPU that the engine's thread is pinned to",
        "N",
    ),
    Option(
        "engine_wait",
        _choice("park", "yield", "spin"),
        "park, yield or spin",
        "how the idle engine waits: asleep, giving way, or burning its CPU",
        "{park,yield,spin}",
    ),
    Option(
        "max_open_orders",
        _integer(1, limits.OPEN_ORDERS_MAX_LIMIT),
        f"an integer from 1 to {limits.OPEN_ORDERS_MAX_LIMIT}",
        "open orders of one account",
        "N",
    ),
    Option(
        "orders_per_second",
        _integer(0, limits.ORDERS_PER_SECOND_LIMIT),
        f"an integer from 0 (unlimited) to {limits.ORDERS_PER_SECOND_LIMIT}",
        f"orders of one account, 0 = unlimited; {_ELSEWHERE}",
        "N",
    ),
    Option("log_format", _choice("text", "json"), "text or json", "form of the log", "{text,json}"),
    _switch_option("insecure", "allow --demo on an address that is not loopback"),
)
