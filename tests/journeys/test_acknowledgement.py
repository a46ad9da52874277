"""A delivery is acknowledged when what it brought is committed, and not before."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from tests.journeys.conftest import Town
from tests.localslack import ALICE, Json


async def test_no_acknowledgement_before_the_commit(town: Town) -> None:
    """While the commit is held back there is no acknowledgement; once it may go on, there is."""
    await town.opt_in(ALICE)
    async with _nothing_can_be_written(town):
        saying = asyncio.create_task(town.say(ALICE, "what a lovely morning this is"))
        await asyncio.sleep(0.8)
        assert not saying.done()
        assert not (await _last_message(town)).get("acknowledged")
    await saying
    assert (await _last_message(town))["acknowledged"]
    assert len(await town.readings()) == 1


async def test_a_database_that_is_down_leaves_the_delivery_for_slack_to_send_again(town: Town) -> None:
    """Not acknowledged, hence not lost: the redelivery is read, and nothing was said to the channel meanwhile."""
    await town.opt_in(ALICE)
    async with _nothing_can_be_written(town):
        ts = await town.say(ALICE, f"{town.mention} I am delighted, thank you so much!")
        assert not (await _last_message(town))["acknowledged"]
    assert await town.readings() == []
    again = await town.slack.redeliver(ts=ts)
    assert again["acknowledged"]
    (reply,) = await town.replies(1)
    assert reply["thread_ts"] == ts
    assert [reading["message_ts"] for reading in await town.readings()] == [ts]


async def _last_message(town: Town) -> Json:
    return (await town.slack.deliveries("message"))[-1]


@asynccontextmanager
async def _nothing_can_be_written(town: Town) -> AsyncIterator[None]:
    """Another process holds the lock that every reading needs."""
    engine = create_async_engine(town.services.store.url)
    lock = "BEGIN IMMEDIATE" if town.services.store.is_sqlite else "LOCK TABLE people IN ACCESS EXCLUSIVE MODE"
    try:
        async with engine.connect() as connection:
            await connection.execute(text(lock))
            try:
                yield
            finally:
                await connection.rollback()
    finally:
        await engine.dispose()
