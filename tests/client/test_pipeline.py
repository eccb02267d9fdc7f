"""Check that commands under way together may be refused and sent again without harm."""

from random import Random

import pytest

from app.client.pipeline import Command, Kind, Pipeline, Side, conflict
from engine.commands import (
    AmendOrder,
    CancelOrder,
    NewOrder,
    OrderType,
    SelfTradePrevention,
    TimeInForce,
)
from engine.commands import Side as EngineSide
from engine.events import CommandCompleted, OrderAdded
from engine.instruments import Instrument
from engine.reference import ReferenceEngine


def command(text: str) -> Command:
    """Read "add a buy 100", "remove b sell 101" or "aggress - buy 105"."""
    kind, key, side, price = text.split()
    kinds: dict[str, Kind] = {"add": "add", "remove": "remove", "aggress": "aggress"}
    sides: dict[str, Side] = {"buy": "buy", "sell": "sell"}
    return Command(1, kinds[kind], key, sides[side], int(price))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("add a buy 100", "add b buy 101", False),
        ("add a buy 100", "add b buy 100", True),
        ("add a buy 100", "add b sell 101", False),
        ("add a buy 100", "remove a buy 100", True),
        ("remove a buy 100", "remove a buy 100", True),
        ("remove a buy 100", "remove b buy 100", False),
        ("remove a buy 100", "add b buy 100", False),
        ("remove a sell 101", "add b buy 101", True),
        ("remove a sell 101", "add b buy 102", True),
        ("remove a sell 101", "add b buy 100", False),
        ("remove a buy 100", "add b sell 100", True),
        ("remove a buy 100", "add b sell 101", False),
        ("add a buy 100", "aggress - sell 99", True),
        ("aggress - sell 99", "add a buy 50", True),
        ("aggress - sell 99", "aggress - buy 101", True),
    ],
)
def test_commands_conflict_where_their_order_matters(
    first: str, second: str, expected: bool
) -> None:
    assert conflict(command(first), command(second)) is expected


def test_the_window_bounds_what_is_in_flight() -> None:
    pipeline = Pipeline(window=2)
    commands = [Command(n, "add", str(n), "buy", 100 - n) for n in range(3)]
    for sent in commands[:2]:
        assert pipeline.may_send(sent)
        pipeline.sent(sent)
    assert not pipeline.may_send(commands[2])
    pipeline.done(commands[0])
    assert pipeline.may_send(commands[2])


def test_the_refused_are_sent_again_in_order_before_anything_new() -> None:
    pipeline = Pipeline()
    commands = [Command(n, "add", str(n), "buy", 100 - n) for n in range(4)]
    for sent in commands[:3]:
        pipeline.sent(sent)
    pipeline.refused(commands[2])
    pipeline.refused(commands[0])
    assert pipeline.next_retry is None
    assert not pipeline.may_send(commands[3])
    pipeline.done(commands[1])
    assert pipeline.next_retry is commands[0]
    pipeline.sent(commands[0])
    assert pipeline.next_retry is None
    assert not pipeline.may_send(commands[3])
    pipeline.done(commands[0])
    assert pipeline.next_retry is commands[2]
    pipeline.sent(commands[2])
    assert pipeline.may_send(commands[3])
    assert not pipeline.idle
    pipeline.done(commands[2])
    assert pipeline.idle


class Market:
    """A recorded-like flow entered through the pipeline into an engine that is often busy."""

    def __init__(self, seed: int, *, busy: float) -> None:
        self.engine = ReferenceEngine([Instrument("GOOG", tick_size="0.01", lot_size="1")])
        self.order_ids: dict[str, int] = {}
        self.under_way: list[tuple[Command, int]] = []
        self.pipeline = Pipeline(window=16)
        self.random = Random(seed)
        self.busy = busy
        self.lots: dict[int, int] = {}

    def enter(self, command: Command, lots: int) -> None:
        self.lots[command.number] = lots
        while not self.pipeline.may_send(command):
            self.answer_one()
        self.pipeline.sent(command)
        self.under_way.append((command, lots))

    def answer_one(self) -> None:
        """Carry out the earliest command under way, or refuse it; then see to the refused."""
        if self.under_way:
            command, lots = self.under_way.pop(0)
            if self.random.random() < self.busy:
                self.pipeline.refused(command)
            else:
                self.process(command, lots)
                self.pipeline.done(command)
        again = self.pipeline.next_retry
        if again is not None:
            self.pipeline.sent(again)
            self.under_way.append((again, self.lots[again.number]))

    def settle(self) -> None:
        while not self.pipeline.idle:
            self.answer_one()

    def process(self, command: Command, lots: int) -> None:
        if command.kind == "remove":
            events = self.engine.process(self.removal(command, lots))
        else:
            events = self.engine.process(self.new_order(command, lots))
            for event in events:
                if isinstance(event, OrderAdded):
                    self.order_ids[command.key] = event.order_id
        completed = events[-1]
        assert isinstance(completed, CommandCompleted) and completed.accepted, command

    def removal(self, command: Command, lots: int) -> AmendOrder | CancelOrder:
        order_id = self.order_ids[command.key]
        if lots == 0:
            return CancelOrder(symbol="GOOG", account=1, order_id=order_id, received_ns=1)
        return AmendOrder(
            symbol="GOOG", account=1, order_id=order_id, quantity_lots=lots, received_ns=1
        )

    def new_order(self, command: Command, lots: int) -> NewOrder:
        return NewOrder(
            symbol="GOOG",
            account=1,
            side=EngineSide.BUY if command.side == "buy" else EngineSide.SELL,
            type=OrderType.LIMIT,
            quantity_lots=lots,
            price_ticks=command.price_ticks,
            time_in_force=TimeInForce.IOC if command.kind == "aggress" else TimeInForce.GTC,
            self_trade_prevention=SelfTradePrevention.NONE,
            received_ns=1,
        )

    def queues(self) -> list[tuple[str, int, int]]:
        """Return who rests where, in order of priority."""
        keys = {order_id: key for key, order_id in self.order_ids.items()}
        return [
            (keys[order.order_id], order.price_ticks or 0, order.remaining_lots)
            for order in sorted(
                self.engine.orders("GOOG"),
                key=lambda order: (order.side, order.price_ticks or 0),
            )
        ]


def random_flow(seed: int, count: int) -> list[tuple[Command, int]]:
    """Make a flow that is valid when it is carried out in order, by carrying it out."""
    random = Random(seed)
    mirror = Market(seed, busy=0)
    flow: list[tuple[Command, int]] = []
    for number in range(count):
        resting = mirror.engine.orders("GOOG")
        bids, asks = mirror.engine.depth("GOOG", levels=0)
        drawn = random.random()
        side: Side = random.choice(["buy", "sell"])
        if drawn < 0.4 and resting:
            order = random.choice(resting)
            key = next(k for k, order_id in mirror.order_ids.items() if order_id == order.order_id)
            owner: Side = "buy" if order.side is EngineSide.BUY else "sell"
            entry = Command(number, "remove", key, owner, order.price_ticks or 0)
            filled = order.quantity_lots - order.remaining_lots
            keep = order.remaining_lots // 2 if random.random() < 0.5 else 0
            lots = filled + keep if keep else 0
        elif drawn < 0.5 and (asks if side == "buy" else bids):
            worst = (asks if side == "buy" else bids)[-1][0]
            entry, lots = Command(number, "aggress", f"a{number}", side, worst), 5
        else:
            highest = asks[0][0] - 1 if asks else 110
            lowest = bids[0][0] + 1 if bids else 100
            price = random.randint(95, highest) if side == "buy" else random.randint(lowest, 115)
            entry, lots = Command(number, "add", f"o{number}", side, max(price, 1)), 10
        mirror.process(entry, lots)
        flow.append((entry, lots))
    return flow


@pytest.mark.parametrize("seed", range(8))
def test_a_busy_server_ends_with_the_same_queues_as_an_idle_one(seed: int) -> None:
    print(f"seed {seed}")
    flow = random_flow(seed, 400)
    markets = [Market(seed, busy=busy) for busy in (0, 0.3)]
    for market in markets:
        for entry, lots in flow:
            market.enter(entry, lots)
        market.settle()
        market.engine.check_invariants()
    assert markets[0].queues() == markets[1].queues() != []
