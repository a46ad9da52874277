import asyncio
import sqlite3
from itertools import pairwise

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError

from bot.settings import SQLITE
from bot.store import audit
from bot.store.audit import Entry
from bot.store.base import Store
from bot.store.tables import AuditRow
from tests.conftest import opened
from tests.fakes import Clock


async def append(store: Store, clock: Clock, readings: int) -> None:
    async with store.begin() as session:
        await audit.append(session, Entry("erase:self", "self", {"emotion_readings": readings, "people": 1}), clock())


async def first_break(store: Store) -> int | None:
    async with store.read() as session:
        return await audit.first_break(session)


async def test_rows_written_at_once_by_two_processes_make_one_chain(
    store: Store, database_url: str, clock: Clock
) -> None:
    """Every row holds the hash of the row before it, whoever wrote at the same time."""
    async with opened(database_url) as other:
        await asyncio.gather(*(append((store, other)[number % 2], clock, number) for number in range(24)))
    async with store.read() as session:
        rows = (await session.scalars(select(AuditRow).order_by(AuditRow.id))).all()
    assert sorted(row.counts["emotion_readings"] for row in rows) == list(range(24))
    assert all(later.previous_hash == earlier.hash for earlier, later in pairwise(rows))
    assert await first_break(store) is None


async def test_the_log_refuses_changes_and_deletions(store: Store, clock: Clock) -> None:
    """The database itself holds it append-only."""
    await append(store, clock, 1)

    async def tamper(statement: object) -> None:
        async with store.begin() as session:
            await session.execute(statement)  # type: ignore[call-overload]  # either kind of statement

    for statement in (update(AuditRow).values(actor_role="nobody"), delete(AuditRow)):
        with pytest.raises(DBAPIError, match="append-only"):
            await tamper(statement)
    assert await first_break(store) is None


@pytest.mark.postgres
async def test_the_log_cannot_be_emptied_at_a_stroke(postgresql_url: str, clock: Clock) -> None:
    """TRUNCATE, which no trigger on rows sees, is refused too, also when it comes by way of another table."""

    async def empty(statement: str) -> None:
        async with store.begin() as session:
            await session.execute(text(statement))

    async with opened(postgresql_url) as store:
        await append(store, clock, 1)
        for statement in ("TRUNCATE audit_log CASCADE", "TRUNCATE people, audit_log, audit_actors"):
            with pytest.raises(DBAPIError, match="append-only"):
                await empty(statement)
        async with store.read() as session:
            assert len((await session.scalars(select(AuditRow))).all()) == 1


@pytest.mark.parametrize(
    "tampering",
    ["UPDATE audit_log SET counts = '{}' WHERE id = 2", "DELETE FROM audit_log WHERE id = 2"],
)
async def test_what_was_changed_behind_its_back_shows(sqlite_url: str, clock: Clock, tampering: str) -> None:
    """Somebody with the file in hand can drop the trigger; the chain then breaks where they were."""
    async with opened(sqlite_url) as store:
        for number in range(4):
            await append(store, clock, number)
        with sqlite3.connect(sqlite_url.removeprefix(f"{SQLITE}:///")) as behind:
            behind.executescript(f"DROP TRIGGER audit_log_no_update; DROP TRIGGER audit_log_no_delete; {tampering};")
        behind.close()
        assert await first_break(store) == (2 if tampering.startswith("UPDATE") else 3)
