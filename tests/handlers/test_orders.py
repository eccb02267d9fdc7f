"""What the owners of orders are told, and that the store agrees with the engine."""

import random
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest

from app import wire
from app.handlers.orders import OrderEventHandler
from engine.commands import AddAccount, Expire, MarketState, SetMarketState
from tests.app.harness import START_NS, Harness, new_order

NOW_US = START_NS // 1_000


def told(harness: Harness, account: str) -> list[str]:
    """Return the account's updates as "event status remaining", "+ quantity role" for a fill."""
    lines = []
    for owner, seq, event, order, fill in harness.updates:
        assert order.seq == seq
        if owner == account:
            match = "" if fill is None else f" + {fill.quantity} {fill.role}"
            lines.append(f"{event} {order.status} {order.remaining_quantity}{match}")
    return lines


def test_an_update_shows_the_order_after_the_status_change_that_follows_it() -> None:
    harness = Harness()
    harness.order("bob", side="sell")
    harness.order("alice", quantity="1.5", price="100")
    assert told(harness, "alice") == [
        "order_added open 1.5000",
        "order_matched partially_filled 0.5000 + 1.0000 taker",
        "order_status_changed partially_filled 0.5000",
    ]
    assert told(harness, "bob") == [
        "order_added open 1.0000",
        "order_matched filled 0.0000 + 1.0000 maker",
        "order_status_changed filled 0.0000",
    ]


def test_a_second_partial_fill_changes_no_status() -> None:
    harness = Harness()
    harness.order("alice", quantity="3")
    for _ in range(2):
        harness.order("bob", side="sell", quantity="1")
    assert told(harness, "alice")[1:] == [
        "order_matched partially_filled 2.0000 + 1.0000 maker",
        "order_status_changed partially_filled 2.0000",
        "order_matched partially_filled 1.0000 + 1.0000 maker",
    ]


def test_a_cancel_is_told_with_its_end() -> None:
    harness = Harness()
    harness.order()
    harness.call("cancel", {"order_id": "1"})
    assert told(harness, "alice")[1:] == [
        "order_cancelled cancelled 0.0000",
        "order_status_changed cancelled 0.0000",
    ]


def test_an_expiry_is_told_as_a_cancel_of_an_expired_order() -> None:
    harness = Harness()
    harness.order(time_in_force="gtd", expire_at_us=NOW_US + 1)
    harness.advance_us(1)
    harness.process(Expire())
    assert told(harness, "alice")[1:] == [
        "order_cancelled expired 0.0000",
        "order_status_changed expired 0.0000",
    ]


def test_an_amend_is_told_and_changes_no_status() -> None:
    harness = Harness()
    harness.order()
    harness.call("amend", {"order_id": "1", "quantity": "0.5"})
    assert told(harness, "alice")[1:] == ["order_amended open 0.5000"]


def test_a_stop_is_told_when_it_waits_triggers_and_trades() -> None:
    harness = Harness()
    harness.order("bob", side="sell", price="101", quantity="2")
    harness.order("alice", type="stop", price=None, stop_price="101")
    harness.order("carol", price="101", quantity="0.5")
    assert told(harness, "alice") == [
        "order_added untriggered 1.0000",
        "order_amended open 1.0000",
        "order_status_changed open 1.0000",
        "order_matched filled 0.0000 + 1.0000 taker",
        "order_status_changed filled 0.0000",
    ]


def test_an_iceberg_is_told_of_each_new_slice() -> None:
    harness = Harness()
    harness.order("alice", quantity="3", display_quantity="1")
    harness.order("bob", side="sell", quantity="1")
    assert told(harness, "alice")[1:] == [
        "order_matched partially_filled 2.0000 + 1.0000 maker",
        "order_status_changed partially_filled 2.0000",
        "order_amended partially_filled 2.0000",
    ]


def test_a_halt_that_cancels_is_told_by_its_reason() -> None:
    harness = Harness()
    harness.order()
    command = SetMarketState(symbol="ACME-USD", state=MarketState.HALTED, cancel_orders=True)
    harness.process(command)
    assert [update[3].reason for update in harness.updates] == [None, "halted", "halted"]


def test_a_refused_order_is_not_told_of() -> None:
    harness = Harness()
    harness.call("new_order", new_order(quantity="0"))
    assert harness.updates == []
    assert harness.store.account_seq("alice") == 0


def test_nothing_is_made_for_an_account_that_nobody_watches_but_all_is_counted() -> None:
    harness = Harness()
    harness.hub.deaf = True
    harness.order()
    harness.hub.deaf = False
    harness.call("cancel", {"order_id": "1"})
    assert [update[1] for update in harness.updates] == [2, 3]


def test_single_events_give_the_same_updates_as_batches() -> None:
    batched, single = Harness(), Harness()
    some_market(batched, random.Random(5), 60)
    handler = OrderEventHandler(single.store, single.accounts, single.hub)
    for event in later_events(batched):
        if type(event) in handler.event_types:
            step(handler, event)
    assert single.updates == batched.updates


def test_several_units_in_one_batch_are_folded_in_their_order() -> None:
    apart, together = Harness(), Harness()
    some_market(apart, random.Random(6), 60)
    assert len(apart.units) > 30
    together.dispatch(later_events(apart))
    assert together.updates == apart.updates


def later_events(harness: Harness) -> list[Any]:
    """Return all events but those that opened the engine."""
    return [event for unit in harness.units[1:] for event in unit]


def step(handler: OrderEventHandler, event: Any) -> None:
    """Let a handler take one event; its coroutine never waits."""
    with pytest.raises(StopIteration):
        handler.handle_event(event).send(None)


def test_accounts_of_an_earlier_run_are_learned_from_events() -> None:
    harness = Harness()
    harness.process(AddAccount(account=5, name="earlier"))
    assert harness.accounts.number("earlier") == 5


# --- against the engine -----------------------------------------------------------------------


def some_market(harness: Harness, rng: random.Random, steps: int) -> None:
    """Let four accounts do everything that orders can do."""
    for _ in range(steps):
        account = rng.choice("abcd")
        harness.advance_us(rng.choice((0, 1, 50)))
        kind = rng.random()
        if kind < 0.7:
            harness.call("new_order", random_order(rng, harness.clock_ns // 1_000), account)
        elif kind < 0.85:
            change = rng.choice(
                ({"price": str(rng.randint(95, 105))}, {"quantity": str(rng.randint(0, 6))})
            )
            harness.call("amend", {"order_id": str(rng.randint(1, 60))} | change, account)
        elif kind < 0.98:
            harness.call("cancel", {"order_id": str(rng.randint(1, 60))}, account)
        else:
            harness.call("cancel_all", {}, account)


def random_order(rng: random.Random, now_us: int) -> dict[str, Any]:
    fields = new_order(
        side=rng.choice(("buy", "sell")),
        quantity=str(rng.randint(1, 6)),
        price=str(rng.randint(96, 104)),
        self_trade_prevention=rng.choice(
            ("none", "cancel_newest", "cancel_oldest", "cancel_both", "decrement")
        ),
    )
    extra: dict[str, Any] = rng.choice(
        (
            {},
            {},
            {"time_in_force": "ioc"},
            {"time_in_force": "fok"},
            {"time_in_force": "gtd", "expire_at_us": now_us + rng.randint(1, 200)},
            {"post_only": True},
            {"display_quantity": "1"},
            {"type": "stop_limit", "stop_price": str(rng.randint(96, 104))},
            {"type": "market"},
            {"type": "stop", "stop_price": str(rng.randint(96, 104))},
        )
    )
    if extra.get("type") in ("market", "stop"):
        del fields["price"]
    return fields | extra


@pytest.mark.parametrize("seed", range(20))
def test_the_store_agrees_with_the_engine_and_no_sequence_has_a_gap(seed: int) -> None:
    print(f"seed {seed}")
    harness = Harness()
    some_market(harness, random.Random(seed), 200)
    living = {
        str(state.order_id): (state.quantity_lots, state.remaining_lots, state.price_quantity_sum)
        for state in harness.engine.orders("ACME-USD")
    }
    seqs = defaultdict(list)
    last: dict[str, wire.Order] = {}
    for account, seq, _, order, _ in harness.updates:
        seqs[account].append(seq)
        last[order.order_id] = order
        parts = (order.filled_quantity, order.remaining_quantity, order.cancelled_quantity)
        assert Decimal(order.quantity) == sum(map(Decimal, parts))
    assert last
    for account in "abcd":
        assert seqs[account] == list(range(1, len(seqs[account]) + 1))
        assert harness.store.account_seq(account) == len(seqs[account])
    for order_id, order in last.items():
        assert harness.store.order(int(order_id)) == order
        assert (order.status in ("open", "partially_filled", "untriggered")) == (order_id in living)
    open_ids = {o.order_id for account in "abcd" for o in harness.store.open_orders(account)}
    assert open_ids == set(living)
    for order_id, amounts in living.items():
        record = harness.store.record(int(order_id))
        assert record is not None
        assert (record.quantity_lots, record.remaining_lots, record.price_quantity_sum) == amounts
