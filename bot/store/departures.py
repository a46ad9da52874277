"""Workspaces that have uninstalled the app, and have some days to come back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import DepartureRow
from bot.store.upsert import insert_or_ignore


async def begin(session: AsyncSession, team: str, now: datetime) -> bool:
    """The workspace has uninstalled the app; True where that is new. The first moment counts."""
    return await insert_or_ignore(session, DepartureRow, {"team_id": team, "time": now})


async def cancel(session: AsyncSession, team: str) -> bool:
    """The app is installed there after all; True where the workspace had left."""
    gone = await session.execute(
        delete(DepartureRow).where(DepartureRow.team_id == team).returning(DepartureRow.team_id)
    )
    return gone.one_or_none() is not None


async def standing(session: AsyncSession) -> Mapping[str, datetime]:
    """The workspaces that have left and are not forgotten yet, and when they did."""
    rows = await session.execute(select(DepartureRow.team_id, DepartureRow.time))
    return {row.team_id: row.time for row in rows}


async def due(session: AsyncSession, before: datetime) -> Sequence[str]:
    """Those that left at that moment or earlier."""
    query = select(DepartureRow.team_id).where(DepartureRow.time <= before)
    return (await session.scalars(query.order_by(DepartureRow.team_id))).all()


async def is_due(session: AsyncSession, team: str, before: datetime) -> bool:
    """Whether that one did. Until the transaction ends nobody can cancel it."""
    query = select(DepartureRow.time).where(DepartureRow.team_id == team).with_for_update()
    time = await session.scalar(query)
    return time is not None and time <= before
