"""Slots of schedules: claimed, held, posted. Whoever claims one is given a number, and only the latest counts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, case, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.store.tables import ScheduleRow, SlotRow
from bot.store.upsert import insert_or_ignore

LEASE: Final = timedelta(seconds=120)
"""How long a claim holds without a sign of life. It is renewed before each step outside, and no step takes more than
45 s: a poster that stands still for a whole minute in the middle of one loses nothing."""

QUICK_ATTEMPTS: Final = 10
"""How often a slot is tried with short pauses; with what lies between them, for more than an hour in which Slack fails,
and for twenty minutes if each of its posters dies. After that it is tried rarely, and never given up for a number."""

REST: Final = timedelta(minutes=30)
"""For so long at least a slot is left alone between two of its later attempts, however the earlier one ended: Slack may
fail for a day, and a slot that takes its process down with it must not do so every few minutes."""

SETTLE: Final = timedelta(minutes=10)
"""After so long, a slot that took several attempts is looked at once more: whatever was on its way has arrived."""

_FEW: Final = 500
"""So many are asked for by name; of more, all slots of those times."""

KEPT: Final = timedelta(days=9)
"""How long at least a slot is remembered, however short retention is: longer than one may be made up for."""

Key = tuple[UUID, datetime]
"""A schedule's id and the moment of a slot."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A slot in the caller's hands."""

    schedule: UUID
    slot: datetime
    token: int
    """Which attempt it is, from 1."""
    begun: datetime
    """When the first attempt began."""
    uploaded: str | None = None
    """The file that an earlier attempt has left in Slack, perhaps shared."""


@dataclass(frozen=True, slots=True)
class State:
    """How far a slot is that somebody has claimed."""

    posted: str | None
    claimed_until: datetime
    attempts: int

    def is_free(self, now: datetime) -> bool:
        """Whether it may be claimed: neither posted, nor in somebody's hands, nor left alone for a while."""
        rest = timedelta() if self.attempts < QUICK_ATTEMPTS else REST
        return self.posted is None and self.claimed_until < now - rest


async def states(session: AsyncSession, keys: Collection[Key]) -> Mapping[Key, State]:
    """How far these slots are; those that nobody has claimed yet are left out."""
    times = {slot for _, slot in keys}
    query = select(SlotRow.schedule_id, SlotRow.slot, SlotRow.posted, SlotRow.claimed_until, SlotRow.attempts).where(
        SlotRow.slot.in_(times)
    )
    if len(keys) <= _FEW:
        query = query.where(SlotRow.schedule_id.in_([schedule for schedule, _ in keys]))
    return {(row[0], row[1]): State(*row[2:]) for row in await session.execute(query)}


async def claim(session: AsyncSession, wanted: Sequence[Key], now: datetime, limit: int) -> Sequence[Claim]:
    """Take on at most so many of these slots, one of each schedule; each is given to one caller.

    A schedule that was removed, paused or set anew meanwhile has none of them any more. Callers at the same time get
    different ones: rows that another one is about to take are passed over.
    """
    slots = dict(wanted)
    # Held until the claim is committed, so that a removal at this moment waits and takes the slots along.
    standing = (
        select(ScheduleRow.id, ScheduleRow.since)
        .where(ScheduleRow.id.in_(slots), ScheduleRow.paused_at.is_(None))
        .order_by(ScheduleRow.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    keys = [
        (identity, slots[identity]) for identity, since in await session.execute(standing) if since < slots[identity]
    ]
    found = [await _claim(session, key, now) for key in keys]
    return [claim for claim in found if claim is not None]


async def hold(session: AsyncSession, claim: Claim, now: datetime, **changes: object) -> bool:
    """Renew the claim, and keep what is to be changed of the slot. False where it is the caller's no longer.

    It is not once another has claimed it, once it is posted, and once the schedule is removed, paused or set anew.
    """
    standing = exists().where(
        ScheduleRow.id == claim.schedule, ScheduleRow.since < claim.slot, ScheduleRow.paused_at.is_(None)
    )
    change = update(SlotRow).where(*_is_current(claim), standing).values(claimed_until=now + LEASE, **changes)
    return await _changed(session, change)


async def release(session: AsyncSession, claim: Claim, until: datetime) -> None:
    """Give the slot back, to be tried again from that moment on."""
    await session.execute(update(SlotRow).where(*_is_current(claim)).values(claimed_until=until))


async def record(session: AsyncSession, claim: Claim, file: str | None, reference: str, now: datetime) -> bool:
    """The slot is posted as `reference`. True for the first who says so; what others posted is one too many.

    Heard of a late poster too: what stands in the channel counts, and whoever holds the slot now begins nothing more.
    Not of a late one whose file was put away (`uploaded` is no longer that file): that may vanish at any moment.
    """
    change = update(SlotRow).where(*_is(claim.schedule, claim.slot), SlotRow.posted.is_(None))
    if file is not None:
        change = change.where(or_(SlotRow.attempts == claim.token, SlotRow.uploaded == file))
    settle: ColumnElement[Any] = case((SlotRow.attempts > 1, now + SETTLE), else_=None)
    return await _changed(session, change.values(posted=reference, settle_at=settle))


async def reference(session: AsyncSession, schedule: UUID, slot: datetime) -> str | None:
    """What the slot is posted as; None where it is not, or is no more."""
    return await session.scalar(select(SlotRow.posted).where(*_is(schedule, slot)))


async def any_unsettled(session: AsyncSession, team: str, now: datetime) -> bool:
    """Whether a posted slot of the workspace is to be looked at once more."""
    return (await session.scalar(select(SlotRow.schedule_id).where(*_to_settle(team, now)).limit(1))) is not None


async def unsettled(session: AsyncSession, team: str, now: datetime, limit: int) -> Sequence[tuple[Claim, str]]:
    """The workspace's posted slots to be looked at once more, each for one caller, with what they are posted as."""
    due = select(SlotRow).where(*_to_settle(team, now)).order_by(SlotRow.settle_at).limit(limit)
    rows = (await session.scalars(due.with_for_update(skip_locked=True))).all()
    for row in rows:
        row.settle_at = now + LEASE  # for another one, should the caller die
    return [
        (Claim(row.schedule_id, row.slot, row.attempts, row.begun or row.slot), row.posted)
        for row in rows
        if row.posted is not None
    ]


async def settled(session: AsyncSession, schedule: UUID, slot: datetime) -> None:
    """Nothing is left to do about the slot."""
    await session.execute(update(SlotRow).where(*_is(schedule, slot)).values(settle_at=None))


async def _claim(session: AsyncSession, key: Key, now: datetime) -> Claim | None:
    schedule, slot = key
    first = {"schedule_id": schedule, "slot": slot, "claimed_until": now + LEASE, "attempts": 1, "begun": now}
    if await insert_or_ignore(session, SlotRow, first):
        return Claim(schedule, slot, 1, now)
    again = (
        update(SlotRow)
        .where(*_is(schedule, slot), SlotRow.posted.is_(None), SlotRow.claimed_until < now)
        .where(or_(SlotRow.attempts < QUICK_ATTEMPTS, SlotRow.claimed_until < now - REST))
        .values(claimed_until=now + LEASE, attempts=SlotRow.attempts + 1)
        .returning(SlotRow.attempts, SlotRow.begun, SlotRow.uploaded)
    )
    row = (await session.execute(again)).one_or_none()
    return Claim(schedule, slot, row.attempts, row.begun or slot, row.uploaded) if row is not None else None


def _to_settle(team: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    ours = select(ScheduleRow.id).where(ScheduleRow.team_id == team)
    return SlotRow.settle_at <= now, SlotRow.schedule_id.in_(ours)


def _is(schedule: UUID, slot: datetime) -> tuple[ColumnElement[bool], ...]:
    return SlotRow.schedule_id == schedule, SlotRow.slot == slot


def _is_current(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    return (*_is(claim.schedule, claim.slot), SlotRow.attempts == claim.token, SlotRow.posted.is_(None))


async def _changed(session: AsyncSession, change: Any) -> bool:  # noqa: ANN401 - an UPDATE
    return (await session.execute(change.returning(SlotRow.attempts))).one_or_none() is not None
