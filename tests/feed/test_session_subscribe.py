"""Subscribing: what is refused, what is answered, what follows."""

from typing import Any

import pytest

from app.feed.codecs import JSON, MSGPACK, Codec
from engine.commands import AddInstrument
from engine.instruments import Instrument
from tests.feed.feed_harness import Client, FeedHarness

ACME, BETA = "ACME-USD", "BETA-USD"
DEPTH = {"channel": "depth", "symbols": [ACME]}


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


@pytest.fixture
def client(server: FeedHarness) -> Client:
    return server.connect()


REFUSED = [
    ({"channel": "weather"}, "invalid_request"),
    ({"channel": "book", "symbols": [ACME]}, "invalid_request"),
    ({"channel": "candles", "symbols": [ACME], "interval": "1m"}, "invalid_request"),
    ({"channel": "stats"}, "invalid_request"),
    ({"channel": "depth"}, "invalid_request"),
    ({"channel": "depth", "symbols": []}, "invalid_request"),
    ({"channel": "depth", "symbols": ["*", ACME]}, "invalid_request"),
    ({"channel": "depth", "symbols": ["NONE"]}, "unknown_symbol"),
    ({"channel": "depth", "symbols": ["NONE", "ALSO-NONE"]}, "unknown_symbol"),
    ({"channel": "depth", "symbols": ["S" * 25]}, "invalid_request"),
    ({"channel": "depth", "symbols": ["S"] * 1_001}, "invalid_request"),
    ({"channel": "orders", "symbols": [ACME]}, "invalid_request"),
    ({"channel": "instruments", "symbols": ["*"]}, "invalid_request"),
    (DEPTH | {"levels": -1}, "invalid_request"),
    (DEPTH | {"levels": 1_001}, "invalid_request"),
    (DEPTH | {"levels": 2.5}, "invalid_request"),
    (DEPTH | {"interval_ms": 9}, "invalid_request"),
    (DEPTH | {"interval_ms": 5_001}, "invalid_request"),
    (DEPTH | {"interval_ms": -1}, "invalid_request"),
    (DEPTH | {"policy": "eager"}, "invalid_request"),
    (DEPTH | {"interval": "1m"}, "invalid_request"),
    (DEPTH | {"timings": True}, "invalid_request"),
    (DEPTH | {"timings": 1}, "invalid_request"),
    (DEPTH | {"resume": {"epoch": "e"}}, "invalid_request"),
    (DEPTH | {"resume": {"seq": 1}}, "invalid_request"),
    (DEPTH | {"resume": {"epoch": "e", "seq": "1"}}, "invalid_request"),
    (DEPTH | {"resume": {"epoch": "e", "seq": 1, "x": 0}}, "invalid_request"),
    (DEPTH | {"resume": {ACME: {"epoch": "e"}}}, "invalid_request"),
    (DEPTH | {"resume": [1]}, "invalid_request"),
    ({"channel": "trades", "symbols": [ACME], "levels": 5}, "invalid_request"),
    ({"channel": "trades", "symbols": [ACME], "interval_ms": 0}, "invalid_request"),
    ({"channel": "trades", "symbols": [ACME], "policy": "latest"}, "invalid_request"),
    ({"channel": "ticker", "symbols": [ACME], "levels": 5}, "invalid_request"),
    ({"channel": "orders", "policy": "latest"}, "invalid_request"),
]


@pytest.mark.parametrize(("fields", "code"), REFUSED)
def test_a_subscribe_that_asks_for_nothing_there_is_one_error(
    client: Client, fields: dict[str, Any], code: str
) -> None:
    error = client.one("subscribe", id=1, **fields)
    assert (error["type"], error["id"], error["op"]) == ("error", 1, "subscribe")
    assert error["code"] == code
    assert client.server.hub.statistics.subscriptions["depth"] == 0


ACCEPTED = [
    DEPTH | {"levels": 0, "interval_ms": 0},
    DEPTH | {"levels": 1_000, "interval_ms": 5_000, "policy": "lossless"},
    DEPTH | {"levels": None, "interval_ms": None, "timings": False, "resume": None},
    {"channel": "ticker", "symbols": [ACME], "interval_ms": 10, "policy": "latest"},
    {"channel": "trades", "symbols": [ACME], "policy": "lossless"},
    {"channel": "orders", "policy": "lossless"},
    {"channel": "instruments"},
]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
@pytest.mark.parametrize("fields", ACCEPTED)
def test_the_ack_comes_before_the_first_message(
    server: FeedHarness, codec: Codec, fields: dict[str, Any]
) -> None:
    client = server.connect(codec=codec)
    ack, first = client.say("subscribe", id="s", **fields)
    symbol = ACME if "symbols" in fields else None
    outcome = {"symbol": symbol, "recovered": False, "error": None, "first_available_seq": None}
    assert ack == {
        "type": "ack",
        "id": "s",
        "op": "subscribe",
        "channel": fields["channel"],
        "subscriptions": [outcome],
    }
    assert first["channel"] == fields["channel"]
    assert first["type"] == ("update" if fields["channel"] == "ticker" else "snapshot")
    assert first["epoch"] == "epoch-1"
    assert first.get("symbol") == symbol


def test_the_ack_says_per_symbol_what_happened(client: Client) -> None:
    ack, *snapshots = client.say(
        "subscribe", channel="depth", symbols=[ACME, "NONE", BETA, ACME], id=1
    )
    outcomes = ack["subscriptions"]
    assert [outcome["symbol"] for outcome in outcomes] == [ACME, "NONE", BETA]
    assert [outcome["error"] and outcome["error"]["code"] for outcome in outcomes] == [
        None,
        "unknown_symbol",
        None,
    ]
    assert [snapshot["symbol"] for snapshot in snapshots] == [ACME, BETA]


def test_the_ack_of_as_many_symbols_as_can_be_named_fits_a_message(client: Client) -> None:
    unknown = ["".join(chr(33 + number // 26**i % 26) for i in range(24)) for number in range(999)]
    ack, _ = client.say("subscribe", channel="depth", symbols=[ACME, *unknown])
    assert len(ack["subscriptions"]) == 1_000


def test_a_wildcard_over_more_than_can_be_subscribed_is_refused(client: Client) -> None:
    for number in range(1_000):
        later = Instrument(f"S{number}", tick_size="1", lot_size="1")
        client.server.market.add_instrument(later)
    assert client.one("subscribe", channel="depth", symbols=["*"])["code"] == "capacity"


def test_defaults_are_25_levels_every_100_ms(client: Client) -> None:
    server = client.server
    for rank in range(30):
        server.order(price=f"{50 + rank}.00")
    (snapshot,) = client.subscribe("depth", ACME)
    assert len(snapshot["bids"]) == 25
    server.order(price="99.00")
    server.order(price="99.50")
    server.pass_ms(99)
    assert len(client.take()) == 1
    server.pass_ms(1)
    assert len(client.take()) == 1


def test_subscribing_again_replaces_with_a_fresh_snapshot_and_chain(client: Client) -> None:
    server = client.server
    client.subscribe("depth", ACME, levels=5, interval_ms=0)
    server.order(price="90.00")
    assert [message["type"] for message in client.take()] == ["delta"]
    (snapshot,) = client.subscribe("depth", ACME, levels=1, interval_ms=0)
    assert (snapshot["type"], len(snapshot["bids"])) == ("snapshot", 1)
    server.order(price="91.00")
    (delta,) = client.take()
    assert delta["prev_seq"] == snapshot["seq"]
    assert delta["bids"] == [["90.00", "0"], ["91.00", "1.0000"]]
    assert server.hub.statistics.subscriptions["depth"] == 1


def test_subscribing_again_to_the_same_group_brings_one_stream(client: Client) -> None:
    client.subscribe("depth", ACME, interval_ms=0)
    assert len(client.subscribe("depth", ACME, interval_ms=0)) == 1
    client.server.order()
    assert len(client.take()) == 1


def test_a_wildcard_covers_all_symbols_and_later_ones(client: Client) -> None:
    snapshots = client.subscribe("trades", "*")
    assert [snapshot["symbol"] for snapshot in snapshots] == [ACME, BETA]
    client.subscribe("depth", "*", interval_ms=0)
    later = Instrument("LATE-USD", tick_size="1", lot_size="1")
    client.server.process(AddInstrument(instrument=later))
    joined = [(m["channel"], m["type"], m["symbol"]) for m in client.take()]
    assert joined == [("trades", "snapshot", "LATE-USD"), ("depth", "snapshot", "LATE-USD")]
    client.server.order(symbol="LATE-USD", price="5")
    assert [message["symbol"] for message in client.take()] == ["LATE-USD"]


def test_a_wildcard_that_was_ended_covers_nothing_later(client: Client) -> None:
    client.subscribe("trades", "*")
    client.one("unsubscribe", channel="trades", symbols=["*"])
    later = Instrument("LATE-USD", tick_size="1", lot_size="1")
    client.server.process(AddInstrument(instrument=later))
    assert client.take() == []


def test_the_number_of_subscriptions_is_bounded_per_symbol() -> None:
    server = FeedHarness(subscriptions=2)
    client = server.connect()
    client.subscribe("ticker", ACME)
    ack, first = client.say("subscribe", channel="depth", symbols=[ACME, BETA])
    errors = [outcome["error"] for outcome in ack["subscriptions"]]
    assert (errors[0], errors[1]["code"]) == (None, "capacity")
    assert first["symbol"] == ACME
    assert client.one("subscribe", channel="orders")["code"] == "capacity"
    assert client.subscribe("depth", ACME, levels=1), "replacing one needs no room"


def test_a_later_symbol_beyond_the_bound_is_told() -> None:
    server = FeedHarness(subscriptions=2)
    client = server.connect()
    client.subscribe("trades", "*")
    later = Instrument("LATE-USD", tick_size="1", lot_size="1")
    server.process(AddInstrument(instrument=later))
    (error,) = client.take()
    assert (error["op"], error["code"], error["id"]) == ("subscribe", "capacity", None)


# --- resume -----------------------------------------------------------------------------------


def outcome_of(client: Client, channel: str, resume: Any, **fields: Any) -> Any:
    symbols = {} if channel == "orders" else {"symbols": [ACME]}
    ack, *rest = client.say("subscribe", channel=channel, resume=resume, **symbols, **fields)
    return ack["subscriptions"][0], rest


def trade(server: FeedHarness, count: int = 1) -> None:
    for _ in range(count):
        server.order("maker", price="100.00")
        server.order("taker", side="sell", price="100.00")


@pytest.mark.parametrize("by_symbol", [False, True])
@pytest.mark.parametrize("missed", [0, 1, 60])
def test_trades_resume_with_exactly_what_was_missed(
    client: Client, missed: int, by_symbol: bool
) -> None:
    trade(client.server, 3)
    point = {"epoch": "epoch-1", "seq": 3}
    trade(client.server, missed)
    outcome, rest = outcome_of(client, "trades", {ACME: point} if by_symbol else point)
    assert outcome["recovered"] is True
    ids = [int(trade["trade_id"]) for message in rest for trade in message["trades"]]
    assert ids == list(range(4, 4 + missed))
    assert all((m["type"], m["prev_seq"]) == ("update", 3) for m in rest)
    trade(client.server)
    (update,) = client.take()
    assert (update["prev_seq"], update["seq"]) == (3 + missed, 4 + missed)


NOT_RECOVERED = [
    pytest.param("trades", {"epoch": "epoch-0", "seq": 3}, id="trades of another epoch"),
    pytest.param("trades", {"epoch": "epoch-1", "seq": 4}, id="trades ahead of the server"),
    pytest.param("trades", {"epoch": "epoch-1", "seq": -1}, id="trades before the first"),
    pytest.param("depth", {"epoch": "epoch-1", "seq": 1}, id="depth"),
    pytest.param("orders", {"epoch": "epoch-1", "seq": 0}, id="orders of the past"),
    pytest.param("orders", {"epoch": "epoch-1", "seq": 10**6}, id="orders ahead of the server"),
    pytest.param("orders", {"epoch": "epoch-0", "seq": 2}, id="orders of another epoch"),
]


@pytest.mark.parametrize(("channel", "resume"), NOT_RECOVERED)
def test_what_cannot_be_recovered_is_said_and_followed_by_a_snapshot(
    client: Client, channel: str, resume: Any
) -> None:
    trade(client.server, 3)
    client.server.order("alice")
    outcome, rest = outcome_of(client, channel, resume)
    assert outcome["recovered"] is False
    assert [message["type"] for message in rest] == ["snapshot"]


def test_orders_resume_where_nothing_was_missed(client: Client) -> None:
    client.server.order("alice")
    seq = client.server.store.account_seq("alice")
    outcome, rest = outcome_of(client, "orders", {"epoch": "epoch-1", "seq": seq})
    assert (outcome["recovered"], rest) == (True, [])
    client.server.order("alice")
    first = client.take()[0]
    assert (first["type"], first["prev_seq"], first["seq"]) == ("update", seq, seq + 1)


def test_more_trades_than_one_message_takes_are_not_recovered(client: Client) -> None:
    trade(client.server, 1_002)
    outcome, rest = outcome_of(client, "trades", {"epoch": "epoch-1", "seq": 1})
    assert (outcome["recovered"], outcome["first_available_seq"]) == (False, 2)
    assert rest[0]["type"] == "snapshot"
    outcome, rest = outcome_of(client, "trades", {"epoch": "epoch-1", "seq": 2})
    assert outcome["recovered"] is True
    assert len(rest[0]["trades"]) == 1_000
