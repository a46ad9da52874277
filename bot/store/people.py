"""Consent in the database."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.notice import NOTICE_VERSION
from bot.store.tables import ConsentReceiptRow, PersonRow, ReadingRow
from bot.store.upsert import insert_or_replace

CONSENTS: Final = and_(PersonRow.consented_at.is_not(None), PersonRow.notice_version >= NOTICE_VERSION)
"""The condition under which somebody consents to today's notice; during a pause too."""


@dataclass(frozen=True, slots=True)
class ConsentReceipt:
    """One act of consent, as the person may see it."""

    time: datetime
    act: str
    """`on`, `off`, `pause`, or `kept` for a consent that is older than receipts are."""
    source: str
    """Where it was done (a command, a button, the Home tab, the terminal)."""
    notice_version: int
    until: datetime | None = None
    """The end of a pause."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A consent that is in force."""

    since: datetime
    epoch: UUID

    def covers(self, written: datetime) -> bool:
        """Whether a message written at this moment falls under it. Whole seconds: the two clocks are not the same."""
        return written.replace(microsecond=0) >= self.since.replace(microsecond=0)


async def standing(session: AsyncSession, user_id: UUID, *, hold: bool = False) -> Standing | None:
    """The person's consent to today's notice, or None. During a pause it begins in the future.

    With `hold`, a withdrawal or erasure elsewhere waits until this transaction ends. SQLite needs no lock for that: a
    transaction that may write has it to itself.
    """
    query = select(PersonRow.consented_at, PersonRow.epoch).where(
        PersonRow.user_id == user_id, PersonRow.notice_version >= NOTICE_VERSION
    )
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


async def grant(session: AsyncSession, user_id: UUID, *, team: str, source: str, now: datetime) -> bool:
    """Consent to today's notice from now on; True where that is new.

    Who consents to it already keeps the earlier date and epoch; a pause ends.
    """
    values = {
        "user_id": user_id,
        "team_id": team,
        "consented_at": now,
        "notice_version": NOTICE_VERSION,
        "asked_version": NOTICE_VERSION,
        "epoch": uuid4(),
        "source": source,
        "changed_at": now,
    }
    new = or_(PersonRow.consented_at.is_(None), PersonRow.consented_at > now, PersonRow.notice_version < NOTICE_VERSION)
    # One statement: between two, the end of retention could take away the row of an earlier withdrawal.
    if not await insert_or_replace(session, PersonRow, values, where=new):
        return False
    await _write_receipt(session, user_id, team, ConsentReceipt(now, "on", source, NOTICE_VERSION))
    return True


async def withdraw(session: AsyncSession, user_id: UUID, *, source: str, now: datetime) -> bool:
    """No consent from now on. Readings stay until they are erased. True where there was a consent to withdraw."""
    return await _change(session, user_id, ConsentReceipt(now, "off", source, NOTICE_VERSION), consented_at=None)


async def pause(session: AsyncSession, user_id: UUID, *, until: datetime, source: str, now: datetime) -> bool:
    """Consent again from that moment on, and not before. True where there was a consent to pause."""
    receipt = ConsentReceipt(now, "pause", source, NOTICE_VERSION, until)
    return await _change(session, user_id, receipt, consented_at=until)


async def ask_again(session: AsyncSession, user_id: UUID) -> bool:
    """Take on asking somebody who agreed to an earlier notice only. True for exactly one caller a notice."""
    asked = await session.execute(
        update(PersonRow)
        .where(
            PersonRow.user_id == user_id, PersonRow.consented_at.is_not(None), PersonRow.asked_version < NOTICE_VERSION
        )
        .values(asked_version=NOTICE_VERSION)
        .returning(PersonRow.user_id)
    )
    return asked.one_or_none() is not None


async def decided(session: AsyncSession, user_id: UUID) -> PersonRow | None:
    """The person's row, whatever it says: consent, withdrawal, or consent to an earlier notice."""
    return await session.get(PersonRow, user_id, populate_existing=True)


async def receipts(session: AsyncSession, user_id: UUID) -> Sequence[ConsentReceipt]:
    """Every act of consent of the person, oldest first."""
    rows = await session.scalars(
        select(ConsentReceiptRow)
        .where(ConsentReceiptRow.user_id == user_id)
        .order_by(ConsentReceiptRow.time, ConsentReceiptRow.id)
    )
    return [ConsentReceipt(row.time, row.act, row.source, row.notice_version, row.until) for row in rows]


async def _change(
    session: AsyncSession, user_id: UUID, receipt: ConsentReceipt, *, consented_at: datetime | None
) -> bool:
    result = await session.execute(
        update(PersonRow)
        .where(PersonRow.user_id == user_id, PersonRow.consented_at.is_not(None))
        .values(consented_at=consented_at, epoch=uuid4(), source=receipt.source, changed_at=receipt.time)
        .returning(PersonRow.team_id, PersonRow.notice_version)
    )
    row = result.one_or_none()
    if row is None:
        return False
    await _write_receipt(session, user_id, row.team_id, replace(receipt, notice_version=row.notice_version))
    return True


async def _write_receipt(session: AsyncSession, user_id: UUID, team: str, receipt: ConsentReceipt) -> None:
    session.add(
        ConsentReceiptRow(
            user_id=user_id,
            team_id=team,
            time=receipt.time,
            act=receipt.act,
            source=receipt.source,
            notice_version=receipt.notice_version,
            until=receipt.until,
        )
    )
    await session.flush()


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
