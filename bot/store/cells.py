"""Published cells: what pictures of a channel are made of.

Locks on PostgreSQL, in this order: the channel, the people, the cells by key. An erasure locks its person, then the
cells. SQLite needs none: a transaction that may write has the database to itself.
"""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import and_, delete, exists, func, or_, select, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.disclosure import WEEK, Cell, Parts, Tally
from bot.store import hours, locks
from bot.store.hours import HOUR, Span
from bot.store.people import CONSENTS
from bot.store.tables import CellPersonRow, CellRow, ChannelRow, HourRow, PersonRow, WorkspaceRulesRow
from bot.store.upsert import insert_or_ignore, insert_or_replace_all
from charts.series import Unit
from emotion.labels import Emotion


@dataclass(frozen=True, slots=True, order=True)
class CellKey:
    """A day or a week of a channel."""

    team: str
    channel: str
    start: date
    unit: str


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a workspace."""

    team: str
    channel: str


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell as a picture may show it at this moment."""

    start: date
    unit: Unit
    counts: Tally


CellTime = tuple[date, str]
"""What tells the cells of a channel apart: the first date, and the unit."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is shown of a cell, which is not what people wrote where noise was added, and what that has cost so far."""

    counts: Tally
    epsilon: float = 0.0


async def zone_of(session: AsyncSession, place: Place) -> str | None:
    """The channel's time zone; None where nobody has asked for a picture of it yet."""
    query = select(ChannelRow.timezone).where(ChannelRow.team_id == place.team, ChannelRow.channel_id == place.channel)
    return await session.scalar(query)


async def fix_zone(session: AsyncSession, place: Place, timezone: str) -> None:
    """Give the channel its time zone, for good. One that has one keeps it."""
    row = {"team_id": place.team, "channel_id": place.channel, "timezone": timezone}
    await insert_or_ignore(session, ChannelRow, row)


async def rules_changed(session: AsyncSession, team: str) -> datetime | None:
    """When administrators last changed a rule of the workspace; None where they never did."""
    return await session.scalar(select(WorkspaceRulesRow.time).where(WorkspaceRulesRow.team_id == team))


async def hold(session: AsyncSession, place: Place, first: date, span: Span) -> Collection[UUID] | None:
    """Let nobody else publish cells of the channel, and nobody withdraw or be erased, until the transaction ends.

    Returns whom that holds for; None where it holds for everybody. Whoever is being erased, or changes their consent,
    at this moment is left out rather than waited for: so a publication never waits for people, and nobody who holds a
    person ever waits for each other because of it. Covers everybody who wrote there in `span` or is in a cell that
    begins on `first` or later.
    """
    if session.get_bind().dialect.name != "postgresql":
        return None
    await locks.hold(session, f"cells/{place.team}/{place.channel}")
    wrote = select(HourRow.user_id).where(
        HourRow.team_id == place.team,
        HourRow.channel_id == place.channel,
        HourRow.hour > span[0] - HOUR,
        HourRow.hour < span[1],
    )
    query = select(PersonRow.user_id).where(PersonRow.user_id.in_(union(wrote, _in_cells(place, first))))
    locked = query.order_by(PersonRow.user_id).with_for_update(read=True, skip_locked=True)
    return set(await session.scalars(locked))


async def standing(
    session: AsyncSession, place: Place, first: date, last: date, *, hold: bool = False
) -> Sequence[Cell]:
    """Every cell that was ever published and begins in these dates, with each person's part. Withdrawn ones too.

    With `hold`, nobody withdraws one of them until the transaction ends.
    """
    query = (
        select(CellRow.start, CellRow.unit, CellRow.version, CellRow.withdrawn)
        .where(*_within(CellRow, place, first, last))
        .order_by(CellRow.start, CellRow.unit)
    )
    if hold:
        query = query.with_for_update()
    rows = (await session.execute(query)).all()
    parts: dict[tuple[date, str], dict[UUID, Tally]] = {}
    contributed = select(CellPersonRow.start, CellPersonRow.unit, CellPersonRow.user_id, CellPersonRow.counts)
    for start, unit, person, counts in await session.execute(
        contributed.where(*_within(CellPersonRow, place, first, last))
    ):
        parts.setdefault((start, unit), {})[person] = _tally(counts)
    return [
        Cell(row.start, cast("Unit", row.unit), parts.get((row.start, row.unit), {}), row.version, row.withdrawn)
        for row in rows
    ]


async def written(
    session: AsyncSession, place: Place, spans: Mapping[date, Span], held: Collection[UUID] | None = None
) -> Mapping[date, Parts]:
    """What people who consent now wrote there on each of these days, as far as it was read; every day is named.

    With `held`, of these people only. The database counts, hour by hour (`bot.store.hours`): it hands over no single
    message.
    """
    found = await hours.written(session, place.team, place.channel, list(spans.values()), CONSENTS)
    if held is not None:
        found = [{person: tally for person, tally in parts.items() if person in held} for parts in found]
    return dict(zip(spans, found, strict=True))


async def publish(
    session: AsyncSession,
    place: Place,
    cells: Sequence[Cell],
    now: datetime,
    counted: Mapping[CellTime, Counted] | None = None,
) -> None:
    """Write down new cells and new versions. Only after `hold` and `standing(hold=True)`, in the same transaction.

    What each shows is in `counted`, for all of them; without it, what the people in it wrote.
    """
    rows, people = [], []
    for cell in cells:
        stated = Counted(cell.counts) if counted is None else counted[cell.start, cell.unit]
        key = {"team_id": place.team, "channel_id": place.channel, "start": cell.start, "unit": cell.unit}
        row = {"counts": _json(stated.counts), "version": cell.version, "withdrawn": False, "time": now}
        rows.append({**key, **row, "epsilon": stated.epsilon})
        people += [{**key, "user_id": person, "counts": _json(tally)} for person, tally in cell.parts.items()]
    await insert_or_replace_all(session, CellRow, rows)
    await insert_or_replace_all(session, CellPersonRow, people)


async def counted(session: AsyncSession, place: Place, first: date, last: date) -> Mapping[CellTime, Counted]:
    """What was published of each cell that begins in these dates, whether or not it may be shown now."""
    query = select(CellRow.start, CellRow.unit, CellRow.counts, CellRow.epsilon).where(
        *_within(CellRow, place, first, last)
    )
    rows = (await session.execute(query)).all()
    return {(start, unit): Counted(_tally(counts), epsilon) for start, unit, counts, epsilon in rows}


async def spent(session: AsyncSession, place: Place, since: date) -> float:
    """What was spent on noise in the channel's cells that have that date or a later one in them; withdrawn ones too."""
    reaches = or_(CellRow.start >= since, and_(CellRow.unit == "week", CellRow.start > since - timedelta(days=WEEK)))
    query = select(CellRow.epsilon).where(CellRow.team_id == place.team, CellRow.channel_id == place.channel, reaches)
    return math.fsum(await session.scalars(query))


async def noisy_channels(session: AsyncSession, team: str) -> Sequence[tuple[str, str]]:
    """The channels of the workspace in which something was ever spent on noise, each with its time zone."""
    noise_in_it = exists().where(
        CellRow.team_id == ChannelRow.team_id, CellRow.channel_id == ChannelRow.channel_id, CellRow.epsilon > 0
    )
    query = select(ChannelRow.channel_id, ChannelRow.timezone).where(ChannelRow.team_id == team, noise_in_it)
    return [(channel, zone) for channel, zone in await session.execute(query.order_by(ChannelRow.channel_id))]


async def shown(session: AsyncSession, place: Place, first: date, last: date, minimum: int) -> Sequence[ShownCell]:
    """The published cells that begin in these dates and may be shown now, by date.

    That is: not withdrawn, everybody in it consents at this moment, and they are `minimum` people or more. One
    statement, so that no erasure can come between the counts and the people.
    """
    theirs = and_(
        *(getattr(CellPersonRow, name) == getattr(CellRow, name) for name in ("team_id", "channel_id", "start", "unit"))
    )
    people = select(func.count()).select_from(CellPersonRow).where(theirs).correlate(CellRow).scalar_subquery()
    consenting = exists().where(PersonRow.user_id == CellPersonRow.user_id, CONSENTS)
    query = select(CellRow.start, CellRow.unit, CellRow.counts).where(
        *_within(CellRow, place, first, last),
        CellRow.withdrawn.is_(False),
        people >= minimum,
        ~exists().where(theirs, ~consenting),
    )
    rows = await session.execute(query.order_by(CellRow.start, CellRow.unit))
    return [ShownCell(start, cast("Unit", unit), _tally(counts)) for start, unit, counts in rows]


async def of_person(session: AsyncSession, user_id: UUID) -> Sequence[CellKey]:
    """The cells that a person contributed to, locked until the transaction ends: the caller is about to withdraw them.

    Locked before any part of them is deleted, and by key: two people of one cell can be erased at once.
    """
    query = select(CellPersonRow.team_id, CellPersonRow.channel_id, CellPersonRow.start, CellPersonRow.unit)
    keys = sorted(CellKey(*row) for row in await session.execute(query.where(CellPersonRow.user_id == user_id)))
    await _lock(session, keys)
    return keys


async def older(session: AsyncSession, team: str, before: date) -> Sequence[CellKey]:
    """The cells of a workspace that begin before that date and are not withdrawn yet."""
    query = select(CellRow.team_id, CellRow.channel_id, CellRow.start, CellRow.unit).where(
        CellRow.team_id == team, CellRow.start < before, CellRow.withdrawn.is_(False)
    )
    return [CellKey(*row) for row in await session.execute(query)]


async def withdraw(session: AsyncSession, keys: Sequence[CellKey], now: datetime) -> None:
    """Show these cells no more, ever. That they were published stays known, so that they are not published again."""
    keys = sorted(keys)
    await _lock(session, keys)
    for key in keys:
        await session.execute(delete(CellPersonRow).where(*_of(CellPersonRow, key)))
        await session.execute(update(CellRow).where(*_of(CellRow, key)).values(counts={}, withdrawn=True, time=now))


async def _lock(session: AsyncSession, keys: Sequence[CellKey]) -> None:
    if session.get_bind().dialect.name != "postgresql":
        return
    for key in keys:
        await session.execute(select(CellRow.version).where(*_of(CellRow, key)).with_for_update())


def _in_cells(place: Place, first: date) -> Any:  # noqa: ANN401 - a SELECT of one column
    return select(CellPersonRow.user_id).where(
        CellPersonRow.team_id == place.team, CellPersonRow.channel_id == place.channel, CellPersonRow.start >= first
    )


def _within(row: type[CellRow | CellPersonRow], place: Place, first: date, last: date) -> tuple[Any, ...]:
    return row.team_id == place.team, row.channel_id == place.channel, row.start >= first, row.start <= last


def _of(row: type[CellRow | CellPersonRow], key: CellKey) -> tuple[Any, ...]:
    return row.team_id == key.team, row.channel_id == key.channel, row.start == key.start, row.unit == key.unit


def _tally(stored: Mapping[str, int]) -> Tally:
    return {Emotion(label): count for label, count in stored.items()}


def _json(tally: Tally) -> Mapping[str, int]:
    return {emotion.value: count for emotion, count in tally.items() if count}
