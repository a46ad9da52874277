"""Schedules in the database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import DIARY, ScheduleSpec
from bot.store.people import CONSENTS
from bot.store.tables import PersonRow, ScheduleRow
from bot.store.upsert import insert_or_replace

_NAMESPACE: Final = UUID("6b1f5d0e-2f0a-4d57-9a3c-7d2c8f3b9e41")
"""A schedule's id follows from its channel and kind, so that setting it again at once cannot make two."""
_RUNNING: Final[Mapping[str, None]] = {"paused_at": None, "problem": None, "told_at": None}
"""What a schedule that runs has nothing of."""


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
        **_RUNNING,
    }
    await insert_or_replace(session, ScheduleRow, values)
    return identity


async def of_channel(session: AsyncSession, place: Place) -> Sequence[ScheduleRow]:
    """A channel's schedules, paused ones included."""
    return (await session.scalars(select(ScheduleRow).where(*_at(place)).order_by(ScheduleRow.kind))).all()


async def diaries(session: AsyncSession, team: str, owner: UUID) -> Sequence[ScheduleRow]:
    """When the person's diary comes: one at most, a paused one included."""
    return (await session.scalars(select(ScheduleRow).where(*_diary(team, owner)))).all()


async def end_diary(session: AsyncSession, team: str, owner: UUID) -> int:
    """The person's diary comes no more; how many schedules of it there were."""
    gone = await session.execute(delete(ScheduleRow).where(*_diary(team, owner)).returning(ScheduleRow.id))
    return len(gone.all())


async def running(session: AsyncSession, team: str) -> Sequence[ScheduleRow]:
    """The workspace's schedules, but those that are paused, and diaries of who does not consent to today's notice."""
    agreed = exists().where(PersonRow.user_id == ScheduleRow.user_id, CONSENTS)
    query = select(*ScheduleRow.__table__.columns).where(
        ScheduleRow.team_id == team, ScheduleRow.paused_at.is_(None), or_(ScheduleRow.picture != DIARY, agreed)
    )
    rows = (await session.execute(query.order_by(ScheduleRow.id))).all()
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
    change = update(ScheduleRow).where(*_at(place), ScheduleRow.paused_at.is_not(None)).values(**_RUNNING, since=now)
    return len((await session.execute(change.returning(ScheduleRow.id))).all())


async def resume_one(session: AsyncSession, identity: UUID, paused: datetime, now: datetime) -> bool:
    """Post one again that had to be paused at that moment. False where that is over: resumed, paused anew, removed."""
    change = (
        update(ScheduleRow)
        .where(ScheduleRow.id == identity, ScheduleRow.paused_at == paused, ScheduleRow.problem.is_not(None))
        .values(**_RUNNING, since=now)
    )
    return bool((await session.execute(change.returning(ScheduleRow.id))).all())


async def trouble(session: AsyncSession, identity: UUID, code: str, now: datetime) -> None:
    """Pause a schedule that cannot be posted, and keep why."""
    change = update(ScheduleRow).where(ScheduleRow.id == identity, ScheduleRow.paused_at.is_(None))
    await session.execute(change.values(paused_at=now, problem=code, told_at=None))


async def troubled(session: AsyncSession, team: str, owner: UUID) -> Sequence[ScheduleRow]:
    """The person's schedules with a problem, whether they have been told or not."""
    query = select(ScheduleRow).where(*_has_problem(team, owner)).order_by(ScheduleRow.channel_id, ScheduleRow.kind)
    return (await session.scalars(query)).all()


async def untold(session: AsyncSession, team: str, owner: UUID) -> Sequence[ScheduleRow]:
    """Those that they have not been told of."""
    return [row for row in await troubled(session, team, owner) if row.told_at is None]


async def owners_untold(session: AsyncSession, since: datetime) -> Sequence[tuple[str, UUID]]:
    """Workspace and pseudonym of whoever has not been told of a problem that is not older than `since`."""
    query = select(ScheduleRow.team_id, ScheduleRow.user_id).where(
        ScheduleRow.problem.is_not(None), ScheduleRow.told_at.is_(None), ScheduleRow.paused_at >= since
    )
    return [(row.team_id, row.user_id) for row in await session.execute(query.distinct()) if row.user_id is not None]


async def told(session: AsyncSession, identity: UUID, paused: datetime, now: datetime) -> None:
    """Whoever set it knows why it was paused at that moment. One that was paused anew since is news again."""
    change = update(ScheduleRow).where(ScheduleRow.id == identity, ScheduleRow.paused_at == paused)
    await session.execute(change.where(ScheduleRow.told_at.is_(None)).values(told_at=now))


async def nobody_to_tell(session: AsyncSession, team: str, owner: UUID, now: datetime) -> None:
    """The person is there no more: nobody is told of their schedules' problems."""
    change = update(ScheduleRow).where(*_has_problem(team, owner), ScheduleRow.told_at.is_(None))
    await session.execute(change.values(told_at=now))


def _has_problem(team: str, owner: UUID) -> tuple[ColumnElement[bool], ...]:
    return ScheduleRow.team_id == team, ScheduleRow.user_id == owner, ScheduleRow.problem.is_not(None)


def _diary(team: str, owner: UUID) -> tuple[Any, ...]:
    return ScheduleRow.team_id == team, ScheduleRow.user_id == owner, ScheduleRow.picture == DIARY


def _at(place: Place) -> tuple[Any, ...]:
    where = (ScheduleRow.team_id == place.team, ScheduleRow.channel_id == place.channel)
    return where if place.kind is None else (*where, ScheduleRow.kind == place.kind)
