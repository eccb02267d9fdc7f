"""The command line: `depthcast serve`, `token`, `import`, `watch`.

Role: parse, delegate, and turn every wrong option or file into one line and exit code 2. Never
imports the web framework itself.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, NoReturn

import msgspec

from app import serve
from app.client import importer, watch
from app.credentials import load_secret
from app.options import OPTIONS, Arguments, Option, given_values, parse_duration_s, shown
from app.settings import Settings, SettingsError, load_settings
from auth.policy import Scope, parse_scopes
from auth.tokens import issue

EXIT_WRONG_USE: Final = 2

_TOKEN_FIELDS: Final = ("data_dir", "jwt_secret", "jwt_issuer", "jwt_audience")
_TOKEN_OPTIONS: Final = tuple(option for option in OPTIONS if option.field in _TOKEN_FIELDS)


class Command(msgspec.Struct, frozen=True):
    """One subcommand: its arguments and what runs it; `run` returns the exit code."""

    name: str
    help: str
    add_arguments: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """Raises SettingsError where argparse would print its usage on top of the message."""

    def error(self, message: str) -> NoReturn:
        raise SettingsError(" ".join(message.split()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code: 0 done, 2 wrong option or file."""
    words = sys.argv[1:] if argv is None else list(argv)
    names = [command.name for command in COMMANDS]
    name = words[0] if words and words[0] in names else None
    try:
        arguments = _parser().parse_args(words)
        command = COMMANDS[names.index(arguments.command)]
        return command.run(arguments)
    except SettingsError as error:
        print(" ".join(["depthcast", *([name] if name else [])]) + f": {error}", file=sys.stderr)
        return EXIT_WRONG_USE


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="depthcast", description="An exchange in a box.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for command in COMMANDS:
        child = commands.add_parser(
            command.name, help=command.help, description=command.help, allow_abbrev=False
        )
        command.add_arguments(child)
    return parser


def _add_options(parser: argparse.ArgumentParser, options: Sequence[Option]) -> None:
    """Add rows of the option table; what is not given stays absent from the namespace."""
    for option in options:
        text = f"{option.help} [{option.variable}{_default_text(option)}]".replace("%", "%%")
        if option.is_switch:
            parser.add_argument(
                option.flag,
                action=argparse.BooleanOptionalAction,
                default=argparse.SUPPRESS,
                help=text,
            )
        else:
            parser.add_argument(
                option.flag, metavar=option.metavar, default=argparse.SUPPRESS, help=text
            )


def _default_text(option: Option) -> str:
    """Name the default where one word can."""
    default = getattr(Settings(), option.field)
    if isinstance(default, bool):
        return f", default {'on' if default else 'off'}"
    if default is None or option.field == "instruments":
        return ""
    return f", default {','.join(default) if isinstance(default, tuple) else default}"


def _given(arguments: argparse.Namespace, options: Sequence[Option]) -> Arguments:
    values = vars(arguments)
    return {option.field: values[option.field] for option in options if option.field in values}


def _add_serve_arguments(parser: argparse.ArgumentParser) -> None:
    _add_options(parser, OPTIONS)


def _run_serve(arguments: argparse.Namespace) -> int:
    return serve.run(load_settings(_given(arguments, OPTIONS), os.environ, _cpus()))


def _add_token_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--account", required=True, metavar="NAME", help="who the token is for")
    parser.add_argument(
        "--scopes",
        required=True,
        metavar="LIST",
        help=f"what it grants, separated by commas: {', '.join(Scope)}",
    )
    parser.add_argument(
        "--ttl", default="1h", metavar="TIME", help="how long: 30s, 15m, 1h, 7d [default 1h]"
    )
    _add_options(parser, _TOKEN_OPTIONS)


def _run_token(arguments: argparse.Namespace) -> int:
    """Print a token and nothing else."""
    given = _given(arguments, _TOKEN_OPTIONS)
    settings = Settings(**given_values(_TOKEN_OPTIONS, given, os.environ))
    try:
        scopes = parse_scopes(arguments.scopes)
    except ValueError as error:
        raise SettingsError(f"--scopes {shown(arguments.scopes)}: {error}") from error
    try:
        ttl_s = parse_duration_s(arguments.ttl)
    except ValueError as error:
        raise SettingsError(
            f"--ttl {shown(arguments.ttl)}: expected a time up to 366d such as 30s, 15m, 1h or 7d"
        ) from error
    print(_signed_token(settings, arguments.account, scopes, ttl_s))
    return 0


def _signed_token(settings: Settings, account: str, scopes: frozenset[Scope], ttl_s: int) -> str:
    secret = load_secret(settings)
    try:
        return issue(
            secret,
            account=account,
            scopes=scopes,
            issuer=settings.jwt_issuer,
            audience=settings.jwt_audience,
            now_s=time.time(),
            ttl_s=ttl_s,
        )
    except ValueError as error:
        raise SettingsError(f"--account {shown(account)}: {error}") from error


def _cpus() -> frozenset[int]:
    """Return the CPUs this process may run on; not every system can tell a process's own."""
    if hasattr(os, "sched_getaffinity"):
        return frozenset(os.sched_getaffinity(0))
    return frozenset(range(os.cpu_count() or 1))


COMMANDS: Final = (
    Command("serve", "Run the exchange.", _add_serve_arguments, _run_serve),
    Command("token", "Print a token for an account.", _add_token_arguments, _run_token),
    Command("import", "Play a recorded market.", importer.add_arguments, importer.run),
    Command("watch", "Show a live book.", watch.add_arguments, watch.run),
)
