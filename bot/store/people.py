"""Consent in the database."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import PersonRow, ReadingRow
from bot.store.upsert import insert_or_replace


@dataclass(frozen=True, slots=True)
class Standing:
    """A consent that is in force."""

    since: datetime
    epoch: UUID

    def covers(self, written: datetime) -> bool:
        """Whether a message written at this moment falls under it. Whole seconds: the two clocks are not the same."""
        return written.replace(microsecond=0) >= self.since.replace(microsecond=0)


async def standing(session: AsyncSession, user_id: UUID, *, hold: bool = False) -> Standing | None:
    """The person's consent, or None. With `hold`, a withdrawal or erasure elsewhere waits until this transaction ends.

    SQLite needs no lock for that: a transaction that may write has it to itself.
    """
    query = select(PersonRow.consented_at, PersonRow.epoch).where(PersonRow.user_id == user_id)
    if hold:
        query = query.with_for_update(read=True)
    row = (await session.execute(query)).one_or_none()
    return Standing(row.consented_at, row.epoch) if row is not None and row.consented_at is not None else None


async def is_known(session: AsyncSession, user_id: UUID, *, hold: bool = False) -> bool:
    """Whether the person ever opted in and was not erased since. `hold` as in `standing`."""
    query = select(PersonRow.user_id).where(PersonRow.user_id == user_id)
    if hold:
        query = query.with_for_update(read=True)
    return await session.scalar(query) is not None


async def grant(session: AsyncSession, user_id: UUID, *, team: str, source: str, now: datetime) -> None:
    """Consent from now on. Who consents already keeps the earlier date and epoch."""
    values = {
        "user_id": user_id,
        "team_id": team,
        "consented_at": now,
        "epoch": uuid4(),
        "source": source,
        "changed_at": now,
    }
    # One statement: between two, the end of retention could take away the row of an earlier withdrawal.
    await insert_or_replace(session, PersonRow, values, where=PersonRow.consented_at.is_(None))


async def withdraw(session: AsyncSession, user_id: UUID, *, source: str, now: datetime) -> bool:
    """No consent from now on. Readings stay until they are erased. True where there was a consent to withdraw."""
    result = await session.execute(
        update(PersonRow)
        .where(PersonRow.user_id == user_id, PersonRow.consented_at.is_not(None))
        .values(consented_at=None, epoch=uuid4(), source=source, changed_at=now)
        .returning(PersonRow.user_id)
    )
    return result.one_or_none() is not None


@dataclass(frozen=True, slots=True)
class Kept:
    """How many readings of a person are stored, and from when to when (UTC dates)."""

    readings: int
    first: date | None
    last: date | None


async def kept(session: AsyncSession, user_id: UUID) -> Kept:
    """What is stored of the person's readings."""
    query = select(func.count(), func.min(ReadingRow.time), func.max(ReadingRow.time))
    count, first, last = (await session.execute(query.where(ReadingRow.user_id == user_id))).one()
    return Kept(count, first and first.date(), last and last.date())
