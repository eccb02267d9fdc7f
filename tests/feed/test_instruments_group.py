"""Listings and market states as subscribers see them."""

from engine.commands import AddInstrument, MarketState, SetMarketState
from engine.instruments import Instrument
from tests.feed.feed_harness import FeedHarness


def test_the_snapshot_has_everything_that_is_listed() -> None:
    server = FeedHarness()
    (snapshot,) = server.connect().subscribe("instruments")
    assert [row["symbol"] for row in snapshot["instruments"]] == ["ACME-USD", "BETA-USD"]
    assert (snapshot["part"], snapshot["last"]) == (1, True)
    assert snapshot["instruments"][0]["state"] == "open"


def test_a_change_of_state_and_a_listing_are_chained_updates() -> None:
    server = FeedHarness()
    client = server.connect(None)
    (snapshot,) = client.subscribe("instruments")
    server.process(SetMarketState(symbol="ACME-USD", state=MarketState.HALTED))
    server.process(AddInstrument(instrument=Instrument("LATE-USD", tick_size="1", lot_size="1")))
    halted, listed = client.take()
    assert [row["state"] for row in halted["instruments"]] == ["halted"]
    assert [row["symbol"] for row in listed["instruments"]] == ["LATE-USD"]
    seqs = [(m["prev_seq"], m["seq"]) for m in (halted, listed)]
    assert seqs == [(snapshot["seq"] + step, snapshot["seq"] + step + 1) for step in (0, 1)]
    again = {"epoch": "epoch-1", "seq": listed["seq"]}
    ack, *rest = client.say("subscribe", channel="instruments", resume=again)
    assert (ack["subscriptions"][0]["recovered"], rest) == (True, [])
