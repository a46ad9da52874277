"""Everything about one person, or one workspace, across all tables, whatever tables there are."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Table, delete, exists, func, select, text, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.calendar_rules import DIARY
from bot.store import cells, files, hours, locks, rules, slots
from bot.store.base import Base
from bot.store.hours import HOUR
from bot.store.tables import (
    AuditActorRow,
    ConsentReceiptRow,
    CorrectionRow,
    DeliveryRow,
    DoomedFileRow,
    HourRow,
    PersonRow,
    ReadingRow,
    ReplyRow,
    RetractionRow,
    ScheduleRow,
    SentFileRow,
    SlotRow,
    erasure_rule,
)

PERSON_COLUMN: Final = "user_id"
TEAM_COLUMN: Final = "team_id"
_LOCK: Final = 0x6D61_6575_6D01
"""The number of PostgreSQL's advisory lock for whoever deletes."""


def personal_tables() -> list[Table]:
    """Every table with people in it; the consents first, because whoever writes about a person locks theirs first."""
    tables = [table for table in Base.metadata.sorted_tables if PERSON_COLUMN in table.columns]
    return sorted(tables, key=lambda table: table.name != PersonRow.__tablename__)


def table_names() -> list[str]:
    """The names of the tables with people in them."""
    return [table.name for table in personal_tables()]


async def hold(session: AsyncSession) -> None:
    """Let nobody else erase, expire or withdraw until this transaction ends. The first thing that each of them does.

    Two that delete rows of several people would otherwise wait for each other: both withdraw a cell that two people
    are in, or one goes by the person and the other by the age. SQLite lets one writer in at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))


async def wait_for_erasure(session: AsyncSession, user_id: UUID) -> None:
    """Let nobody erase that person until this transaction ends; an erasure that is under way ends first.

    For writing about somebody of whom there may be no consent to lock.
    """
    await locks.hold(session, str(user_id), shared=True)


async def holdings(session: AsyncSession, user_id: UUID) -> dict[str, int]:
    """How many rows each table holds about the person; every table with people in it is named."""
    return {
        table.name: await session.scalar(
            select(func.count()).select_from(table).where(table.columns[PERSON_COLUMN] == user_id)
        )
        or 0
        for table in personal_tables()
    }


async def erase(session: AsyncSession, user_id: UUID, now: datetime) -> dict[str, int]:
    """Delete or disown every row about the person, as the tables declare; how many rows, by table.

    Cells of pictures that the person is in are withdrawn, and files that were sent to them alone are doomed. Of the
    schedules that they set the channels keep theirs; when their diary comes is deleted, with its slots.
    """
    await hold(session)
    await locks.hold(session, str(user_id))
    counts = Counter[str]()
    for table in personal_tables():
        person = table.columns[PERSON_COLUMN]
        if table is SentFileRow.__table__:
            counts[table.name] = await files.doom(session, SentFileRow.user_id == user_id, now)
            continue
        published = await cells.of_person(session, user_id) if table.name == "cell_people" else ()
        if table is ReadingRow.__table__:
            counts[HourRow.__tablename__] = await _hours(session, HourRow.user_id == user_id)
        if table is ScheduleRow.__table__:  # before the slots, in the order of whoever claims one
            counts[table.name] += await _delete(session, table, (person == user_id) & (ScheduleRow.picture == DIARY))
        counts[table.name] += await _forget(session, table, person == user_id)
        await cells.withdraw(session, published, now)
    return dict(counts)


async def predates(session: AsyncSession, user_id: UUID, moment: datetime) -> bool:
    """Whether anything about the person may be older than that moment: not where they opted in anew since."""
    first = await session.scalar(select(func.min(ConsentReceiptRow.time)).where(ConsentReceiptRow.user_id == user_id))
    if first is None or first <= moment:
        return True
    older = select(exists().where(ReadingRow.user_id == user_id, ReadingRow.time <= moment))
    return bool(await session.scalar(older))


async def erase_team(session: AsyncSession, team: str) -> dict[str, int]:
    """Delete everything about a workspace and everybody in it; how many rows, by table.

    What names no workspace (the audit, the hashes of deleted messages) has nobody in it, but for who did what in the
    audit: that goes too. Files that the bot sent stay in Slack, which takes no call any more.
    """
    await hold(session)
    await _lock_people(session, PersonRow.team_id == team)
    tables = [table for table in Base.metadata.sorted_tables if TEAM_COLUMN in table.columns]
    people = await _everybody(session, team)
    counts = Counter[str]()
    for table in personal_tables():
        if TEAM_COLUMN in table.columns:
            continue  # below, all rows at once
        for person in people:
            counts[table.name] += await _forget(session, table, table.columns[PERSON_COLUMN] == person)
    first = PersonRow.__tablename__
    counts[HourRow.__tablename__] = await _hours(session, HourRow.team_id == team)
    for table in sorted(tables, key=lambda table: table.name != first):
        counts[table.name] += await _delete(session, table, table.columns[TEAM_COLUMN] == team)
    # An administrator who never wrote to the bot stands in no table that names a workspace. Marks of people whom no
    # other workspace's rows name are taken for theirs: rather one too many goes than one stays.
    elsewhere = union(
        *(
            select(table.columns[PERSON_COLUMN]).where(table.columns[PERSON_COLUMN].is_not(None))
            for table in tables
            if PERSON_COLUMN in table.columns
        )
    )
    unknown = AuditActorRow.user_id.not_in(elsewhere)
    counts[AuditActorRow.__tablename__] += await _delete(session, _table(AuditActorRow), unknown)
    return dict(counts)


async def erase_team_again(session: AsyncSession, team: str, moment: datetime, now: datetime) -> Mapping[str, int]:
    """Repeat the deletion of a workspace as of that moment; how many rows, by table.

    Where somebody there has opted in since, and has nothing older, they stay, and with them what names nobody.
    """
    people = await _everybody(session, team)
    gone = [person for person in people if await predates(session, person, moment)]
    if len(gone) == len(people):
        return await erase_team(session, team)
    counts = Counter[str]()
    for person in gone:
        counts.update(await erase(session, person, now))
    return dict(counts)


async def _everybody(session: AsyncSession, team: str) -> Sequence[UUID]:
    """Whoever any row of that workspace names."""
    named = union(
        *(
            select(table.columns[PERSON_COLUMN]).where(table.columns[TEAM_COLUMN] == team)
            for table in personal_tables()
            if TEAM_COLUMN in table.columns
        )
    )
    return [person for person in await session.scalars(named) if person is not None]


async def teams(session: AsyncSession) -> Sequence[str]:
    """Every workspace that something is stored of."""
    named = [table for table in Base.metadata.sorted_tables if TEAM_COLUMN in table.columns]
    found = await session.scalars(union(*(select(table.columns[TEAM_COLUMN]) for table in named)))
    return sorted(found)


async def expire(session: AsyncSession, days: int, now: datetime) -> dict[str, int]:
    """Delete what is older than the retention of its workspace: `days`, unless its administrators set another.

    Readings of messages older than that, and the claims, corrections, files, slots and retractions of that age.
    Cells of pictures that begin before are withdrawn. Who withdrew before then and has no younger readings is
    forgotten too; whoever consents stays.
    """
    await hold(session)
    counts = Counter[str]()
    longest = days
    for team in await teams(session):
        kept_for = (await rules.of(session, team)).retention_days or days
        longest = max(longest, kept_for)
        counts.update(await _expire_team(session, team, now - timedelta(days=kept_for), now))
    before = now - timedelta(days=longest)
    given_up = (DoomedFileRow.attempts >= files.ATTEMPTS) & (DoomedFileRow.time < before)
    counts[DoomedFileRow.__tablename__] = await _delete(session, _table(DoomedFileRow), given_up)
    done = SlotRow.slot < min(before, now - slots.KEPT)
    for row, old in (
        (RetractionRow, RetractionRow.time < before),
        (SlotRow, done),
        (DeliveryRow, DeliveryRow.time < before),
    ):
        counts[row.__tablename__] += await _delete(session, _table(row), old)
    await hours.drop_empty_pieces(session, before)
    return {name: counts[name] for name in (*_EXPIRING, *sorted(set(counts) - set(_EXPIRING)))}


_EXPIRING: Final = (PersonRow.__tablename__, ReadingRow.__tablename__)
"""Tables that a report of retention always names."""


async def _expire_team(session: AsyncSession, team: str, before: datetime, now: datetime) -> Mapping[str, int]:
    younger = exists().where(ReadingRow.user_id == PersonRow.user_id, ReadingRow.time >= before)
    withdrawn = (
        (PersonRow.team_id == team) & PersonRow.consented_at.is_(None) & (PersonRow.changed_at < before) & ~younger
    )
    # First, as in an erasure: whoever writes about a person locks their consent first.
    await _lock_people(session, withdrawn)
    gone = (await session.scalars(delete(PersonRow).where(withdrawn).returning(PersonRow.user_id))).all()
    counts = {PersonRow.__tablename__: len(gone)}
    past = (HourRow.team_id == team) & (HourRow.hour <= before - HOUR)
    counts[HourRow.__tablename__] = await _hours(session, past)
    for person in gone:
        await _delete(session, _table(ConsentReceiptRow), ConsentReceiptRow.user_id == person)
    for row in (CorrectionRow, ReadingRow, ReplyRow):  # in the order of an erasure
        old = (row.team_id == team) & (row.time < before)
        counts[row.__tablename__] = await _delete(session, _table(row), old)
    await _delete(session, _table(HourRow), past)
    old_files = (SentFileRow.team_id == team) & (SentFileRow.time < before)
    counts[SentFileRow.__tablename__] = await files.doom(session, old_files, now)
    await cells.withdraw(session, await cells.older(session, team, before.date()), now)
    return counts


async def _lock_people(session: AsyncSession, which: ColumnElement[bool]) -> None:
    """Lock these people's consents in the order in which everybody does who locks several."""
    await session.execute(select(PersonRow.user_id).where(which).order_by(PersonRow.user_id).with_for_update())


async def _hours(session: AsyncSession, which: ColumnElement[bool]) -> int:
    """How many hours are about to go with their readings: a trigger takes them along, and counts nothing for us."""
    return await session.scalar(select(func.count()).select_from(HourRow).where(which)) or 0


async def _forget(session: AsyncSession, table: Table, whose: ColumnElement[bool]) -> int:
    if erasure_rule(table) == "disown":
        change = update(table).values({PERSON_COLUMN: None}).where(whose)
        return len((await session.execute(change.returning(*table.primary_key))).all())
    return await _delete(session, table, whose)


async def _delete(session: AsyncSession, table: Table, which: ColumnElement[bool]) -> int:
    return len((await session.execute(delete(table).where(which).returning(*table.primary_key))).all())


def _table(row: type[Base]) -> Table:
    return Base.metadata.tables[row.__tablename__]
