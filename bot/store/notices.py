"""The notice that a channel gets, once for each version of it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.notice import NOTICE_VERSION
from bot.store.tables import NoticeRow
from bot.store.upsert import insert_or_replace


async def claim(session: AsyncSession, team: str, channel: str, now: datetime) -> bool:
    """Take on the channel's notice: True for exactly one caller, until it is released or the notice changes."""
    values = {"team_id": team, "channel_id": channel, "version": NOTICE_VERSION, "time": now}
    return await insert_or_replace(session, NoticeRow, values, where=NoticeRow.version < NOTICE_VERSION)


async def release(session: AsyncSession, team: str, channel: str) -> None:
    """Give the claim back, because the notice could not be posted."""
    await session.execute(
        update(NoticeRow).where(NoticeRow.team_id == team, NoticeRow.channel_id == channel).values(version=0)
    )


async def outdated(session: AsyncSession, team: str) -> Sequence[str]:
    """Channels that were told an earlier notice, or whose posting failed."""
    query = select(NoticeRow.channel_id).where(NoticeRow.team_id == team, NoticeRow.version < NOTICE_VERSION)
    return (await session.scalars(query.order_by(NoticeRow.channel_id))).all()


async def outdate(session: AsyncSession, team: str) -> None:
    """What the workspace's channels were told is no longer so: each is to be told again."""
    await session.execute(update(NoticeRow).where(NoticeRow.team_id == team).values(version=0))
