"""Check how consumers follow a feed."""

import asyncio

import pytest

from app.client import feeds
from app.client.book import LocalBook
from app.client.errors import ConnectionLost, FeedOverflow
from app.client.feeds import Feed
from app.client.subscription import Wanted
from tests.client.server_messages import Message, depth_snapshot


def new_feed() -> Feed[LocalBook]:
    return Feed(Wanted("depth", "ACME-USD", {}), LocalBook("ACME-USD"))


def deliver(feed: Feed[LocalBook], seq: int) -> Message:
    message = depth_snapshot(seq, [], [])
    assert feed.replica.apply(message) is None
    feed.deliver(message)
    return message


async def test_live_waits_for_the_snapshot() -> None:
    feed = new_feed()
    waiting = asyncio.ensure_future(feed.live())
    await asyncio.sleep(0)
    assert not waiting.done()
    deliver(feed, 5)
    assert await waiting is feed.replica


async def test_messages_come_all_and_in_order() -> None:
    feed = new_feed()
    messages = feed.messages()
    first = asyncio.ensure_future(anext(messages))
    await asyncio.sleep(0)
    sent = [deliver(feed, seq) for seq in (1, 2, 3)]
    assert [await first, await anext(messages), await anext(messages)] == sent
    await messages.aclose()


async def test_changes_are_conflated() -> None:
    feed = new_feed()
    changes = feed.changes()
    assert not (await anext(changes)).live
    for seq in (1, 2, 3):
        deliver(feed, seq)
    assert (await anext(changes)).seq == 3
    feed.replica.mark_stale("gap")
    feed.wake()
    assert not (await anext(changes)).live
    await changes.aclose()


async def test_a_consumer_that_falls_behind_its_bound_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(feeds, "MESSAGES_WAITING_MAX", 2)
    feed = new_feed()
    messages = feed.messages()
    first = asyncio.ensure_future(anext(messages))
    await asyncio.sleep(0)
    for seq in (1, 2, 3):
        deliver(feed, seq)
    assert [(await first)["seq"], (await anext(messages))["seq"]] == [1, 2]
    with pytest.raises(FeedOverflow):
        await anext(messages)


async def test_the_end_of_a_feed_reaches_every_reader() -> None:
    feed = new_feed()
    readers = [asyncio.ensure_future(feed.live()) for _ in range(3)]
    await asyncio.sleep(0)
    feed.fail(ConnectionLost("gone"))
    for reader in readers:
        with pytest.raises(ConnectionLost):
            await reader
    assert feed.replica.stale_reason == "gone"


async def test_listeners_are_called_with_every_message() -> None:
    feed = new_feed()
    seen: list[Message] = []
    feed.listen(seen.append)
    assert seen == [] and [deliver(feed, 1), deliver(feed, 2)] == seen
