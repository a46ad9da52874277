"""The claim on a message's one reply."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.messages import MessageId
from bot.store.tables import ReplyRow, is_of
from bot.store.upsert import insert_or_ignore

STALE: Final = timedelta(minutes=6)
"""A reply that was owed for this long and never sent may be claimed again: its writer has died.

Longer than a reply may take (`llm_total_seconds` allows 280 s, and it must be shown as well) and than Slack's last
redelivery after five minutes: neither may take on a reply that is still being written.
"""

NOBODY: Final = UUID(int=0)
"""Stands for an author who may have been erased since they wrote: the reply is owed, and names nobody."""


async def claim(session: AsyncSession, message: MessageId, *, thread: str, user_id: UUID, now: datetime) -> bool:
    """Take on the reply to a message. True for exactly one caller, until it is sent or stale."""
    values = {
        "team_id": message.team,
        "channel_id": message.channel,
        "message_ts": message.ts,
        "thread_ts": thread,
        "user_id": user_id,
        "state": "owed",
        "time": now,
    }
    if await insert_or_ignore(session, ReplyRow, values):
        return True
    again = await session.execute(
        update(ReplyRow)
        .where(*is_of(ReplyRow, message), ReplyRow.state == "owed", ReplyRow.time < now - STALE)
        .values(time=now)
        .returning(ReplyRow.message_ts)
    )
    return again.one_or_none() is not None


async def mark_sent(session: AsyncSession, message: MessageId) -> None:
    """The reply stands in Slack: nobody owes it any more."""
    await session.execute(update(ReplyRow).where(*is_of(ReplyRow, message)).values(state="sent"))


async def addressed(session: AsyncSession, team: str, channel: str, thread: str) -> bool:
    """Whether the bot was addressed in this thread before."""
    return bool(
        await session.scalar(
            select(
                exists().where(ReplyRow.team_id == team, ReplyRow.channel_id == channel, ReplyRow.thread_ts == thread)
            )
        )
    )


@dataclass(frozen=True, slots=True)
class Owed:
    """A reply that was taken on and never sent."""

    message: MessageId
    thread: str


async def owed(session: AsyncSession, *, since: datetime, now: datetime) -> Sequence[Owed]:
    """Replies owed since that moment whose writers have died, oldest first. Take one on with `claim` before writing."""
    rows = await session.scalars(
        select(ReplyRow)
        .where(ReplyRow.state == "owed", ReplyRow.time >= since, ReplyRow.time < now - STALE)
        .order_by(ReplyRow.time)
    )
    return [Owed(MessageId(row.team_id, row.channel_id, row.message_ts), row.thread_ts) for row in rows]
