"""Erasures, retention and whole workspaces: everything of one, nothing of another, and nobody waits for each other."""

import asyncio
import random
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from bot.errors import StoreBusy
from bot.messages import Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.rules import RuleChange, Rules
from bot.store import erasure
from bot.store.base import Base, Store
from bot.store.tables import CellPersonRow, CellRow, PersonRow
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, person, wrote
from tests.fakes import Clock
from tests.traces import lives

ALICE, BORAM = person(1), person(2)
ELSEWHERE = Person("T02ELSE", "U00000003")


@pytest.fixture
def privacy(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> Privacy:
    return Privacy(store, pseudonyms, clock)


async def rows_of(store: Store, team: str) -> dict[str, int]:
    """How much names the workspace, by table."""
    found = {}
    async with store.read() as session:
        for table in Base.metadata.sorted_tables:
            if "team_id" in table.columns:
                query = select(func.count()).select_from(table).where(table.columns["team_id"] == team)
                found[table.name] = await session.scalar(query)
    return {name: rows for name, rows in found.items() if rows}


async def test_a_cell_is_withdrawn_with_each_person_in_it(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """What remains of it would be the others and the difference the one: counts go, and the parts of all."""
    await lives(store, pseudonyms, ALICE, clock)
    await lives(store, pseudonyms, BORAM, clock)
    await privacy.erase(ALICE, actor=None, reason="left")
    async with store.read() as session:
        cell = await session.scalar(select(CellRow))
        assert (await session.scalars(select(CellPersonRow))).all() == []
    assert cell is not None
    assert (cell.withdrawn, cell.counts) == (True, {})


async def test_a_workspace_goes_whole_and_no_other(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """Every table that names it, and who of it stands behind the audit; the receipt counts them."""
    await lives(store, pseudonyms, ALICE, clock)
    await consenting(store, pseudonyms, [ELSEWHERE], clock())
    await privacy.refuse(ELSEWHERE, "admin-delete")
    elsewhere = await rows_of(store, ELSEWHERE.team)
    before = await rows_of(store, TEAM)
    assert before["people"] == before["emotion_readings"] / 3 == 1
    async with store.begin() as session:
        counts = await erasure.erase_team(session, TEAM)
    assert {name: counts[name] for name in before} == before
    assert counts["audit_actors"] == 1
    assert await rows_of(store, TEAM) == {}
    assert await rows_of(store, ELSEWHERE.team) == elsewhere
    assert (await privacy.holdings(ELSEWHERE))["audit_actors"] == 1


async def test_each_workspace_keeps_readings_as_long_as_its_administrators_say(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """One keeps them for ten days, the other as the operator says."""
    rules = Rules(store, pseudonyms, clock, retention_days=30, minimum_people=5)
    await rules.change(TEAM, RuleChange(retention_days=10), None)
    await consenting(store, pseudonyms, [ALICE, ELSEWHERE], clock())
    for who in (ALICE, ELSEWHERE):
        await wrote(store, pseudonyms, who, clock(), channel=f"C{who.team}")
    clock.advance(days=11)
    assert await privacy.retain(30) == 1
    assert [(await privacy.holdings(who))["emotion_readings"] for who in (ALICE, ELSEWHERE)] == [0, 1]
    clock.advance(days=20)
    assert await privacy.retain(30) == 1


async def test_old_cells_are_withdrawn_with_retention(
    store: Store, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A picture of a time whose readings are gone is not drawn any more."""
    await lives(store, pseudonyms, ALICE, clock)
    clock.advance(days=32)
    await privacy.retain(30)
    async with store.read() as session:
        cell = await session.scalar(select(CellRow))
        assert (await session.scalars(select(CellPersonRow))).all() == []
    assert cell is not None
    assert cell.withdrawn


@pytest.mark.parametrize("seed", range(3))
async def test_erasures_and_retention_at_once_never_wait_for_each_other_in_vain(
    store: Store, database_url: str, pseudonyms: Pseudonyms, clock: Clock, seed: int
) -> None:
    """Six people who share every cell are erased by two processes while both expire what is old: all go, no error."""
    chance = random.Random(seed)  # noqa: S311 - pauses, not secrets
    crowd = [person(number) for number in range(1, 9)]
    gone, stay = crowd[:6], crowd[6:]
    async with opened(database_url) as other:
        processes = [Privacy(through, pseudonyms, clock) for through in (store, other)]
        for _ in range(4):
            for who in crowd:
                await consenting(store, pseudonyms, [who], clock())
                for hours in range(4):
                    await wrote(store, pseudonyms, who, clock() + timedelta(hours=hours, seconds=int(who.user[1:])))
            await share_cells(store, pseudonyms, crowd, clock)
            clock.advance(days=32)

            async def erase(place: int, who: Person) -> None:
                await asyncio.sleep(chance.random() / 20)
                await processes[place % 2].erase(who, actor=None, reason="left")

            async def expire(process: Privacy) -> None:
                await asyncio.sleep(chance.random() / 20)
                await process.retain(30)

            await asyncio.gather(
                *(erase(place, who) for place, who in enumerate(gone)), *(expire(process) for process in processes)
            )
            for who in gone:
                assert set((await processes[0].holdings(who)).values()) == {0}
            for who in stay:
                held = await processes[0].holdings(who)
                assert (held["people"], held["emotion_readings"], held["cell_people"]) == (1, 0, 0)


async def share_cells(store: Store, pseudonyms: Pseudonyms, crowd: list[Person], clock: Clock) -> None:
    """Three days of pictures with everybody in them."""
    async with store.begin() as session:
        for days in range(3):
            cell = {
                "team_id": TEAM,
                "channel_id": CHANNEL,
                "start": clock().date() + timedelta(days=days),
                "unit": "day",
            }
            session.add(CellRow(**cell, counts={"joy": 8}, version=1, withdrawn=False, epsilon=0.0, time=clock()))
            session.add_all(
                CellPersonRow(**cell, user_id=pseudonyms.person(who), counts={"joy": 1})
                for who in sorted(crowd, key=lambda _: random.random())  # noqa: S311 - any order
            )


async def test_who_holds_the_database_for_long_is_waited_for(
    store: Store, database_url: str, privacy: Privacy, pseudonyms: Pseudonyms, clock: Clock
) -> None:
    """A writer is told after two seconds that the database is busy; an erasure tries again and succeeds."""
    await consenting(store, pseudonyms, [ALICE], clock())
    async with opened(database_url) as other, opened(database_url) as third:
        async with other.begin() as session:
            await erasure.hold(session)
            await session.execute(select(PersonRow.user_id))
            erasing = asyncio.create_task(privacy.erase(ALICE, actor=None, reason="left"))
            with pytest.raises(StoreBusy):
                await take(third)
            await asyncio.sleep(0.5)
            assert not erasing.done()
        assert (await erasing).counts["people"] == 1


async def take(store: Store) -> None:
    """Ask for what an erasure holds, once."""
    async with store.begin() as session:
        await erasure.hold(session)
        await session.execute(select(PersonRow.user_id))
