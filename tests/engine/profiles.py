"""List the profiles of random command streams: what each leans on."""

from dataclasses import dataclass, field

from engine.commands import Configure, OrderType, SelfTradePrevention, TimeInForce
from engine.instruments import Instrument

LIMIT, MARKET, STOP, STOP_LIMIT = OrderType
GTC, IOC, FOK, GTD = TimeInForce
NONE, NEWEST, OLDEST, BOTH, DECREMENT = SelfTradePrevention


@dataclass(frozen=True)
class Profile:
    """Weights and sizes of one kind of stream."""

    name: str
    instruments: tuple[Instrument, ...] = (Instrument("X", "1", "1"),)
    configure: Configure = field(default_factory=Configure)
    accounts: int = 5
    price_ticks: int = 1_000
    width_ticks: int = 8
    quantity_lots: int = 200
    even_sizes: bool = False
    crossing: float = 0.15
    wide: bool = False
    time_moves: float = 0.3
    spoiled: float = 0.02
    post_only: float = 0.05
    icebergs: float = 0.05
    commands: dict[str, int] = field(
        default_factory=lambda: {"new": 75, "amend": 15, "cancel": 9, "cancel_all": 1}
    )
    types: dict[OrderType, int] = field(
        default_factory=lambda: {LIMIT: 86, MARKET: 6, STOP: 4, STOP_LIMIT: 4}
    )
    times_in_force: dict[TimeInForce, int] = field(
        default_factory=lambda: {GTC: 80, IOC: 8, FOK: 6, GTD: 6}
    )
    self_trade: dict[SelfTradePrevention, int] = field(
        default_factory=lambda: {NONE: 1, NEWEST: 2, OLDEST: 1, BOTH: 1, DECREMENT: 1}
    )

    @property
    def symbols(self) -> tuple[str, ...]:
        """Return the symbols that orders name."""
        return tuple(instrument.symbol for instrument in self.instruments)


def _limited(symbol: str, **limits: str) -> Instrument:
    return Instrument(symbol, "1", "1", **limits)


PROFILES = (
    Profile("everything"),
    Profile(
        "deep_book", width_ticks=60, crossing=0.06, commands={"new": 75, "amend": 10, "cancel": 15}
    ),
    Profile(
        "one_level",
        width_ticks=0,
        crossing=0.1,
        accounts=12,
        quantity_lots=20,
        commands={"new": 70, "amend": 20, "cancel": 10},
    ),
    Profile("thin_book", crossing=0.4, width_ticks=3, quantity_lots=5),
    Profile("wide_prices", wide=True, price_ticks=2**39, width_ticks=2**30, spoiled=0.05),
    Profile(
        "stop_cascades",
        types={LIMIT: 50, MARKET: 10, STOP: 22, STOP_LIMIT: 18},
        width_ticks=5,
        commands={"new": 78, "amend": 14, "cancel": 8},
    ),
    Profile(
        "first_prints",
        instruments=tuple(_limited(f"S{number}") for number in range(40)),
        types={LIMIT: 45, MARKET: 5, STOP: 25, STOP_LIMIT: 25},
        width_ticks=3,
        commands={"new": 92, "amend": 5, "cancel": 3},
    ),
    Profile(
        "fok_self_trade",
        accounts=3,
        width_ticks=1,
        self_trade={NONE: 1, NEWEST: 4, OLDEST: 1, BOTH: 3, DECREMENT: 1},
        icebergs=0.6,
        crossing=0.1,
        commands={"new": 85, "amend": 8, "cancel": 7},
        quantity_lots=12,
        even_sizes=True,
        times_in_force={GTC: 55, IOC: 5, FOK: 40},
        types={LIMIT: 92, MARKET: 4, STOP: 2, STOP_LIMIT: 2},
    ),
    Profile(
        "icebergs",
        even_sizes=True,
        quantity_lots=30,
        icebergs=0.8,
        width_ticks=3,
        crossing=0.45,
        post_only=0.02,
    ),
    # Small capacities: ids go round while old orders rest, which must still be found.
    Profile(
        "old_orders",
        configure=Configure(orders_capacity=40, levels_capacity=40),
        width_ticks=60,
        crossing=0.1,
        commands={"new": 93, "amend": 5, "cancel": 2},
        times_in_force={GTC: 30, IOC: 30, GTD: 60},
    ),
    Profile(
        "halts",
        commands={"new": 70, "amend": 15, "cancel": 5, "cancel_all": 1, "state": 7, "expire": 2},
        post_only=0.5,
    ),
    Profile(
        "amend_heavy",
        commands={"new": 45, "amend": 50, "cancel": 5},
        icebergs=0.25,
        post_only=0.2,
        width_ticks=4,
    ),
    Profile(
        "gtd_expiry",
        times_in_force={GTC: 20, GTD: 80},
        time_moves=0.8,
        commands={"new": 75, "amend": 10, "cancel": 5, "expire": 10},
        types={LIMIT: 80, STOP_LIMIT: 20},
    ),
    Profile(
        "many_symbols",
        instruments=tuple(_limited(f"S{number}") for number in range(12)),
        accounts=30,
        spoiled=0.15,
        times_in_force={GTC: 70, IOC: 10, FOK: 5, GTD: 15},
        commands={
            "new": 60,
            "amend": 12,
            "cancel": 15,
            "cancel_all": 4,
            "state": 3,
            "expire": 2,
            "register": 2,
            "list": 2,
            "limits": 2,
        },
    ),
    Profile(
        "tight_limits",
        instruments=(
            _limited(
                "X", min_quantity="2", max_quantity="60", max_notional="40000", price_band_pct="1.5"
            ),
            _limited("Y", market_protection_pct="0.3", price_band_pct="0.55"),
            _limited("Z", market_protection_pct="0.3", max_notional="9000"),
        ),
        configure=Configure(orders_capacity=60, levels_capacity=18, open_orders_max=20),
        types={LIMIT: 70, MARKET: 15, STOP: 6, STOP_LIMIT: 9},
        commands={"new": 70, "amend": 18, "cancel": 8, "cancel_all": 1, "expire": 1},
        icebergs=0.15,
        width_ticks=12,
    ),
)
