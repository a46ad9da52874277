"""Readings counted by hour, so that a channel's picture need not count every one of them.

The table is kept exact by triggers on the readings (`migrations/versions/0004_hours.py`): whatever stores, edits or
deletes a reading, by whichever way and however many at once, has counted it when its transaction is committed. No code
here writes it, but for `rebuild`.

Locks on PostgreSQL: an hour is locked after everything else, when the transaction commits. Only a deletion counts at
once: what is stored of the same person, channel and hour meanwhile waits for it with its commit. SQLite counts with
each statement: a transaction that may write has the database to itself.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, column, delete, func, insert, select, text, union, values
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.base import Instant
from bot.store.tables import HourRow, PersonRow, ReadingRow
from emotion.labels import EMOTIONS, Emotion

Span = tuple[datetime, datetime]
"""From a moment up to, but without, another."""
Written = tuple[int, UUID, Mapping[Emotion, int]]
"""The number of a span, who wrote in it, and how many messages of each emotion; of those without any, nothing."""

HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_KEY: Final = (HourRow.team_id, HourRow.channel_id, HourRow.hour, HourRow.user_id)
_COUNTS: Final[Sequence[InstrumentedAttribute[int]]] = [getattr(HourRow, emotion.value) for emotion in EMOTIONS]


def split(span: Span) -> tuple[Span | None, Sequence[Span]]:
    """The full hours (UTC) in the middle of a span, and what is left at its two edges.

    A day has edges where its time zone is not a full number of hours from UTC, as in India or Nepal.
    """
    opens, closes = (moment.astimezone(UTC) for moment in span)
    first, last = -(-(opens - _EPOCH) // HOUR), (closes - _EPOCH) // HOUR
    if first >= last:
        return None, [(opens, closes)] if opens < closes else []
    whole = _EPOCH + first * HOUR, _EPOCH + last * HOUR
    return whole, [(start, end) for start, end in ((opens, whole[0]), (whole[1], closes)) if start < end]


async def written(
    session: AsyncSession, team: str, channel: str, spans: Sequence[Span], whose: ColumnElement[bool]
) -> Sequence[Written]:
    """What people of whom `whose` holds (a condition on their consent) wrote in the channel, by span and person.

    A person can come twice for one span: what the hours in it say, and what the readings at its edges say.
    """
    whole: dict[int, Sequence[Span]] = {}
    edges: dict[int, Sequence[Span]] = {}
    for number, span in enumerate(spans):
        hours, edges[number] = split(span)
        whole[number] = [hours] if hours is not None else []
    counted = await _rows(session, _counted(team, channel, whole, whose)) if any(whole.values()) else []
    scanned = await _rows(session, _scanned(team, channel, edges, whose)) if any(edges.values()) else []
    return [*counted, *scanned]


async def verify(session: AsyncSession) -> int:
    """How many hours, of whichever person and channel, are not as the readings say: 0. Goes through all readings."""
    stood, kept = _readings_by_hour(session), select(*_KEY, *_COUNTS)
    wrong = union(
        *(one.except_(other).subquery(name).select() for name, one, other in (("m", stood, kept), ("f", kept, stood)))
    ).subquery("wrong")
    keys = select(*(wrong.columns[part.key] for part in _KEY)).distinct()
    return await session.scalar(select(func.count()).select_from(keys.subquery("keys"))) or 0


async def rebuild(session: AsyncSession) -> int:
    """Count everything anew from the readings; how many hours there are. Nobody stores a reading meanwhile."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"LOCK TABLE {ReadingRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    await session.execute(delete(HourRow))
    names = [part.key for part in (*_KEY, *_COUNTS)]
    await session.execute(insert(HourRow).from_select(names, _readings_by_hour(session)))
    return await session.scalar(select(func.count()).select_from(HourRow)) or 0


def _counted(
    team: str, channel: str, spans: Mapping[int, Sequence[Span]], whose: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    wanted = _wanted(spans)
    sums = (
        select(wanted.c.number, HourRow.user_id, *(func.sum(count).label(count.key) for count in _COUNTS))
        .join_from(wanted, HourRow, (HourRow.hour >= wanted.c.opens) & (HourRow.hour < wanted.c.closes))
        .where(HourRow.team_id == team, HourRow.channel_id == channel)
        .group_by(wanted.c.number, HourRow.user_id)
        .subquery("sums")
    )
    return select(sums).join(PersonRow, PersonRow.user_id == sums.c.user_id).where(whose)


def _scanned(
    team: str, channel: str, spans: Mapping[int, Sequence[Span]], whose: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    wanted = _wanted(spans)
    return (
        select(wanted.c.number, ReadingRow.user_id, *_by_label())
        .join_from(wanted, ReadingRow, (ReadingRow.time >= wanted.c.opens) & (ReadingRow.time < wanted.c.closes))
        .join(PersonRow, PersonRow.user_id == ReadingRow.user_id)
        .where(ReadingRow.team_id == team, ReadingRow.channel_id == channel, whose)
        .group_by(wanted.c.number, ReadingRow.user_id)
    )


def _wanted(spans: Mapping[int, Sequence[Span]]) -> Any:  # noqa: ANN401 - a CTE
    """The spans as a table. SQLite gives names to the columns of values in a CTE only."""
    columns = column("number", Integer), column("opens", Instant), column("closes", Instant)
    rows = [(number, *span) for number, several in spans.items() for span in several]
    return values(*columns, name="spans").data(rows).cte("wanted")


async def _rows(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> Sequence[Written]:
    return [
        (number, person, {emotion: count for emotion, count in zip(EMOTIONS, counts, strict=True) if count})
        for number, person, *counts in await session.execute(query)
    ]


def _readings_by_hour(session: AsyncSession) -> Select[*tuple[Any, ...]]:
    hour: ColumnElement[Any]
    if session.get_bind().dialect.name == "postgresql":
        hour = func.date_trunc("hour", ReadingRow.time, "UTC")
    else:  # text, in UTC
        hour = func.substr(ReadingRow.time, 1, 13).op("||")(":00:00.000000")
    hour = hour.label("hour")
    key = (ReadingRow.team_id, ReadingRow.channel_id, hour, ReadingRow.user_id)
    return select(*key, *_by_label()).group_by(*key)


def _by_label() -> Sequence[ColumnElement[int]]:
    return [func.count().filter(ReadingRow.top_label == emotion.value).label(emotion.value) for emotion in EMOTIONS]
