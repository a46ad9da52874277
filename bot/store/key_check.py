"""The fingerprint of the key under which the database was written."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import KeyCheckRow
from bot.store.upsert import insert_or_ignore


async def remembered(session: AsyncSession) -> str | None:
    """The fingerprint, or None in a database that was never used."""
    return await session.scalar(select(KeyCheckRow.fingerprint))


async def remember(session: AsyncSession, fingerprint: str, now: datetime) -> None:
    """Keep the fingerprint, unless one is kept already."""
    await insert_or_ignore(session, KeyCheckRow, {"id": 1, "fingerprint": fingerprint, "time": now})


async def identity(session: AsyncSession) -> str | None:
    """By which a database is told from another under the same key: when it was used first. Copies of it share it."""
    since = await session.scalar(select(KeyCheckRow.time))
    return since.isoformat() if since is not None else None
