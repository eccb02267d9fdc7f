"""Depth as subscribers see it: whatever happens to the book, each one's fold equals it."""

import random

import pytest

from app.feed.codecs import JSON, MSGPACK, Codec
from engine.commands import Side
from tests.feed.book_fold import BookFold
from tests.feed.feed_harness import Client, FeedHarness

SYMBOL = "ACME-USD"


class Market:
    """Change a book as the depth handler does, and remember it at every seq."""

    def __init__(self, server: FeedHarness) -> None:
        self.server = server
        self.listing = server.market.listings[SYMBOL]
        self.truth: dict[int, dict[str, list[tuple[str, str]]]] = {}
        self.remember()

    def remember(self) -> None:
        levels = {"bids": Side.BUY, "asks": Side.SELL}
        self.truth[self.listing.book.seq] = {
            name: self.listing.levels(side, 0) for name, side in levels.items()
        }

    def change(self, *changes: tuple[Side, int, int], flush: bool = True) -> None:
        """Apply one batch of one unit per change, each (side, price_ticks, quantity_lots)."""
        for side, price_ticks, quantity_lots in changes:
            self.listing.book.apply(side, price_ticks, quantity_lots)
            self.listing.book.advance(self.server.now_us)
        self.remember()
        self.server.hub.depth_changed(SYMBOL, [(side, price) for side, price, _ in changes])
        if flush:
            self.server.hub.flush(self.server.now_us)

    def assert_equals(self, fold: BookFold) -> None:
        assert fold.seq is not None
        for name, levels in self.truth[fold.seq].items():
            expected = levels[: fold.levels] if fold.levels else levels
            assert fold.best(name) == expected


class Follower:
    """Be one subscriber that rebuilds its book from every message."""

    def __init__(
        self, market: Market, levels: int, interval_ms: int, codec: Codec, policy: str
    ) -> None:
        self.market = market
        self.client: Client = market.server.connect(codec=codec)
        self.fold = BookFold(levels)
        ack, *messages = self.client.say(
            "subscribe",
            channel="depth",
            symbols=[SYMBOL],
            levels=levels,
            interval_ms=interval_ms,
            policy=policy,
        )
        assert ack["type"] == "ack"
        self.take(messages)
        assert self.fold.snapshots == 1, "a snapshot follows the ack at once"

    def take(self, messages: list[dict[str, object]]) -> None:
        for message in messages:
            if message.get("channel") == "depth" and self.fold.take(message):
                self.market.assert_equals(self.fold)


@pytest.fixture
def server() -> FeedHarness:
    return FeedHarness()


@pytest.fixture
def market(server: FeedHarness) -> Market:
    return Market(server)


def random_change(chance: random.Random, price_span: int) -> tuple[Side, int, int]:
    side = chance.choice(list(Side))
    middle = 10_000
    offset = chance.randrange(1, price_span)
    price_ticks = middle - offset if side is Side.BUY else middle + offset
    return side, price_ticks, chance.choice((0, 0, 0, 1, 5, 12_345_678))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("policy", ["latest", "lossless"])
def test_every_follower_s_fold_equals_the_book_at_each_message(
    market: Market, seed: int, policy: str
) -> None:
    print(f"seed {seed}")
    chance = random.Random(seed)
    server, followers = market.server, []
    choices = [
        (levels, interval_ms, codec)
        for levels in (0, 1, 3, 10, 25)
        for interval_ms in (0, 10, 100)
        for codec in (JSON, MSGPACK)
    ]
    for _step in range(250):
        if choices and chance.random() < 0.15:
            levels, interval_ms, codec = choices.pop(chance.randrange(len(choices)))
            followers.append(Follower(market, levels, interval_ms, codec, policy))
        batch = [random_change(chance, 40) for _ in range(chance.choice((1, 1, 2, 8)))]
        market.change(*batch, flush=chance.random() < 0.8)
        server.pass_ms(chance.choice((0, 0, 1, 7, 60)))
        for follower in followers:
            if chance.random() < 0.1:
                follower.client.stall()
            elif chance.random() < 0.5:
                follower.take(follower.client.go_on())
    server.pass_ms(5_000)
    for follower in followers:
        follower.take(follower.client.go_on())
        server.pass_ms(200)
        follower.take(follower.client.go_on())
        assert follower.fold.seq is not None
        final = market.truth[market.listing.book.seq]
        count = follower.fold.levels or len(final["bids"]) + len(final["asks"])
        for name in ("bids", "asks"):
            assert follower.fold.best(name) == final[name][:count]
    assert sum(follower.fold.deltas for follower in followers) > 200


def test_followers_of_one_group_get_the_very_same_frame(market: Market) -> None:
    followers = [Follower(market, 10, 0, JSON, "latest") for _ in range(3)]
    market.change((Side.BUY, 9_000, 5))
    frames = [follower.client.sink.frames[-1] for follower in followers]
    assert frames[0] is frames[1] is frames[2]


def test_what_lies_behind_the_range_costs_a_group_nothing(market: Market) -> None:
    market.change(*[(Side.BUY, 9_000 - rank, 5) for rank in range(3)])
    follower = Follower(market, 3, 0, JSON, "latest")
    market.change((Side.BUY, 8_000, 1))
    market.change((Side.BUY, 8_000, 0))
    assert follower.client.take() == []
    market.change((Side.BUY, 9_000, 6))
    (delta,) = follower.client.take()
    assert delta["bids"] == [["90.00", "0.0006"]]
    skipping = (delta["prev_seq"], delta["seq"])
    assert skipping == (3, 6), "numbers that changed nothing in the view are skipped"


def test_a_late_joiner_gets_the_current_book_and_everybody_the_same_seq(market: Market) -> None:
    first = Follower(market, 10, 100, JSON, "latest")
    market.server.pass_ms(200)
    market.change((Side.BUY, 9_000, 5))
    first.take(first.client.take())
    market.change((Side.BUY, 9_001, 7))
    assert first.client.take() == [], "within the interval nothing is sent"
    late = Follower(market, 10, 100, JSON, "latest")
    first.take(first.client.take())
    assert late.fold.best("bids") == [("90.01", "0.0007"), ("90.00", "0.0005")]
    assert first.fold.seq == late.fold.seq == market.listing.book.seq


def test_changes_within_an_interval_become_one_message(market: Market) -> None:
    follower = Follower(market, 10, 100, JSON, "latest")
    market.server.pass_ms(1_000)
    follower.take(follower.client.take())
    for quantity_lots in (1, 2, 3, 4):
        market.change((Side.BUY, 9_000, quantity_lots))
        market.server.pass_ms(10)
    (first,) = (message for message in follower.client.take() if message["type"] == "delta")
    assert first["bids"] == [["90.00", "0.0001"]], "the first change goes out at once"
    market.server.pass_ms(60)
    (second,) = follower.client.take()
    assert second["bids"] == [["90.00", "0.0004"]]
    assert second["seq"] == 4


def test_a_change_that_is_taken_back_within_the_interval_is_no_message(market: Market) -> None:
    follower = Follower(market, 10, 100, JSON, "latest")
    market.change((Side.BUY, 9_000, 1))
    follower.take(follower.client.take())
    market.server.pass_ms(50)
    market.change((Side.BUY, 9_000, 2))
    market.change((Side.BUY, 9_000, 1))
    market.server.pass_ms(150)
    assert follower.client.take() == []
    assert follower.fold.seq == 1


def test_prices_and_quantities_have_the_instrument_s_decimals_and_gone_is_zero(
    market: Market,
) -> None:
    follower = Follower(market, 10, 0, JSON, "latest")
    market.change((Side.SELL, 12_000, 1_230_000))
    market.change((Side.SELL, 12_000, 0))
    came, gone = follower.client.take()
    assert came["asks"] == [["120.00", "123.0000"]]
    assert gone["asks"] == [["120.00", "0"]]


@pytest.mark.parametrize("codec", [JSON, MSGPACK])
def test_a_large_book_comes_in_parts_below_the_message_limit(market: Market, codec: Codec) -> None:
    top = 2**40 - 1
    market.change(*[(Side.SELL, top - rank, 2**48 - 1 - rank) for rank in range(7_500)])
    follower = Follower(market, 0, 0, codec, "latest")
    assert follower.fold.seq == 7_500
    frames = follower.client.sink.frames[-3:]
    assert max(map(len, frames)) <= 262_144
    assert len(follower.fold.sides["asks"]) == 7_500


def test_a_change_of_a_whole_large_book_comes_as_a_snapshot(market: Market) -> None:
    follower = Follower(market, 0, 0, JSON, "latest")
    market.change(*[(Side.SELL, 20_000 + rank, 1) for rank in range(5_000)])
    follower.take(follower.client.take())
    assert (follower.fold.snapshots, follower.fold.deltas) == (2, 0)
    market.change((Side.SELL, 20_000, 0))
    follower.take(follower.client.take())
    assert follower.fold.deltas == 1, "the chain goes on from the snapshot"


def test_a_skipped_follower_gets_the_newest_state_once_it_reads(market: Market) -> None:
    stalled, reading = (Follower(market, 10, 0, JSON, "latest") for _ in range(2))
    stalled.client.stall()
    for quantity_lots in range(1, 50):
        market.change((Side.BUY, 9_000, quantity_lots))
    assert stalled.client.outbox.queued_bytes == 0, "nothing stale is kept"
    reading.take(reading.client.take())
    assert reading.fold.deltas == 49
    messages = stalled.client.go_on()
    assert [message["type"] for message in messages] == ["snapshot"]
    stalled.take(messages)
    market.change((Side.BUY, 9_000, 77))
    stalled.take(stalled.client.take())
    assert stalled.fold.seq == 50


def test_a_group_whose_readers_are_all_stalled_sends_nothing(market: Market) -> None:
    follower = Follower(market, 10, 0, JSON, "latest")
    statistics = market.server.hub.statistics
    follower.client.stall()
    market.change((Side.BUY, 9_000, 1))
    sent = statistics.messages_sent["depth"]
    for quantity_lots in range(2, 30):
        market.change((Side.BUY, 9_000, quantity_lots))
    assert statistics.messages_sent["depth"] == sent
    follower.take(follower.client.go_on())
    assert follower.fold.seq == 29


def test_a_lossless_follower_gets_every_message_however_slow(market: Market) -> None:
    follower = Follower(market, 10, 0, JSON, "lossless")
    follower.client.stall()
    for quantity_lots in range(1, 50):
        market.change((Side.BUY, 9_000, quantity_lots))
    follower.take(follower.client.go_on())
    assert (follower.fold.snapshots, follower.fold.deltas) == (1, 49)
