"""Read the command line into a plan.

Role: names, defaults and bounds. Opens nothing.
"""

import argparse
import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import msgspec

from loadtest.target import SYMBOL, Target

SCENARIOS: Final = ("steady", "burst")
SUBSCRIBERS_MAX: Final = 9_000
"""A server takes 10,000 connections; some are left to the sender, the checkers and to people."""

UPDATES_PER_SECOND_MAX: Final = 50_000
SECONDS_MAX: Final = 600
BURST_ORDERS_MAX: Final = 200_000
SAMPLES_MAX: Final = 20_000_000
"""Messages that the receivers keep in memory, 24 bytes each."""


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """What to do; `target` is None where an own server is to be started."""

    scenarios: tuple[str, ...]
    subscribers: int
    checkers: int
    updates_per_second: int
    seconds: int
    burst_orders: int
    target: Target | None
    json: Path | None


def parse_plan(argv: Sequence[str] | None = None) -> Plan:
    """Return what the command line asks for; ends the program with code 2 where it is wrong."""
    parser = _parser()
    given = parser.parse_args(argv)
    quick = given.quick
    plan = Plan(
        scenarios=tuple(given.scenarios) or SCENARIOS,
        subscribers=_or(given.subscribers, 20 if quick else 100),
        checkers=given.checkers,
        updates_per_second=_or(given.updates_per_second, 50),
        seconds=_or(given.seconds, 2 if quick else 10),
        burst_orders=_or(given.burst_orders, 2_000 if quick else 20_000),
        target=None if given.host is None else _target(parser, given),
        json=given.json,
    )
    if mistake := _mistake(plan):
        parser.error(mistake)
    return plan


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _mistake(plan: Plan) -> str:
    """Say what a plan may not ask for; "" where it is sound."""
    bounds = (
        ("--subscribers", plan.subscribers, SUBSCRIBERS_MAX),
        ("--updates-per-second", plan.updates_per_second, UPDATES_PER_SECOND_MAX),
        ("--seconds", plan.seconds, SECONDS_MAX),
        ("--burst-orders", plan.burst_orders, BURST_ORDERS_MAX),
        ("--checkers", plan.checkers, 100),
    )
    for flag, value, highest in bounds:
        if not 1 <= value <= highest:
            return f"{flag} {value}: expected 1 to {highest}"
    if unknown := set(plan.scenarios) - set(SCENARIOS):
        return f"no scenario {', '.join(sorted(unknown))}; there are {', '.join(SCENARIOS)}"
    samples = plan.subscribers * plan.updates_per_second * (plan.seconds + 1)
    if samples > SAMPLES_MAX:
        return f"{samples:,} messages to be received: expected {SAMPLES_MAX:,} at most"
    return ""


def _target(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Target:
    address = urlsplit(given.host)
    if address.scheme != "http" or address.hostname is None:
        parser.error(f"--host {given.host}: expected http://ADDRESS:PORT")
    if not is_loopback(address.hostname) and not given.allow_remote:
        parser.error(f"--host {given.host}: not this machine; --allow-remote loads it all the same")
    if not given.token or not given.order_token:
        parser.error("--host needs --token (market:read) and --order-token (orders:write too)")
    return Target(
        host=address.hostname,
        port=address.port or 80,
        symbol=given.symbol,
        token=given.token,
        order_token=given.order_token,
        pid=given.server_pid,
    )


def _or(given: int | None, otherwise: int) -> int:
    return otherwise if given is None else given


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m loadtest", description="Load a real server and say how it bore it."
    )
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=", ".join(SCENARIOS))
    parser.add_argument("--host", metavar="URL", help="a running server, instead of an own one")
    parser.add_argument("--token", help="for subscribing")
    parser.add_argument("--order-token", help="for sending orders")
    parser.add_argument(
        "--symbol",
        default=SYMBOL,
        help="an empty market with ticks of 0.01, where the account's orders may be cancelled",
    )
    parser.add_argument("--server-pid", type=int, metavar="N", help="to read its processor time")
    parser.add_argument("--allow-remote", action="store_true", help="load another machine")
    parser.add_argument("--subscribers", type=int, metavar="N", help="[100]")
    parser.add_argument("--checkers", type=int, default=2, metavar="N", help="whole clients [2]")
    parser.add_argument("--updates-per-second", type=int, metavar="N", help="[50]")
    parser.add_argument("--seconds", type=int, metavar="N", help="[10]")
    parser.add_argument("--burst-orders", type=int, metavar="N", help="[20000]")
    parser.add_argument("--quick", action="store_true", help="fewer subscribers, shorter")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser
