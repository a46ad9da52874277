"""What was taken on and is not to be taken on twice: signed requests, and news that somebody is being told."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import DeliveryRow
from bot.store.upsert import insert_or_ignore, insert_or_replace

KEPT: Final = timedelta(minutes=15)
"""A signature is taken from five minutes before its time until five minutes after; the rest is for clocks that differ
between the processes of one database."""


async def is_known(session: AsyncSession, digest: str) -> bool:
    """Whether the request was taken on before."""
    return await session.scalar(select(DeliveryRow.digest).where(DeliveryRow.digest == digest)) is not None


async def claim(session: AsyncSession, digest: str, now: datetime) -> bool:
    """Take the request on; True for exactly one caller."""
    return await insert_or_ignore(session, DeliveryRow, {"digest": digest, "time": now})


async def lease(session: AsyncSession, digest: str, now: datetime, span: timedelta) -> bool:
    """Take on, for that long and less than `KEPT`, what another may take on after it; True for exactly one caller."""
    values = {"digest": digest, "time": now}
    return await insert_or_replace(session, DeliveryRow, values, where=DeliveryRow.time < now - span)


async def release(session: AsyncSession, digest: str) -> None:
    """Forget the request: what it asked for could not be done, and it may come again. Or end a lease."""
    await session.execute(delete(DeliveryRow).where(DeliveryRow.digest == digest))


async def forget(session: AsyncSession, now: datetime) -> int:
    """Delete what is too old to be played again; how many. Leaves alone what somebody else is deleting."""
    old = select(DeliveryRow.digest).where(DeliveryRow.time < now - KEPT).with_for_update(skip_locked=True)
    gone = await session.execute(delete(DeliveryRow).where(DeliveryRow.digest.in_(old)).returning(DeliveryRow.digest))
    return len(gone.all())
