"""Readings on PostgreSQL: a hypertable where the database has TimescaleDB, a plain table everywhere else.

The tests can be run there too: `TEST_POSTGRES_URL` may name a database in which the extension was created.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest
from sqlalchemy import text

from bot.pseudonyms import Pseudonyms
from bot.store import erasure, hours, migrate
from bot.store.base import Store
from tests.conftest import opened
from tests.factories import consenting, person, wrote

pytestmark = pytest.mark.postgres

ALICE: Final = person(1)
NOON: Final = datetime(2026, 11, 20, 12, tzinfo=UTC)
_CHUNKS: Final = (
    "SELECT range_end - range_start FROM timescaledb_information.chunks "
    "WHERE hypertable_name = 'emotion_readings' AND hypertable_schema = current_schema()"
)


_NUMBERS: Final = ("SELECT count(*) FROM emotion_readings", "SELECT count(*) FROM reading_hours")


async def asked(store: Store, query: str) -> Sequence[Any]:
    async with store.read() as session:
        return (await session.scalars(text(query))).all()


async def has_timescale(store: Store) -> bool:
    return bool(await asked(store, "SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'"))


async def write_three_weeks(store: Store, pseudonyms: Pseudonyms) -> None:
    await consenting(store, pseudonyms, [ALICE], NOON - timedelta(days=30))
    for days in (0, 7, 14):
        for minutes in (0, 20, 100):
            await wrote(store, pseudonyms, ALICE, NOON - timedelta(days=days, minutes=minutes))


async def found(store: Store) -> tuple[int, int, int]:
    """How many readings there are, in how many hours, and how many of these are wrong."""
    async with store.read() as session:
        wrong = await hours.verify(session)
    (readings,), (kept,) = [await asked(store, query) for query in _NUMBERS]
    return readings, kept, wrong


async def test_with_the_extension_each_week_is_a_piece_of_its_own(postgresql_url: str, pseudonyms: Pseudonyms) -> None:
    """What a picture or the retention asks for by time, PostgreSQL looks for in the weeks concerned alone."""
    async with opened(postgresql_url) as store:
        if not await has_timescale(store):
            pytest.skip("this PostgreSQL database has no TimescaleDB; TEST_POSTGRES_URL may name one that has")
        await write_three_weeks(store, pseudonyms)
        assert await asked(store, _CHUNKS) == [timedelta(days=7)] * 3
        assert await found(store) == (9, 9, 0)


async def test_weeks_that_are_past_their_time_leave_no_empty_piece(postgresql_url: str, pseudonyms: Pseudonyms) -> None:
    """Or there would be fifty more of them each year, and each query would ask them all."""
    async with opened(postgresql_url) as store:
        await write_three_weeks(store, pseudonyms)
        async with store.begin() as session:
            await erasure.expire(session, 1, NOON + timedelta(hours=22))
        assert await found(store) == (3, 3, 0)
        if await has_timescale(store):
            assert len(await asked(store, _CHUNKS)) == 1


async def test_hours_are_told_by_the_extension_where_it_is(postgresql_url: str) -> None:
    """`time_bucket` with it, `date_trunc` without; both name the same hour, in UTC, whatever the session's zone is."""
    async with opened(postgresql_url) as store:
        (told,) = await asked(store, "SELECT pg_get_functiondef('hour_of'::regproc)")
        async with store.begin() as session:
            await session.execute(text("SET LOCAL TIME ZONE 'Asia/Kolkata'"))
            hour = await session.scalar(text("SELECT hour_of('2026-11-20 12:59:59.999999+00')"))
        assert ("time_bucket" if await has_timescale(store) else "date_trunc") in told
    assert hour == NOON


@pytest.mark.parametrize("earlier", ["0005", "0004"])
async def test_readings_from_before_stay_and_so_do_they_on_the_way_back(
    postgresql_url: str, pseudonyms: Pseudonyms, earlier: str
) -> None:
    """Nothing is lost, counted twice or left uncounted by the change of the table, in either direction."""
    async with opened(postgresql_url) as store:
        await write_three_weeks(store, pseudonyms)
    await asyncio.to_thread(migrate.downgrade, postgresql_url, earlier)
    try:
        async with opened(postgresql_url) as store:
            if await has_timescale(store):
                assert await asked(store, _CHUNKS) == []
            async with store.begin() as session:  # as an earlier version does: without a word of the time
                await session.execute(text("DELETE FROM emotion_readings WHERE message_ts = '1795176000.000000'"))
            counts = [await asked(store, query) for query in _NUMBERS]
    finally:
        await asyncio.to_thread(migrate.upgrade, postgresql_url)
    async with opened(postgresql_url) as store:
        assert [[number] for number in (await found(store))[:2]] == counts
        await wrote(store, pseudonyms, ALICE, NOON + timedelta(hours=5))
        readings, kept, wrong = await found(store)
        assert ([readings - 1], [kept - 1], wrong) == (*counts, 0)
