"""Schedules and their slots."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid5

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import ScheduleRow, SlotRow
from bot.store.upsert import insert_or_ignore, insert_or_replace

LEASE: Final = timedelta(minutes=10)
"""A slot that was claimed this long ago and never posted may be claimed again: its poster has died."""

ATTEMPTS: Final = 6
"""How often a slot is tried before it is given up."""

_NAMESPACE: Final = UUID("6b1f5d0e-2f0a-4d57-9a3c-7d2c8f3b9e41")
"""A schedule's id follows from its channel and kind, so that setting it again at once cannot make two."""


@dataclass(frozen=True, slots=True)
class NewSchedule:
    """A schedule on its way into the store."""

    team: str
    channel: str
    user_id: UUID
    kind: str
    weekday: int | None
    hour: int
    minute: int
    timezone: str
    locale: str


async def put(session: AsyncSession, new: NewSchedule, now: datetime) -> UUID:
    """Store a channel's schedule in the place of an earlier one of its kind. Slots count from now on."""
    identity = uuid5(_NAMESPACE, f"{new.team}/{new.channel}/{new.kind}")
    values = {
        "id": identity,
        "team_id": new.team,
        "channel_id": new.channel,
        "user_id": new.user_id,
        "kind": new.kind,
        "weekday": new.weekday,
        "hour": new.hour,
        "minute": new.minute,
        "timezone": new.timezone,
        "locale": new.locale,
        "since": now,
    }
    await insert_or_replace(session, ScheduleRow, values)
    return identity


async def of_channel(session: AsyncSession, team: str, channel: str) -> Sequence[ScheduleRow]:
    """A channel's schedules."""
    query = select(ScheduleRow).where(ScheduleRow.team_id == team, ScheduleRow.channel_id == channel)
    return (await session.scalars(query.order_by(ScheduleRow.kind))).all()


async def every(session: AsyncSession) -> Sequence[ScheduleRow]:
    """All schedules."""
    return (await session.scalars(select(ScheduleRow).order_by(ScheduleRow.id))).all()


async def taken(session: AsyncSession, since: datetime, now: datetime) -> set[tuple[UUID, datetime]]:
    """Slots since that moment which are posted, in somebody's hands, or given up."""
    rows = await session.scalars(select(SlotRow).where(SlotRow.slot >= since))
    return {
        (row.schedule_id, row.slot)
        for row in rows
        if row.posted is not None or row.claimed_until >= now or row.attempts >= ATTEMPTS
    }


async def remove(session: AsyncSession, team: str, channel: str) -> int:
    """Remove a channel's schedules and their slots; how many schedules there were."""
    gone = await session.execute(
        delete(ScheduleRow)
        .where(ScheduleRow.team_id == team, ScheduleRow.channel_id == channel)
        .returning(ScheduleRow.id)
    )
    return len(gone.all())


async def claim_slot(session: AsyncSession, schedule: UUID, slot: datetime, now: datetime) -> int:
    """Take on a slot. The number of the attempt, from 1, for exactly one caller; 0 for everybody else.

    0 for all where the schedule was removed or set anew meanwhile: the slot is none of it any more.
    A number above 1 means that an earlier process claimed the slot and may have died before or after posting.
    """
    standing = select(ScheduleRow.id).where(ScheduleRow.id == schedule, ScheduleRow.since < slot)
    # Held until the claim is committed, so that a removal at this moment waits and takes the slot along.
    if await session.scalar(standing.with_for_update(read=True, key_share=True)) is None:
        return 0
    until = now + LEASE
    first = {"schedule_id": schedule, "slot": slot, "claimed_until": until, "attempts": 1, "posted": None}
    if await insert_or_ignore(session, SlotRow, first):
        return 1
    again = await session.execute(
        update(SlotRow)
        .where(*_is(schedule, slot), SlotRow.posted.is_(None), SlotRow.claimed_until < now)
        .where(SlotRow.attempts < ATTEMPTS)
        .values(claimed_until=until, attempts=SlotRow.attempts + 1)
        .returning(SlotRow.attempts)
    )
    return again.scalar_one_or_none() or 0


async def mark_posted(session: AsyncSession, schedule: UUID, slot: datetime, reference: str) -> None:
    """The slot is done; `reference` names what was posted."""
    await session.execute(update(SlotRow).where(*_is(schedule, slot)).values(posted=reference))


def _is(schedule: UUID, slot: datetime) -> tuple[Any, ...]:
    return SlotRow.schedule_id == schedule, SlotRow.slot == slot
