"""A busy channel's month counted from its hours, and from its readings: `python -m tests.benchmarks.rollup`.

A million readings are made by SQL, the same on both databases, in a database as the version before the hours left it;
then the migrations count them. Before anything is timed, both ways of counting must agree. They take turns, so that
whatever else the machine does hits both alike. A count of the readings leaves nothing in the processor's caches of what
the hours need, so several counts of the hours follow it. What the counting costs whoever stores and deletes is measured
in two smaller databases of each kind: one without the triggers, one with them.
"""

import asyncio
import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer
from sqlalchemy import Integer, column, create_engine, delete, func, insert, make_url, select, text, values
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.disclosure import Calendar
from bot.messages import MessageId, Place
from bot.notice import NOTICE_VERSION
from bot.settings import POSTGRESQL, SQLITE
from bot.store import cells, migrate, readings
from bot.store.base import Instant, Store
from bot.store.hours import Span
from bot.store.people import Standing
from bot.store.readings import NewReading
from bot.store.tables import HourRow, PersonRow, ReadingRow
from emotion.labels import EMOTIONS, Emotion
from tests.benchmarks.table import load, machine, markdown
from tests.factories import CHANNEL, TEAM, reading, ts_of

_SERVER: Final = f"{POSTGRESQL}://root@127.0.0.1:5432/test"
_NOW: Final = datetime(2026, 11, 30, 14, 59, tzinfo=UTC)
_DAYS: Final = 30
_ZONES: Final = ("Asia/Seoul", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu")
_TIMES: Final = 9
"""How often the hours are counted after each count of the readings."""
_BEFORE: Final = "0003"
_HERE: Final = cells.Place(TEAM, CHANNEL)
_JSON: Final = "{" + ", ".join(f'"{emotion.value}": 0.14285714285714' for emotion in EMOTIONS) + "}"

Days = Mapping[date, Mapping[UUID, Mapping[Emotion, int]]]


@dataclass(slots=True)
class Times:
    """Seconds, round by round, of two ways that took turns."""

    one: list[float] = field(default_factory=list)
    other: list[float] = field(default_factory=list)

    def row(self, name: str) -> list[str]:
        """Both medians, and how many times longer the first takes."""
        one, other = statistics.median(self.one), statistics.median(self.other)
        return [name, f"{one * 1000:,.2f}", f"{other * 1000:,.2f}", f"{one / other:.2f}"]


def main(
    messages: Annotated[int, typer.Option(min=1000, help="Readings in the month.")] = 1_000_000,
    writers: Annotated[int, typer.Option(min=5, help="People who write in the channel.")] = 40,
    hours_a_day: Annotated[int, typer.Option(min=1, max=24, help="In how many hours of a day they do.")] = 9,
    rounds: Annotated[int, typer.Option(min=1, help="How often each is timed; the medians are printed.")] = 9,
) -> None:
    """Print two Markdown tables: counting a month, and what the counts cost whoever stores and deletes."""
    before = load()
    month, costs, notes = [], [], []
    with tempfile.TemporaryDirectory() as name, _databases(Path(name)) as databases:
        for kind, (large, plain, counting) in databases.items():
            seconds = fill(large, messages, writers, hours_a_day)
            found = asyncio.run(counted_month(large, rounds))
            notes.append(f"{kind}: {messages:,} readings in {found.rows:,} rows; the migrations took {seconds:.1f} s.")
            month += [times.row(f"{kind}, {zone}") for zone, times in found.times.items()]
            for url in (plain, counting):
                migrate.upgrade(url)
            stop_counting(plain)
            cost = asyncio.run(costs_of(plain, counting, _MESSAGES))
            costs += [times.row(f"{kind}, {what}") for what, times in cost.items()]
    typer.echo(markdown(["month", "readings ms", "hours ms", "times"], month))
    typer.echo(f"\n{markdown(['', 'with hours ms', 'without ms', 'times'], costs)}")
    typer.echo("\n" + "\n".join(notes))
    typer.echo(f"{writers} people, {hours_a_day} hours a day, {_DAYS} days, medians of {rounds} rounds.")
    typer.echo(f"{machine()}; load average {before:.2f} before, {load():.2f} after.")


def fill(url: str, messages: int, writers: int, hours_a_day: int) -> float:
    """Everybody consents and writes in these hours of each day; then that is counted. How many seconds that took."""
    migrate.upgrade(url, _BEFORE)
    is_postgresql = not url.startswith("sqlite")
    engine = create_engine(url if is_postgresql else make_url(url).set(drivername="sqlite"))
    made = _made(messages, writers, hours_a_day, is_postgresql=is_postgresql)
    with engine.begin() as connection:
        connection.exec_driver_sql(made.replace("%", "%%") if is_postgresql else made)
        connection.execute(insert(PersonRow), [_consent(UUID(int=number)) for number in range(1, writers + 1)])
    began = time.perf_counter()
    migrate.upgrade(url)
    seconds = time.perf_counter() - began
    with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        connection.exec_driver_sql("VACUUM ANALYZE" if is_postgresql else "ANALYZE")
    engine.dispose()
    return seconds


def stop_counting(url: str) -> None:
    """Leave the hours as they are, whatever is stored or deleted."""
    is_postgresql = not url.startswith("sqlite")
    engine = create_engine(url if is_postgresql else make_url(url).set(drivername="sqlite"))
    where = " ON emotion_readings" if is_postgresql else ""
    with engine.begin() as connection:
        for change in ("insert", "update", "delete"):
            connection.exec_driver_sql(f"DROP TRIGGER count_{change}{where}")
    engine.dispose()


def _made(messages: int, writers: int, hours_a_day: int, *, is_postgresql: bool) -> str:
    """SQL that makes the readings. Who wrote, and how it felt, looks like chance and is the same on both databases."""
    a_day = messages // _DAYS + 1
    opens = f"{_NOW.timestamp() - _DAYS * 86400:.0f} + n / {a_day} * 86400 + 9 * 3600"
    second = f"({opens} + (n % {a_day}) * {hours_a_day} * 3600 / {a_day})"
    writer = f"((n * 7919 + n / 7 * 104729) % 1000003 % {writers} + 1)"
    label = " ".join(f"WHEN {number} THEN '{emotion.value}'" for number, emotion in enumerate(EMOTIONS))
    if is_postgresql:
        moment, person = f"to_timestamp({second})", f"lpad(to_hex({writer}), 32, '0')::uuid"
        fraction = "lpad((n % 1000000)::text, 6, '0')"
        numbers = f"(SELECT generate_series(0, {messages - 1})::bigint AS n) AS numbers"
    else:
        moment = f"strftime('%Y-%m-%d %H:%M:%S.000000', {second}, 'unixepoch')"
        person, fraction = f"printf('%032x', {writer})", "printf('%06d', n % 1000000)"
        more = f"UNION ALL SELECT n + 1 FROM numbers WHERE n < {messages - 1}"  # noqa: S608 - a number of ours
        numbers = f"(WITH RECURSIVE numbers(n) AS (SELECT 0 {more}) SELECT n FROM numbers)"  # noqa: S608 - as above
    said = {
        "time": moment,
        "user_id": person,
        "team_id": f"'{TEAM}'",
        "channel_id": f"'{CHANNEL}'",
        "message_ts": f"{second} || '.' || {fraction}",
        "text_hash": f"'{'0' * 64}'",
        "model_version": "'test-1'",
        "temperature": "1.5",
        "logits": f"'{_JSON}'",
        "probs": f"'{_JSON}'",
        "top_label": f"CASE (n * 15485863 + n / 3) % 1000003 % {len(EMOTIONS)} {label} END",
        "top_p": "0.5",
        "entropy": "1.2",
        "meta": """'{"language": "en", "place": "channel"}'""",
    }
    return f"INSERT INTO emotion_readings ({', '.join(said)}) SELECT {', '.join(said.values())} FROM {numbers}"  # noqa: S608 - all of it is ours


def _consent(user_id: UUID) -> dict[str, Any]:
    since = _NOW - timedelta(days=_DAYS + 1)
    decided = {"team_id": TEAM, "consented_at": since, "epoch": UUID(int=9), "source": "test", "changed_at": since}
    return {"user_id": user_id, "notice_version": NOTICE_VERSION, "asked_version": NOTICE_VERSION, **decided}


@dataclass(slots=True)
class Month:
    """Counting the month, by the channel's time zone; the readings' times come first."""

    rows: int
    times: dict[str, Times]


async def counted_month(url: str, rounds: int) -> Month:
    store = Store(url)
    found = Month(0, {})
    async with store.read() as session:
        found.rows = await session.scalar(select(func.count()).select_from(HourRow)) or 0
        for zone in _ZONES:
            calendar = Calendar.of(_DAYS, zone, _NOW, _DAYS + 10)
            spans = {day: calendar.span(day) for week in calendar.weeks for day in calendar.days_of(week)}
            assert await _scan(session, spans) == await cells.written(session, _HERE, spans), "they do not agree"
            times = found.times[zone] = Times()
            for _ in range(rounds):
                times.one.append(await _timed(lambda spans=spans: _scan(session, spans)))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                for _ in range(_TIMES):
                    times.other.append(await _timed(lambda spans=spans: cells.written(session, _HERE, spans)))  # type: ignore[misc]  # as above
    await store.close()
    return found


async def _timed(work: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


async def _scan(session: AsyncSession, spans: Mapping[date, Span]) -> Days:
    """As it was done before there were hours: the database counts by day, person and label."""
    found: dict[date, dict[UUID, Counter[Emotion]]] = {day: {} for day in spans}
    days = list(spans)
    columns = column("number", Integer), column("opens", Instant), column("closes", Instant)
    wanted = values(*columns, name="spans").data([(n, *spans[day]) for n, day in enumerate(days)]).cte("wanted")
    query = (
        select(wanted.c.number, ReadingRow.user_id, ReadingRow.top_label, func.count())
        .join_from(wanted, ReadingRow, (ReadingRow.time >= wanted.c.opens) & (ReadingRow.time < wanted.c.closes))
        .join(PersonRow, PersonRow.user_id == ReadingRow.user_id)
        .where(ReadingRow.team_id == TEAM, ReadingRow.channel_id == CHANNEL)
        .where(PersonRow.consented_at.is_not(None), PersonRow.notice_version >= NOTICE_VERSION)
        .group_by(wanted.c.number, ReadingRow.user_id, ReadingRow.top_label)
    )
    for number, person, label, messages in await session.execute(query):
        found[days[number]].setdefault(person, Counter())[Emotion(label)] = messages
    return found


_MESSAGES: Final = 1500
_WRITERS: Final = 20


async def costs_of(plain: str, counting: str, messages: int) -> dict[str, Times]:
    """Messages stored one by one by two databases in turns, each in a transaction; then all deleted with one statement.

    The first times are those of the database with the hours.
    """
    one_by_one, at_once = Times(), Times()
    async with AsyncExitStack() as stack:
        stores = [Store(url) for url in (counting, plain)]
        for store in stores:
            stack.push_async_callback(store.close)
            async with store.begin() as session:
                rows = [_consent(UUID(int=number)) for number in range(1, _WRITERS + 1)]
                await session.execute(insert(PersonRow), rows)
        for number in range(messages):
            new = _new(number)
            for store, times in zip(stores, (one_by_one.one, one_by_one.other), strict=True):
                times.append(await _timed(lambda store=store, new=new: _kept(store, new)))  # type: ignore[misc]  # as above
        for store, times in zip(stores, (at_once.one, at_once.other), strict=True):
            times.append(await _timed(lambda store=store: _emptied(store)))  # type: ignore[misc]  # as above
    return {"storing a message": one_by_one, f"deleting {messages} at once": at_once}


def _new(number: int) -> NewReading:
    moment = _NOW - timedelta(seconds=10 * (_MESSAGES - number))
    seen = Standing(_NOW - timedelta(days=_DAYS + 1), UUID(int=9))
    message, felt = MessageId(TEAM, CHANNEL, ts_of(moment)), reading(EMOTIONS[number % len(EMOTIONS)])
    who = UUID(int=number * 7 % _WRITERS + 1)
    return NewReading(message, who, Place.CHANNEL, "0" * 64, felt, seen, f"{number:064}")


async def _kept(store: Store, new: NewReading) -> None:
    async with store.begin() as session:
        assert await readings.keep(session, new), "not stored"


async def _emptied(store: Store) -> None:
    async with store.begin() as session:
        await session.execute(delete(ReadingRow))


@contextmanager
def _databases(folder: Path) -> Iterator[dict[str, list[str]]]:
    """Three empty ones of each kind; without PostgreSQL where no server answers."""
    urls = {"SQLite": [f"{SQLITE}:///{folder / name}.db" for name in ("large", "plain", "counting")]}
    server = make_url(os.environ.get("TEST_POSTGRES_URL") or _SERVER).set(drivername=POSTGRESQL)
    engine = create_engine(server, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 2})
    schemas = [f"maeum_rollup_{os.getpid()}_{number}" for number in range(3)]
    try:
        with engine.connect() as connection:
            for schema in schemas:
                connection.execute(text(f"CREATE SCHEMA {schema}"))
        urls["PostgreSQL"] = [
            server.update_query_dict({"options": f"-csearch_path={schema}"}).render_as_string(hide_password=False)
            for schema in schemas
        ]
    except OperationalError:
        typer.echo("no PostgreSQL answers (TEST_POSTGRES_URL): SQLite alone", err=True)
    try:
        yield urls
    finally:
        if "PostgreSQL" in urls:
            with engine.connect() as connection:
                for schema in schemas:
                    connection.execute(text(f"DROP SCHEMA {schema} CASCADE"))
        engine.dispose()


if __name__ == "__main__":
    typer.run(main)
