"""Waiting for what calls back."""

import asyncio

from app.api.answers import answer_of


def test_an_answer_at_once_is_taken_at_once():
    assert asyncio.run(answer_of(lambda done: done("now"), 60)) == "now"


def test_an_answer_that_comes_later_is_waited_for():
    async def scenario():
        loop = asyncio.get_running_loop()
        return await answer_of(lambda done: loop.call_soon(done, "later"), 60)

    assert asyncio.run(scenario()) == "later"


def test_no_answer_in_time_is_an_unknown_outcome_and_a_late_one_is_ignored():
    async def scenario():
        kept = []
        answer = await answer_of(kept.append, 0.001)
        kept[0]("too late")
        return answer

    refusal = asyncio.run(scenario())
    assert (refusal.code, refusal.retry_after_ms is not None) == ("outcome_unknown", True)


def test_an_answer_for_a_caller_that_was_cancelled_is_ignored():
    async def scenario():
        kept = []
        task = asyncio.ensure_future(answer_of(kept.append, 3_600))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        kept[0]("nobody listens")
        return task.cancelled()

    assert asyncio.run(scenario())
