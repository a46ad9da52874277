"""Readings counted by hour, so that a channel's picture need not count every one of them.

The table is kept exact by triggers on the readings (`migrations/versions/0004_hours.py`): whatever stores, edits or
deletes a reading, by whichever way and however many at once, has counted it when its transaction is committed. No code
here writes it, but for `rebuild`.

Locks on PostgreSQL: an hour is locked after everything else, when the transaction commits. Only a deletion counts at
once: what is stored of the same person, channel and hour meanwhile waits for it with its commit. SQLite counts with
each statement: a transaction that may write has the database to itself.
"""

import functools
import json
from collections.abc import Mapping, MutableMapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    String,
    bindparam,
    column,
    delete,
    func,
    insert,
    select,
    text,
    true,
    type_coerce,
    union,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from bot.store.base import Instant
from bot.store.tables import HourRow, PersonRow, ReadingRow
from emotion.labels import EMOTIONS, Emotion

Span = tuple[datetime, datetime]
"""From a moment up to, but without, another."""
Written = Mapping[UUID, Mapping[Emotion, int]]
"""Who wrote, and how many messages of each emotion; of those without any, nothing."""
_Piece = tuple[int, datetime, datetime]
"""A number, and a span in UTC."""
_Counts = MutableMapping[Any, Sequence[int]]
"""Seven numbers for each person. Who that is, is said as the database's driver says it."""

HOUR: Final = timedelta(hours=1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_POSTGRESQL: Final = "postgresql"
_HOURS: Final = "hours"
_BETWEEN: Final = "between"
_TEAM: Final = bindparam("team", type_=String)
_CHANNEL: Final = bindparam("channel", type_=String)
_KEY: Final = (HourRow.team_id, HourRow.channel_id, HourRow.hour, HourRow.user_id)
_COUNTS: Final[Sequence[InstrumentedAttribute[int]]] = [getattr(HourRow, emotion.value) for emotion in EMOTIONS]


def nearest(moment: datetime) -> datetime:
    """The full hour (UTC) next to a moment, at most half an hour away; the later one of two."""
    return _EPOCH + (moment - _EPOCH + HOUR / 2) // HOUR * HOUR


async def written(
    session: AsyncSession, team: str, channel: str, spans: Sequence[Span], whose: ColumnElement[bool]
) -> Sequence[Written]:
    """What people of whom `whose` holds (a condition on their consent) wrote in the channel, span by span.

    A day begins and ends beside the full hour where its time zone is not a full number of hours from UTC, as in India
    or Nepal. It is counted from the hours nearest to its ends; what was written between these and the ends is counted
    message by message, once for the two days that meet there, and added or taken away.
    """
    ends = [(opens.astimezone(UTC), closes.astimezone(UTC)) for opens, closes in spans]
    hours = [(number, nearest(opens), nearest(closes)) for number, (opens, closes) in enumerate(ends)]
    beside = sorted({moment for both in ends for moment in both if moment != nearest(moment)})
    between = [
        (number, min(moment, nearest(moment)), max(moment, nearest(moment)))
        for number, moment in enumerate(beside, start=len(spans))
    ]
    found = await _found(session, {_TEAM.key: team, _CHANNEL.key: channel}, hours, between, whose)
    rest = dict(zip(beside, found[len(spans) :], strict=True))
    for counts, (opens, closes) in zip(found, ends, strict=False):
        for moment, sign in ((opens, -1), (closes, 1)):
            if moment in rest:
                _add(counts, rest[moment], sign if moment > nearest(moment) else -sign)
    person = functools.cache(lambda name: UUID(str(name)))
    return [
        {person(name): tally for name, numbers in counts.items() if (tally := _tally(numbers))}
        for counts in found[: len(spans)]
    ]


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
    if session.get_bind().dialect.name == _POSTGRESQL:
        await session.execute(text(f"LOCK TABLE {ReadingRow.__tablename__} IN SHARE ROW EXCLUSIVE MODE"))
    await session.execute(delete(HourRow))
    names = [part.key for part in (*_KEY, *_COUNTS)]
    await session.execute(insert(HourRow).from_select(names, _readings_by_hour(session)))
    return await session.scalar(select(func.count()).select_from(HourRow)) or 0


async def drop_empty_pieces(session: AsyncSession, before: datetime) -> None:
    """Drop the weeks of a hypertable that end before that moment. Their readings must be deleted, and counted so.

    A deletion leaves them as empty tables, and there would be ever more of them. Elsewhere there are none.
    """
    if session.get_bind().dialect.name != _POSTGRESQL:
        return
    schema = await session.scalar(text(_TIMESCALE))
    if schema is not None and await session.scalar(text(_IS_HYPERTABLE)):
        drop = f"SELECT {schema}.drop_chunks('{ReadingRow.__tablename__}', older_than => CAST(:before AS timestamptz))"
        await session.execute(text(drop), {"before": before})


_TIMESCALE: Final = (
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace space ON space.oid = extnamespace "
    "WHERE extname = 'timescaledb'"
)
_IS_HYPERTABLE: Final = (
    "SELECT true FROM timescaledb_information.hypertables "
    "WHERE hypertable_schema = current_schema() AND hypertable_name = 'emotion_readings'"
)


async def _found(
    session: AsyncSession,
    where: Mapping[str, str],
    hours: Sequence[_Piece],
    between: Sequence[_Piece],
    whose: ColumnElement[bool],
) -> Sequence[_Counts]:
    """The counts of each piece, by number. One statement: nothing is written between the hours and the readings."""
    is_postgresql = session.get_bind().dialect.name == _POSTGRESQL
    given = _given_to_postgresql if is_postgresql else _given_to_sqlite
    asked = {**where, **given(_HOURS, hours), **(given(_BETWEEN, between) if between else {})}
    connection = await session.connection()  # the session itself would look for objects in each row
    rows = await connection.execute(_query(whose, is_postgresql=is_postgresql, is_beside=bool(between)), asked)
    found: list[_Counts] = [{} for _ in (*hours, *between)]
    for number, name, *counts in rows.all():
        found[number][name] = counts
    return found


def _add(counts: _Counts, more: _Counts, sign: int) -> None:
    for name, numbers in more.items():
        before = counts.get(name, (0,) * len(EMOTIONS))
        counts[name] = [one + sign * other for one, other in zip(before, numbers, strict=True)]


def _tally(counts: Sequence[int]) -> Mapping[Emotion, int]:
    return {emotion: count for emotion, count in zip(EMOTIONS, counts, strict=True) if count > 0}


# To make the statement takes as long as a third of its counting. So it is made once, and the pieces are parameters.


@functools.lru_cache(maxsize=4)
def _query(whose: ColumnElement[bool], *, is_postgresql: bool, is_beside: bool) -> Select[*tuple[Any, ...]]:
    wanted = _wanted_from_arrays if is_postgresql else _wanted_from_json
    scanned = _scanned_by_piece if is_postgresql else _scanned
    counted: Any = _counted(wanted(_HOURS))
    if is_beside:
        counted = counted.union_all(scanned(wanted(_BETWEEN)))
    sums = counted.subquery("sums")
    name = type_coerce(sums.c.user_id, String)  # SQLite has text, which is made a UUID once a person, not once a row
    labels = (sums.c[emotion.value] for emotion in EMOTIONS)
    return select(sums.c.number, name, *labels).join(PersonRow, PersonRow.user_id == sums.c.user_id).where(whose)


def _counted(wanted: CTE) -> Select[*tuple[Any, ...]]:
    return (
        select(wanted.c.number, HourRow.user_id, *(func.sum(count).label(count.key) for count in _COUNTS))
        .join_from(wanted, HourRow, (HourRow.hour >= wanted.c.opens) & (HourRow.hour < wanted.c.closes))
        .where(HourRow.team_id == _TEAM, HourRow.channel_id == _CHANNEL)
        .group_by(HourRow.user_id, wanted.c.number)  # the other way round SQLite sorts more slowly
    )


def _scanned(wanted: CTE) -> Select[*tuple[Any, ...]]:
    return (
        select(wanted.c.number, ReadingRow.user_id, *_by_label())
        .join_from(wanted, ReadingRow, (ReadingRow.time >= wanted.c.opens) & (ReadingRow.time < wanted.c.closes))
        .where(ReadingRow.team_id == _TEAM, ReadingRow.channel_id == _CHANNEL)
        .group_by(ReadingRow.user_id, wanted.c.number)
    )


def _scanned_by_piece(wanted: CTE) -> Select[*tuple[Any, ...]]:
    """The same for PostgreSQL, which expects millions of rows of that join and goes through all readings for it."""
    piece = (
        select(ReadingRow.user_id, *_by_label())
        .where(ReadingRow.team_id == _TEAM, ReadingRow.channel_id == _CHANNEL)
        .where(ReadingRow.time >= wanted.c.opens, ReadingRow.time < wanted.c.closes)
        .group_by(ReadingRow.user_id)
        .lateral("piece")
    )
    return select(wanted.c.number, piece).join_from(wanted, piece, true())


def _wanted_from_json(name: str) -> CTE:
    each = func.json_each(bindparam(name, type_=String)).table_valued("value", name=f"each_{name}")
    number, opens, closes = (func.json_extract(each.c.value, f"$[{place}]") for place in range(3))
    wanted = select(
        type_coerce(number, Integer).label("number"),
        type_coerce(opens, Instant).label("opens"),
        type_coerce(closes, Instant).label("closes"),
    )
    return wanted.cte(f"wanted_{name}").prefix_with("MATERIALIZED")  # or SQLite reads the JSON again for each row


def _given_to_sqlite(name: str, pieces: Sequence[_Piece]) -> Mapping[str, Any]:
    return {name: json.dumps([(number, _stored(opens), _stored(closes)) for number, opens, closes in pieces])}


def _stored(moment: datetime) -> str:
    """A moment in UTC, as SQLite has it in its tables."""
    return moment.replace(tzinfo=None).isoformat(" ", "microseconds")


def _wanted_from_arrays(name: str) -> CTE:
    columns = column("number", Integer), column("opens", Instant), column("closes", Instant)
    arrays = [bindparam(f"{name}_{one.key}", type_=ARRAY(one.type)) for one in columns]
    each = func.unnest(*arrays).table_valued(*columns, name=f"each_{name}")
    return select(each.render_derived()).cte(f"wanted_{name}")


def _given_to_postgresql(name: str, pieces: Sequence[_Piece]) -> Mapping[str, Any]:
    numbers, opens, closes = ([piece[place] for piece in pieces] for place in range(3))
    return {f"{name}_number": numbers, f"{name}_opens": opens, f"{name}_closes": closes}


def _readings_by_hour(session: AsyncSession) -> Select[*tuple[Any, ...]]:
    hour: ColumnElement[Any]
    if session.get_bind().dialect.name == _POSTGRESQL:
        hour = func.hour_of(ReadingRow.time)
    else:  # text, in UTC
        hour = func.substr(ReadingRow.time, 1, 13).op("||")(":00:00.000000")
    hour = hour.label("hour")
    key = (ReadingRow.team_id, ReadingRow.channel_id, hour, ReadingRow.user_id)
    return select(*key, *_by_label()).group_by(*key)


def _by_label() -> Sequence[ColumnElement[int]]:
    return [func.count().filter(ReadingRow.top_label == emotion.value).label(emotion.value) for emotion in EMOTIONS]
