"""Everything about one person, across all tables, whatever tables there are."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Table, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.base import Base
from bot.store.tables import PersonRow, ReadingRow, ReplyRow, RetractionRow, SlotRow, erasure_rule

PERSON_COLUMN: Final = "user_id"


def personal_tables() -> list[Table]:
    """Every table with people in it; the consents first, because whoever writes about a person locks theirs first."""
    tables = [table for table in Base.metadata.sorted_tables if PERSON_COLUMN in table.columns]
    return sorted(tables, key=lambda table: table.name != PersonRow.__tablename__)


async def holdings(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """How many rows each table holds about the person; every table with people in it is named."""
    return {
        table.name: await session.scalar(
            select(func.count()).select_from(table).where(table.columns[PERSON_COLUMN] == user_id)
        )
        or 0
        for table in personal_tables()
    }


async def erase(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """Delete or disown every row about the person, as the tables declare; how many rows, by table."""
    counts: dict[str, int] = {}
    for table in personal_tables():
        person = table.columns[PERSON_COLUMN]
        change = (
            update(table).values({PERSON_COLUMN: None}) if erasure_rule(table) == "disown" else delete(table)
        ).where(person == user_id)
        counts[table.name] = len((await session.execute(change.returning(*table.primary_key))).all())
    return counts


async def expire(session: AsyncSession, before: datetime) -> dict[str, int]:
    """Delete readings of messages older than that, and the claims, slots and retractions of that age.

    Who withdrew before then and has no younger readings is forgotten too; whoever consents stays.
    """
    younger = exists().where(ReadingRow.user_id == PersonRow.user_id, ReadingRow.time >= before)
    withdrawn = delete(PersonRow).where(PersonRow.consented_at.is_(None), PersonRow.changed_at < before, ~younger)
    # First, as in an erasure: whoever writes about a person locks their consent first.
    gone = (await session.execute(withdrawn.returning(PersonRow.user_id))).all()
    counts = {PersonRow.__tablename__: len(gone)}
    ages = ((ReadingRow, ReadingRow.time), (ReplyRow, ReplyRow.time), (RetractionRow, RetractionRow.time))
    for row, age in (*ages, (SlotRow, SlotRow.slot)):
        result = await session.execute(delete(row).where(age < before).returning(*row.__table__.primary_key))
        counts[row.__tablename__] = len(result.all())
    return counts
