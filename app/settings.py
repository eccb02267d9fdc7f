"""The settings of a server: what `depthcast serve` was told, checked as a whole.

Role: options (options.py) and the instruments file to one frozen value. Never imports the web
framework.
"""

import ipaddress
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from app import limits
from app.instruments_file import DEMO_INSTRUMENTS, load_instruments
from app.options import OPTIONS, Arguments, SettingsError, given_values
from auth.keyring import PUBLIC_KEY_ALGORITHMS, SECRET_ALGORITHMS
from engine.instruments import Instrument

__all__ = ["Settings", "SettingsError", "is_loopback", "load_settings"]

_SECRET_FIELDS: Final = ("jwt_secret",)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All that an operator decides; one that exists is consistent.

    `engine_cpu` None leaves the thread unpinned; `orders_per_second` is per account, 0 =
    unlimited; without `jwt_secret` and `jwks` the generated key in `data_dir` counts.
    Raises SettingsError for options that contradict each other.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    data_dir: Path = Path("./var")
    instruments: tuple[Instrument, ...] = DEMO_INSTRUMENTS
    demo: bool = False
    durability: str = "fast"
    jwt_secret: str | None = None
    jwks: str | None = None
    jwt_issuer: str = "depthcast"
    jwt_audience: str = "depthcast"
    jwt_algorithms: tuple[str, ...] = SECRET_ALGORITHMS
    public_market_data: bool = False
    engine_cpu: int | None = None
    engine_wait: str = "park"
    max_open_orders: int = limits.OPEN_ORDERS_MAX_DEFAULT
    orders_per_second: int = 0
    log_format: str = "text"
    insecure: bool = False

    def __post_init__(self) -> None:
        """Check what options mean together."""
        if self.durability == "durable":
            raise SettingsError(
                "--durability durable: needs the journal, which this version does not have,"
                " expected fast"
            )
        if self.demo and not self.insecure and not is_loopback(self.host):
            raise SettingsError(
                f"--demo: refused on --host {self.host}, expected a loopback address or --insecure"
            )
        if self.jwks is not None and self.jwt_secret is not None:
            raise SettingsError(
                f"--jwks {self.jwks}: given with --jwt-secret, expected one of them"
            )
        accepted = SECRET_ALGORITHMS if self.jwks is None else PUBLIC_KEY_ALGORITHMS
        if not self.jwt_algorithms or not set(self.jwt_algorithms) <= set(accepted):
            keys = "a secret" if self.jwks is None else "--jwks"
            raise SettingsError(
                f"--jwt-algorithms {','.join(self.jwt_algorithms)}:"
                f" expected {', '.join(accepted)} with {keys}"
            )

    def __repr__(self) -> str:
        """Show every setting, for the log, except secrets."""
        values = (
            f"{name}={'…' if name in _SECRET_FIELDS and value is not None else repr(value)}"
            for name, value in msgspec.structs.asdict(self).items()
        )
        return f"Settings({', '.join(values)})"

    @property
    def messages_per_second(self) -> int:
        """Return what one account may send over WebSocket, 0 = unlimited."""
        if self.orders_per_second == 0:
            return 0
        return max(
            limits.MESSAGES_PER_SECOND_MIN, limits.MESSAGES_PER_ORDER * self.orders_per_second
        )


def load_settings(
    arguments: Arguments, environment: Mapping[str, str], cpus: Collection[int]
) -> Settings:
    """Return the settings from the command line, the environment and the instruments file.

    `cpus` are the numbers of the CPUs this process may run on. Raises SettingsError.
    """
    values = given_values(OPTIONS, arguments, environment)
    engine_cpu = values.get("engine_cpu")
    if engine_cpu is not None and engine_cpu not in cpus:
        listed = ", ".join(str(cpu) for cpu in sorted(cpus))
        raise SettingsError(f"--engine-cpu {engine_cpu}: expected one of {listed}")
    if "instruments" in values:
        values["instruments"] = load_instruments(values["instruments"])
    return Settings(**_derived_values(values), **values)


def is_loopback(host: str) -> bool:
    """Tell whether `host` can be reached from this machine alone; names are not looked up."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _derived_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the defaults that depend on what was given."""
    derived: dict[str, Any] = {}
    if "orders_per_second" not in values and not is_loopback(values.get("host", "127.0.0.1")):
        derived["orders_per_second"] = limits.ORDERS_PER_SECOND_PUBLIC_DEFAULT
    if "jwt_algorithms" not in values and "jwks" in values:
        derived["jwt_algorithms"] = PUBLIC_KEY_ALGORITHMS
    return derived
