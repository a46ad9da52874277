"""Files that were sent to one person alone: remembered while they may stand, and doomed with the person.

A message that came with one, as a picture's words or its chart do, is a row too, under a name that its door can tell
from that of a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import DoomedFileRow, SentFileRow
from bot.store.upsert import insert_or_ignore

ATTEMPTS: Final = 10
"""How often Slack is told to delete a file that it will not delete, before it is given up."""


@dataclass(frozen=True, slots=True)
class Doomed:
    """A file or a message that Slack is to delete."""

    name: str
    since: datetime
    """When that was written down."""


async def remember(session: AsyncSession, file: str, *, team: str, user_id: UUID, now: datetime) -> None:
    """The file was sent to that person alone."""
    values = {"file_id": file, "team_id": team, "user_id": user_id, "time": now}
    await insert_or_ignore(session, SentFileRow, values)


async def forget(session: AsyncSession, file: str) -> None:
    """It goes by another name from now on."""
    await session.execute(delete(SentFileRow).where(SentFileRow.file_id == file))


async def doom(session: AsyncSession, which: ColumnElement[bool], now: datetime) -> int:
    """Slack is to delete these sent files, whoever they were of; how many. Their rows go, and with them the person."""
    gone = await session.execute(delete(SentFileRow).where(which).returning(SentFileRow.file_id, SentFileRow.team_id))
    files = gone.all()
    for file in files:
        await condemn(session, file.file_id, team=file.team_id, now=now)
    return len(files)


async def condemn(session: AsyncSession, file: str, *, team: str, now: datetime) -> None:
    """Slack is to delete this file."""
    await insert_or_ignore(session, DoomedFileRow, {"file_id": file, "team_id": team, "time": now, "attempts": 0})


async def doomed(session: AsyncSession, team: str) -> Sequence[Doomed]:
    """Files that Slack is still to delete, those tried least first; without those that are given up."""
    query = select(DoomedFileRow.file_id, DoomedFileRow.time).where(
        DoomedFileRow.team_id == team, DoomedFileRow.attempts < ATTEMPTS
    )
    rows = await session.execute(query.order_by(DoomedFileRow.attempts, DoomedFileRow.time))
    return [Doomed(row.file_id, row.time) for row in rows]


async def is_any_doomed(session: AsyncSession) -> bool:
    """Whether Slack is to delete anything, of whichever workspace."""
    return (
        await session.scalar(select(DoomedFileRow.file_id).where(DoomedFileRow.attempts < ATTEMPTS).limit(1))
        is not None
    )


async def gone(session: AsyncSession, file: str) -> None:
    """Slack has deleted the file, or never knew it."""
    await session.execute(delete(DoomedFileRow).where(DoomedFileRow.file_id == file))


async def tried(session: AsyncSession, file: str) -> bool:
    """Slack will not delete the file; True where it is given up by that."""
    attempts = await session.scalar(
        update(DoomedFileRow)
        .where(DoomedFileRow.file_id == file)
        .values(attempts=DoomedFileRow.attempts + 1)
        .returning(DoomedFileRow.attempts)
    )
    return attempts == ATTEMPTS
