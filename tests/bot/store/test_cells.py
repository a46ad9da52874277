"""Cells while others are at work: several processes on one database, each with a Store of its own."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from bot import publication
from bot.disclosure import Calendar, Cell, grown
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import cells, erasure
from bot.store.base import Store
from bot.store.cells import Place
from bot.store.tables import CellPersonRow, CellRow, PersonRow
from emotion.labels import Emotion
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, person, wrote
from tests.fakes import Clock

CROWD = [person(number) for number in range(1, 9)]
ALICE = CROWD[0]
HERE = Place(TEAM, CHANNEL)
TODAY = date(2026, 11, 20)
PAUSE = 0.3
"""Seconds after which whoever has not finished is waiting."""


@dataclass
class Channel:
    """A channel of eight people, and what may happen to it."""

    store: Store
    pseudonyms: Pseudonyms
    clock: Clock
    database_url: str

    @property
    def calendar(self) -> Calendar:
        """The last seven dates."""
        return Calendar.of(7, "UTC", self.clock(), retention_days=30)

    async def write(self, days: int = 1) -> None:
        """Everybody writes once a day."""
        for day in range(days):
            for number, author in enumerate(CROWD):
                await wrote(self.store, self.pseudonyms, author, self.clock() - timedelta(days=day, seconds=number + 1))

    async def publish(self, store: Store | None = None) -> None:
        """Publish what may be, from any process."""
        await publication.shown(store or self.store, HERE, self.calendar, 5, 5)

    async def shown(self) -> dict[date, int]:
        """How many messages each day shows; nothing is published for it."""
        async with self.store.read() as session:
            found = await cells.shown(session, HERE, self.calendar.first, self.calendar.last, 5)
        return {cell.start: sum(cell.counts.values()) for cell in found}

    async def people(self) -> set[UUID]:
        """Everybody who is in a cell."""
        async with self.store.read() as session:
            return set(await session.scalars(select(CellPersonRow.user_id)))

    async def erase(self, store: Store, who: int = 0) -> None:
        """Erase one of them, from another process."""
        await Privacy(store, self.pseudonyms, self.clock).erase(CROWD[who], actor=None, reason="self")


@pytest.fixture
async def channel(store: Store, pseudonyms: Pseudonyms, clock: Clock, database_url: str) -> Channel:
    await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
    return Channel(store, pseudonyms, clock, database_url)


@pytest.fixture
async def stores(database_url: str) -> AsyncIterator[list[Store]]:
    """Four more processes."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(opened(database_url)) for _ in range(4)]


async def test_an_erasure_under_way_leaves_nothing_to_publish(channel: Channel, stores: list[Store]) -> None:
    """Its transaction is open while another process publishes: the day is that of the seven others."""
    await channel.write()
    alice = channel.pseudonyms.person(ALICE)
    async with channel.store.begin() as session:
        await erasure.erase(session, alice, channel.clock())
        publishing = asyncio.create_task(channel.publish(stores[0]))
        if channel.store.is_sqlite:  # one transaction writes at a time
            await asyncio.sleep(PAUSE)
            assert not publishing.done()
        else:  # nobody is waited for
            await publishing
    await publishing
    assert alice not in await channel.people()
    assert await channel.shown() == {TODAY: 7}


async def test_an_erasure_waits_for_a_publication_and_takes_the_cell_away(
    channel: Channel, stores: list[Store]
) -> None:
    """The publication's transaction is open, with the person in it, while another process erases them."""
    await channel.write()
    alice = channel.pseudonyms.person(ALICE)
    span = channel.calendar.span(TODAY)
    async with channel.store.begin() as session:
        held = await cells.hold(session, HERE, TODAY, span)
        written = await cells.written(session, HERE, {TODAY: span}, held)
        assert alice in written[TODAY]
        erasing = asyncio.create_task(channel.erase(stores[0]))
        await asyncio.sleep(PAUSE)
        assert not erasing.done()
        await cells.publish(session, HERE, [Cell(TODAY, "day", written[TODAY])], channel.clock())
    await erasing
    assert await channel.people() == set()
    assert await channel.shown() == {}
    await channel.publish()
    assert await channel.shown() == {}


async def test_a_cell_that_is_being_withdrawn_does_not_come_back_by_growing(
    channel: Channel, stores: list[Store]
) -> None:
    """Retention withdraws it in an open transaction while another process has eight additions for it."""
    await channel.write()
    await channel.publish()
    channel.clock.advance(hours=1)
    await channel.write()
    async with channel.store.begin() as session:
        await cells.withdraw(session, [cells.CellKey(TEAM, CHANNEL, TODAY, "day")], channel.clock())
        growing = asyncio.create_task(channel.publish(stores[0]))
        await asyncio.sleep(PAUSE)
        assert not growing.done()
    await growing
    assert await channel.shown() == {}
    assert await channel.people() == set()


@pytest.mark.postgres
async def test_a_growing_cell_and_the_erasure_of_somebody_in_it_do_not_wait_for_each_other(
    postgresql_url: str, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """The erasure has its person, the publication the cell, and each needs what the other has: the erasure waits."""
    async with opened(postgresql_url) as store, opened(postgresql_url) as elsewhere:
        await consenting(store, pseudonyms, CROWD, datetime(2026, 11, 1, tzinfo=UTC))
        channel = Channel(store, pseudonyms, clock, postgresql_url)
        await channel.write()
        await channel.publish()
        clock.advance(hours=1)
        await channel.write()
        alice, span = pseudonyms.person(ALICE), channel.calendar.span(TODAY)
        async with elsewhere.begin() as other:
            await other.execute(select(PersonRow).where(PersonRow.user_id == alice).with_for_update())
            async with store.begin() as session:
                held = await cells.hold(session, HERE, TODAY, span)
                (cell,) = await cells.standing(session, HERE, TODAY, TODAY, hold=True)
                erasing = asyncio.create_task(erasure.erase(other, alice, clock()))
                await asyncio.sleep(PAUSE)
                bigger = grown(cell, (await cells.written(session, HERE, {TODAY: span}, held))[TODAY], 5)
                assert bigger is not None
                assert alice in bigger.parts
                await cells.publish(session, HERE, [bigger], clock())
            await erasing
        assert await channel.people() == set()
        assert await channel.shown() == {}


async def test_everybody_of_a_week_can_be_erased_at_once(channel: Channel, stores: list[Store]) -> None:
    """Each of them is in the same seven cells; no erasure ends in a deadlock with another."""
    await channel.write(days=5)
    await channel.publish()
    assert len(await channel.shown()) == 5
    await asyncio.gather(*(channel.erase(stores[who % 4], who) for who in range(len(CROWD))))
    assert await channel.people() == set()
    async with channel.store.read() as session:
        assert list(await session.scalars(select(CellRow.withdrawn))) == [True] * 5


async def test_several_who_ask_at_once_publish_once(channel: Channel, stores: list[Store]) -> None:
    """Four processes; one version, with everybody in it once."""
    await channel.write(days=3)
    await asyncio.gather(*(channel.publish(store) for store in stores))
    assert set((await channel.shown()).values()) == {8}
    async with channel.store.read() as session:
        assert set(await session.scalars(select(CellRow.version))) == {1}
        assert await session.scalar(select(func.count()).select_from(CellPersonRow)) == 3 * 8


async def test_several_who_ask_first_get_one_time_zone(channel: Channel, stores: list[Store]) -> None:
    """Whoever was the first, it holds for all, and later ones cannot change it."""
    zones = ("Asia/Seoul", "UTC", "Europe/London", "America/New_York")
    asked = zip(stores, zones, strict=True)
    found = set(await asyncio.gather(*(publication.zone(store, HERE, zone) for store, zone in asked)))
    assert len(found) == 1
    assert {await publication.zone(channel.store, HERE, zone) for zone in zones} == found


@pytest.mark.parametrize("seed", range(12))
async def test_an_erasure_at_any_moment_leaves_nothing(channel: Channel, stores: list[Store], seed: int) -> None:
    """Pictures are asked for by two processes while somebody is erased: whichever comes first, they are in no cell."""
    chance = random.Random(seed)  # noqa: S311 - a moment, not a secret
    await channel.write(days=2)

    async def ask(store: Store) -> None:
        for _ in range(3):
            await asyncio.sleep(chance.random() / 100)
            await channel.publish(store)

    async def erase(store: Store) -> None:
        await asyncio.sleep(chance.random() / 50)
        await channel.erase(store)

    await asyncio.gather(ask(stores[0]), erase(stores[1]), ask(stores[2]))
    assert channel.pseudonyms.person(ALICE) not in await channel.people()
    await channel.publish()
    assert set((await channel.shown()).values()) <= {7}


async def test_what_was_written_is_counted_by_person_day_and_feeling(
    store: Store, pseudonyms: Pseudonyms, channel: Channel
) -> None:
    """A day's midnight belongs to it and the next one's does not; every day is named, those without a message too."""
    opens, closes = channel.calendar.span(TODAY)
    for moment, label in (
        (opens - timedelta(seconds=1), Emotion.FEAR),
        (opens, Emotion.ANGER),
        (closes - timedelta(seconds=1), Emotion.ANGER),
        (closes, Emotion.FEAR),
    ):
        await wrote(store, pseudonyms, ALICE, moment, label=label)
    quiet = TODAY - timedelta(days=3)
    spans = {TODAY: (opens, closes), quiet: channel.calendar.span(quiet)}
    async with store.read() as session:
        found = await cells.written(session, HERE, spans)
        assert await cells.written(session, HERE, {}) == {}
        assert await cells.written(session, HERE, spans, held=set()) == {TODAY: {}, quiet: {}}
    assert found == {TODAY: {pseudonyms.person(ALICE): {Emotion.ANGER: 2}}, quiet: {}}
