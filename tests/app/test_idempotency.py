"""How long a client order id is kept, and in how much memory."""

from app.gateway import OrderResult
from app.idempotency import KEPT_US, ClientOrderIds
from engine.commands import NewOrder
from tests.app.harness import START_NS, Harness, new_order

NOW_US = START_NS // 1_000
FIELDS = new_order(client_order_id="id-1")


def is_first(answer: object) -> bool:
    """Return whether an order was entered now, neither refused nor answered before."""
    return isinstance(answer, OrderResult) and not answer.replayed


def new_orders(harness: Harness) -> int:
    return sum(isinstance(command, NewOrder) for command in harness.commands)


def ended_order(harness: Harness) -> None:
    harness.call("new_order", FIELDS)
    harness.call("cancel", {"client_order_id": "id-1"})


def test_an_id_is_kept_for_a_day_after_its_order_ended() -> None:
    harness = Harness()
    ended_order(harness)
    harness.advance_us(KEPT_US - 1)
    assert harness.call("new_order", FIELDS).replayed
    harness.advance_us(1)
    answer = harness.call("new_order", FIELDS)
    assert (answer.replayed, answer.order.order_id) == (False, "2")
    assert harness.call("lookup", {"client_order_id": "id-1"}).order.order_id == "2"


def test_an_id_is_kept_for_ever_while_its_order_is_open() -> None:
    harness = Harness()
    harness.call("new_order", FIELDS)
    harness.advance_us(100 * KEPT_US)
    assert harness.call("new_order", FIELDS).replayed
    harness.call("cancel", {"client_order_id": "id-1"})
    harness.advance_us(KEPT_US - 1)
    assert harness.call("new_order", FIELDS).replayed


def test_a_refused_id_is_kept_for_a_day() -> None:
    harness = Harness()
    harness.call("new_order", FIELDS | {"quantity": "0"})
    harness.advance_us(KEPT_US)
    assert is_first(harness.call("new_order", FIELDS))


def test_an_order_that_ends_at_once_begins_its_day_at_once() -> None:
    harness = Harness()
    fields = FIELDS | {"time_in_force": "ioc"}
    harness.call("new_order", fields)
    harness.advance_us(KEPT_US)
    assert is_first(harness.call("new_order", fields))


def test_memory_is_bounded_and_open_orders_keep_their_ids() -> None:
    harness = Harness(ids=ClientOrderIds(ids_max=3, ids_per_account_max=2))
    harness.order(client_order_id="open", price="1")
    for number in range(5):
        harness.order(client_order_id=f"ended-{number}", time_in_force="ioc")
    find = [
        harness.ids.find(1, name, NOW_US) is not None
        for name in ("open", "ended-0", "ended-1", "ended-2", "ended-3", "ended-4")
    ]
    assert find == [True, False, False, False, True, True]


def test_an_id_whose_order_has_left_the_history_is_never_done_again() -> None:
    harness = Harness(history={"ended_orders_max": 1, "ended_orders_per_account_max": 1})
    ended_order(harness)
    harness.order(time_in_force="ioc")
    refusal = harness.call("new_order", FIELDS)
    assert refusal.code == "duplicate_client_order_id"
    assert "order 1" in refusal.detail
    assert new_orders(harness) == 2
