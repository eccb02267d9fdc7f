"""Make seeded, realistic order flow: a market's habits as a small stochastic model.

Role: what the demo, tests and benchmarks trade with. The only module of the engine that uses
floats and randomness, always `random.Random` with a given seed: the same seed and the same
observations give the same actions. Pure: it knows no clock; `wait_us` says how long to wait,
`decide` what to do then. Never imports a matching engine.

    arrivals     self-exciting (Hawkes, exponential kernel): actions come in clusters
    fair price   a random walk in steps of the price grid, its volatility wandering in clusters
                 too, held loosely to where it began
    quotes       exponentially spread behind the fair price, a few far behind
    sizes        Pareto tails, in round lots
    cancels      likeliest at the touch and far away; rate in proportion to what rests
    takers       seldom, in runs of one side; at once when the book is away from the fair price

Source: A. G. Hawkes, "Spectra of some self-exciting and mutually exciting point processes" (1971);
Y. Ogata, "On Lewis' simulation method for point processes" (1981).
"""

from math import exp, floor, sqrt
from random import Random
from typing import Final

import msgspec

from engine.commands import OrderType, Side, TimeInForce
from engine.flow_orders import Action, Amend, Cancel, OpenOrder, OpenOrders, Place, Trader
from engine.limits import PRICE_TICKS_MAX, QUANTITY_LOTS_MAX

_MAKERS: Final = (Trader.MAKER_1, Trader.MAKER_2, Trader.MAKER_3)
_PATIENT: Final = (Trader.PATIENT_1, Trader.PATIENT_2)
_TAKERS: Final = (Trader.TAKER_1, Trader.TAKER_2)

_BRANCHING: Final = 0.7  # actions that one action excites; below 1, or the rate would explode
_DECAY_PER_S: Final = 30.0  # how fast excitement fades
_VOLATILITY_MEMORY_S: Final = 30.0
_VOLATILITY_SPREAD: Final = 0.6  # standard deviation of the logarithm of volatility
_PULL_S: Final = 7_200.0  # the fair price's memory of where it began
_FAIR_STEPS_MIN: Final = 60.0  # room for the bids below

_TAKE: Final = 0.06
_AMEND: Final = 0.08
_PATIENT_SHARE: Final = 0.25
_SAME_SIDE: Final = 0.7  # takers come in runs of one side
_MISPRICED_STEPS: Final = 1.5
_MISPRICED_TAKE: Final = 0.6
_MAKER_DEPTH_STEPS: Final = 7.0  # mean distance behind the best possible quote
_PATIENT_DEPTH_STEPS: Final = 12.0
_TAIL_EXPONENT: Final = 1.6  # of sizes: finite mean, infinite variance before the cap
_SIZE_MAX: Final = 60.0  # typical sizes
_CANCEL_CANDIDATES: Final = 3
_OPENING_SHARE: Final = 0.8  # of the orders aimed at: placed by the opening


class FlowProfile(msgspec.Struct, frozen=True, kw_only=True):
    """Scale the model to an instrument.

    Prices move on a grid of `step_ticks`; `volatility_steps` is the fair price's standard
    deviation over one second; the book is held at about `orders` resting orders, never above
    twice that.
    """

    start_ticks: int = 10_000
    step_ticks: int = 1
    typical_lots: int = 100
    round_lots: int = 1
    events_per_second: float = 75.0
    volatility_steps: float = 1.2
    orders: int = 170

    def __post_init__(self) -> None:
        """Refuse what the model cannot work with; raises ValueError."""
        lowest = min(self.step_ticks, self.typical_lots, self.round_lots, self.orders)
        if lowest < 1 or self.events_per_second <= 0 or self.volatility_steps < 0:
            raise ValueError("a flow's amounts and rate are above zero")
        if not 1 <= self.start_ticks <= PRICE_TICKS_MAX:
            raise ValueError(f"start_ticks is not in 1 … {PRICE_TICKS_MAX}")


class OrderFlow:
    """Decide, action by action, what seven traders do in one market.

    `orders` is what rests; whoever carries an action out reports there what became of it.
    Cost: a few microseconds per action; memory is bounded by twice `profile.orders`.
    """

    def __init__(self, seed: int, profile: FlowProfile) -> None:
        """Start at the profile's price with an empty book."""
        self.profile = profile
        self.orders = OpenOrders()
        self.elapsed_us = 0
        self._random = Random(seed)
        self._quiet_rate = profile.events_per_second * (1.0 - _BRANCHING)
        self._excitement = 0.0
        self._start_steps = max(profile.start_ticks / profile.step_ticks, _FAIR_STEPS_MIN)
        self._fair_steps = self._start_steps
        self._log_volatility = 0.0
        self._taker_side = Side.BUY

    @property
    def fair_ticks(self) -> int:
        """Return the price that the traders believe in."""
        return max(1, round(self._fair_steps * self.profile.step_ticks))

    # --- when ---------------------------------------------------------------------------------

    def wait_us(self) -> int:
        """Return how long after the last action the next one comes; time passes with it."""
        waited_s = 0.0
        while True:
            bound = self._quiet_rate + self._excitement
            wait_s = self._random.expovariate(bound)
            waited_s += wait_s
            self._excitement *= exp(-_DECAY_PER_S * wait_s)
            if self._random.random() * bound <= self._quiet_rate + self._excitement:
                break
        self._excitement += _BRANCHING * _DECAY_PER_S
        self._move_fair_price(waited_s)
        wait_us = max(1, round(waited_s * 1e6))
        self.elapsed_us += wait_us
        return wait_us

    def _move_fair_price(self, seconds: float) -> None:
        normal = self._random.gauss
        kept = exp(-seconds / _VOLATILITY_MEMORY_S)
        wander = _VOLATILITY_SPREAD * sqrt(1.0 - kept * kept)
        self._log_volatility = self._log_volatility * kept + normal(0.0, wander)
        deviation = self.profile.volatility_steps * exp(self._log_volatility) * sqrt(seconds)
        pull = (self._start_steps - self._fair_steps) * min(1.0, seconds / _PULL_S)
        moved = self._fair_steps + pull + normal(0.0, deviation)
        self._fair_steps = max(_FAIR_STEPS_MIN, moved)

    # --- what ---------------------------------------------------------------------------------

    def opening(self) -> list[Place]:
        """Return the quotes that make the first book, best and worst mixed."""
        count = int(self.profile.orders * _OPENING_SHARE)
        return [self._quote(side, None, None) for _ in range(count // 2) for side in Side]

    def decide(self, best_bid_ticks: int | None, best_ask_ticks: int | None) -> Action:
        """Return the next action, given the best prices now; None is an empty side."""
        self.orders.forget_traded(Side.BUY, best_bid_ticks)
        self.orders.forget_traded(Side.SELL, best_ask_ticks)
        corrected = self._correct(best_bid_ticks, best_ask_ticks)
        if corrected is not None:
            return corrected
        draw = self._random.random()
        if draw < _TAKE:
            return self._take(best_bid_ticks, best_ask_ticks)
        if draw < _TAKE + _AMEND and len(self.orders) > 0:
            return self._amend(best_bid_ticks, best_ask_ticks)
        # As many cancels as quotes when the book is as full as aimed at: it neither grows nor dies.
        if self._random.random() * 2 * self.profile.orders < len(self.orders):
            return self._cancel()
        return self._quote(self._thinner_side(), best_bid_ticks, best_ask_ticks)

    def _correct(self, best_bid_ticks: int | None, best_ask_ticks: int | None) -> Place | None:
        """Take from a side that stands beyond the fair price, as who knows it would."""
        edge = self._fair_steps * self.profile.step_ticks
        margin = _MISPRICED_STEPS * self.profile.step_ticks
        if best_ask_ticks is not None and best_ask_ticks < edge - margin:
            side, price_ticks = Side.BUY, floor(edge)
        elif best_bid_ticks is not None and best_bid_ticks > edge + margin:
            side, price_ticks = Side.SELL, floor(edge) + 1
        else:
            return None
        if self._random.random() >= _MISPRICED_TAKE:
            return None
        return Place(
            trader=self._random.choice(_TAKERS),
            side=side,
            quantity_lots=self._size_lots(),
            price_ticks=_legal_price(price_ticks),
            time_in_force=TimeInForce.IOC,
        )

    def _take(self, best_bid_ticks: int | None, best_ask_ticks: int | None) -> Action:
        """Take at any price, or a little through the best one."""
        if self._random.random() >= _SAME_SIDE:
            self._taker_side = self._taker_side.opposite
        side = self._taker_side
        best_ticks = best_ask_ticks if side is Side.BUY else best_bid_ticks
        if best_ticks is None:
            return self._quote(side.opposite, best_bid_ticks, best_ask_ticks)
        trader, lots = self._random.choice(_TAKERS), self._size_lots()
        if self._random.random() < 0.5:
            return Place(
                trader=trader,
                side=side,
                quantity_lots=lots,
                type=OrderType.MARKET,
                time_in_force=TimeInForce.IOC,
            )
        through = self._random.randrange(3) * self.profile.step_ticks
        return Place(
            trader=trader,
            side=side,
            quantity_lots=lots,
            price_ticks=_legal_price(best_ticks + (through if side is Side.BUY else -through)),
            time_in_force=TimeInForce.IOC,
        )

    def _thinner_side(self) -> Side:
        """Return a side at random, the one with fewer orders more likely."""
        buys, total = self.orders.count(Side.BUY), len(self.orders)
        return Side.SELL if self._random.random() * (total + 2) < buys + 1 else Side.BUY

    def _quote(self, side: Side, best_bid_ticks: int | None, best_ask_ticks: int | None) -> Place:
        patient = self._random.random() < _PATIENT_SHARE
        return Place(
            trader=self._random.choice(_PATIENT if patient else _MAKERS),
            side=side,
            quantity_lots=self._size_lots(),
            price_ticks=self._quote_price(side, patient, best_bid_ticks, best_ask_ticks),
            post_only=not patient,
        )

    def _quote_price(
        self, side: Side, patient: bool, best_bid_ticks: int | None, best_ask_ticks: int | None
    ) -> int:
        """Return a price on the grid, behind the fair price and short of the other side."""
        mean = _PATIENT_DEPTH_STEPS if patient else _MAKER_DEPTH_STEPS
        behind = int(self._random.expovariate(1.0 / mean))
        below = floor(self._fair_steps)
        if side is Side.BUY:
            price_ticks = (below - behind) * self.profile.step_ticks
            if best_ask_ticks is not None:
                price_ticks = min(price_ticks, best_ask_ticks - 1)
        else:
            price_ticks = (below + 1 + behind) * self.profile.step_ticks
            if best_bid_ticks is not None:
                price_ticks = max(price_ticks, best_bid_ticks + 1)
        return _legal_price(price_ticks)

    def _size_lots(self) -> int:
        """Return a heavy-tailed size in whole round lots."""
        size = min(self._random.paretovariate(_TAIL_EXPONENT), _SIZE_MAX)
        lots = self.profile.typical_lots * size * (0.2 + 0.8 * self._random.random())
        rounded = round(lots / self.profile.round_lots) * self.profile.round_lots
        return min(max(rounded, self.profile.round_lots), QUANTITY_LOTS_MAX)

    def _cancel(self) -> Cancel:
        """Cancel one of a few orders picked at random: at the touch, or far behind."""
        some = [self._any_order() for _ in range(_CANCEL_CANDIDATES)]
        order = self._random.choices(some, [self._cancel_weight(order) for order in some])[0]
        return Cancel(order.trader, order.order_id)

    def _any_order(self) -> OpenOrder:
        return self.orders[self._random.randrange(len(self.orders))]

    def _cancel_weight(self, order: OpenOrder) -> float:
        steps = abs(order.price_ticks / self.profile.step_ticks - self._fair_steps)
        return 2.5 / (1.0 + steps) + (steps / 18.0) ** 2

    def _amend(self, best_bid_ticks: int | None, best_ask_ticks: int | None) -> Amend:
        """Quote anew around the fair price, or show less in the same place."""
        order = self._any_order()
        if self._random.random() < 0.5 and order.quantity_lots >= 2 * self.profile.round_lots:
            half = order.quantity_lots // 2 // self.profile.round_lots * self.profile.round_lots
            return Amend(trader=order.trader, order_id=order.order_id, quantity_lots=half)
        patient = order.trader in _PATIENT
        price_ticks = self._quote_price(order.side, patient, best_bid_ticks, best_ask_ticks)
        return Amend(trader=order.trader, order_id=order.order_id, price_ticks=price_ticks)


def _legal_price(price_ticks: int) -> int:
    return min(max(price_ticks, 1), PRICE_TICKS_MAX)
