"""The one notice that a channel gets."""

from datetime import datetime

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import NoticeRow
from bot.store.upsert import insert_or_ignore


async def claim(session: AsyncSession, team: str, channel: str, now: datetime) -> bool:
    """Take on the channel's notice: True for exactly one caller."""
    return await insert_or_ignore(session, NoticeRow, {"team_id": team, "channel_id": channel, "time": now})


async def release(session: AsyncSession, team: str, channel: str) -> None:
    """Give the claim back, because the notice could not be posted."""
    await session.execute(delete(NoticeRow).where(NoticeRow.team_id == team, NoticeRow.channel_id == channel))
