"""Work that goes on in the background ends as it is told to, and is given the time to put things right."""

import asyncio

from handlers.slack.tasks import Tasks


async def put_right(said: list[str]) -> None:
    """Works until it is cut off, and then takes a moment to say so."""
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0.05)
        said.append("put right")


async def test_whoever_waits_for_work_hears_how_it_ended() -> None:
    """Done, cut off because its owner was erased, or failed."""
    tasks, said = Tasks(), list[str]()
    assert await tasks.do(asyncio.sleep(0), "quick") is True
    waiting = asyncio.create_task(tasks.do(put_right(said), "hers", "alice"))
    await asyncio.sleep(0.01)  # so that it has begun
    tasks.forget("alice")
    assert await waiting is False
    assert said == ["put right"]
    assert await tasks.do(asyncio.wait_for(asyncio.sleep(1), 0), "late") is False


async def test_work_that_is_waited_for_puts_things_right_when_both_are_ended_at_once() -> None:
    """It is cut off once, whichever of the two is ended first; alone with whoever waits it ends as well."""
    for together in (True, False):
        doing, waiting, said = Tasks(), Tasks(), list[str]()
        waiting.start(doing.do(put_right(said), "work"), "waiting")
        await asyncio.sleep(0.01)  # so that both have begun
        await asyncio.gather(*(tasks.close(0.01, 3.0) for tasks in ((doing, waiting) if together else (waiting,))))
        assert said == ["put right"]
        async with asyncio.timeout(1):
            await doing.idle()


async def test_work_that_puts_things_right_for_too_long_is_ended() -> None:
    """Cancelled twice, nothing is left running."""

    async def stubborn() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(60)

    doing, waiting = Tasks(), Tasks()
    waiting.start(doing.do(stubborn(), "work"), "waiting")
    await asyncio.sleep(0.01)  # as above
    async with asyncio.timeout(3):
        await waiting.close(0.01, 0.05)
        await doing.idle()
