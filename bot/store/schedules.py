"""Schedules in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid5

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import ScheduleSpec
from bot.store.tables import ScheduleRow
from bot.store.upsert import insert_or_replace

_NAMESPACE: Final = UUID("6b1f5d0e-2f0a-4d57-9a3c-7d2c8f3b9e41")
"""A schedule's id follows from its channel and kind, so that setting it again at once cannot make two."""


@dataclass(frozen=True, slots=True)
class Place:
    """A channel and, where only one of its schedules is meant, that one's kind."""

    team: str
    channel: str
    kind: str | None = None


async def database_time(session: AsyncSession) -> datetime:
    """The present by the database's clock, which all processes share."""
    if session.get_bind().dialect.name == "sqlite":
        said = await session.scalar(select(func.strftime("%Y-%m-%dT%H:%M:%f+00:00", "now")))
        return datetime.fromisoformat(str(said))
    now: datetime = (await session.execute(select(func.clock_timestamp()))).scalar_one()
    return now


async def put(session: AsyncSession, place: Place, owner: UUID, spec: ScheduleSpec, now: datetime) -> UUID:
    """Store a channel's schedule in the place of an earlier one of its kind. It runs, and its slots count from now."""
    identity = uuid5(_NAMESPACE, f"{place.team}/{place.channel}/{spec.kind}")
    values = {
        "id": identity,
        "team_id": place.team,
        "channel_id": place.channel,
        "user_id": owner,
        "kind": spec.kind,
        "weekday": spec.weekday,
        "month_day": spec.month_day,
        "hour": spec.hour,
        "minute": spec.minute,
        "timezone": spec.timezone,
        "locale": spec.locale,
        "days": spec.days,
        "picture": spec.picture,
        "since": now,
        "paused_at": None,
        "problem": None,
        "told_at": None,
    }
    await insert_or_replace(session, ScheduleRow, values)
    return identity


async def of_channel(session: AsyncSession, place: Place) -> Sequence[ScheduleRow]:
    """A channel's schedules, paused ones included."""
    return (await session.scalars(select(ScheduleRow).where(*_at(place)).order_by(ScheduleRow.kind))).all()


async def running(session: AsyncSession) -> Sequence[ScheduleRow]:
    """All schedules but those that are paused."""
    query = select(*ScheduleRow.__table__.columns).where(ScheduleRow.paused_at.is_(None)).order_by(ScheduleRow.id)
    rows = (await session.execute(query)).all()
    return cast("Sequence[ScheduleRow]", rows)  # they read alike, and make no objects to be kept track of


async def some(session: AsyncSession, identities: Sequence[UUID]) -> Sequence[ScheduleRow]:
    """The schedules with these ids that still are there."""
    return (await session.scalars(select(ScheduleRow).where(ScheduleRow.id.in_(identities)))).all()


async def remove(session: AsyncSession, place: Place) -> int:
    """Remove a channel's schedules and their slots; how many schedules there were."""
    gone = await session.execute(delete(ScheduleRow).where(*_at(place)).returning(ScheduleRow.id))
    return len(gone.all())


async def pause(session: AsyncSession, place: Place, now: datetime) -> int:
    """Stop posting; how many schedules ran until now."""
    change = update(ScheduleRow).where(*_at(place), ScheduleRow.paused_at.is_(None)).values(paused_at=now)
    return len((await session.execute(change.returning(ScheduleRow.id))).all())


async def resume(session: AsyncSession, place: Place, now: datetime) -> int:
    """Post again from now on, without what was missed; how many schedules were paused until now."""
    change = (
        update(ScheduleRow)
        .where(*_at(place), ScheduleRow.paused_at.is_not(None))
        .values(paused_at=None, problem=None, told_at=None, since=now)
    )
    return len((await session.execute(change.returning(ScheduleRow.id))).all())


async def trouble(session: AsyncSession, identity: UUID, code: str, now: datetime) -> None:
    """Pause a schedule that cannot be posted, and keep why."""
    change = update(ScheduleRow).where(ScheduleRow.id == identity, ScheduleRow.paused_at.is_(None))
    await session.execute(change.values(paused_at=now, problem=code, told_at=None))


async def untold(session: AsyncSession, team: str, owner: UUID) -> Sequence[ScheduleRow]:
    """The person's schedules with a problem that they have not been told of."""
    whose = (ScheduleRow.team_id == team, ScheduleRow.user_id == owner)
    query = select(ScheduleRow).where(*whose, ScheduleRow.problem.is_not(None), ScheduleRow.told_at.is_(None))
    return (await session.scalars(query.order_by(ScheduleRow.channel_id, ScheduleRow.kind))).all()


async def told(session: AsyncSession, team: str, owner: UUID, now: datetime) -> Sequence[ScheduleRow]:
    """The same; from now on they have been, by one caller."""
    found = await untold(session, team, owner)
    change = update(ScheduleRow).where(ScheduleRow.id.in_([row.id for row in found]), ScheduleRow.told_at.is_(None))
    mine = set(await session.scalars(change.values(told_at=now).returning(ScheduleRow.id)))
    return [row for row in found if row.id in mine]


def _at(place: Place) -> tuple[Any, ...]:
    where = (ScheduleRow.team_id == place.team, ScheduleRow.channel_id == place.channel)
    return where if place.kind is None else (*where, ScheduleRow.kind == place.kind)
