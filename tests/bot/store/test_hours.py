"""Hours: kept by triggers, whatever writes the readings, and asked in their place."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, event, insert, literal, select, text, update

from bot.messages import MessageId, Person
from bot.privacy import Privacy
from bot.pseudonyms import Pseudonyms
from bot.store import cells, hours, migrate, readings
from bot.store.base import Instant, Store
from bot.store.cells import Place
from bot.store.hours import HOUR, Span, nearest
from bot.store.people import CONSENTS
from bot.store.tables import HourRow, ReadingRow
from emotion.labels import EMOTIONS, Emotion
from tests.conftest import opened
from tests.factories import CHANNEL, TEAM, consenting, message_id, new_reading, person, wrote
from tests.fakes import Clock

ALICE, BORAM = person(1), person(2)
HERE = Place(TEAM, CHANNEL)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - as Hypothesis wants them


@pytest.fixture
async def alice(store: Store, pseudonyms: Pseudonyms) -> UUID:
    """She and Boram consent."""
    await consenting(store, pseudonyms, [ALICE, BORAM], NOON - timedelta(days=10))
    return pseudonyms.person(ALICE)


async def counted(store: Store) -> dict[tuple[datetime, UUID], dict[str, int]]:
    """What every hour says, of each person in it: the emotions that are not 0."""
    async with store.read() as session:
        rows = await session.scalars(select(HourRow).execution_options(populate_existing=True))
        return {
            (row.hour, row.user_id): {name: count for name in EMOTIONS if (count := getattr(row, name.value))}
            for row in rows
        }


async def wrong(store: Store) -> int:
    async with store.read() as session:
        return await hours.verify(session)


async def execute(store: Store, *statements: str) -> None:
    async with store.begin() as session:
        for statement in statements:
            await session.execute(text(statement))


@given(MOMENTS)
def test_the_nearest_hour_is_at_most_half_an_hour_away(moment: datetime) -> None:
    """So that little is left to look at message by message; the later one from half past on."""
    hour = nearest(moment)
    assert hour == hour.replace(minute=0, second=0, microsecond=0)
    assert -HOUR / 2 <= moment - hour < HOUR / 2
    assert nearest(hour) == hour


async def test_a_message_is_counted_in_its_hour(store: Store, pseudonyms: Pseudonyms, alice: UUID) -> None:
    """From its first moment up to, but without, the next one's; each person and each emotion apart."""
    boram = pseudonyms.person(BORAM)
    await wrote(store, pseudonyms, ALICE, NOON, label=Emotion.JOY)
    await wrote(store, pseudonyms, ALICE, NOON + HOUR - timedelta(microseconds=1), label=Emotion.FEAR)
    await wrote(store, pseudonyms, ALICE, NOON + HOUR, label=Emotion.JOY)
    await wrote(store, pseudonyms, BORAM, NOON + timedelta(seconds=1), label=Emotion.JOY)
    assert await counted(store) == {
        (NOON, alice): {"joy": 1, "fear": 1},
        (NOON + HOUR, alice): {"joy": 1},
        (NOON, boram): {"joy": 1},
    }


async def test_an_edit_moves_from_one_emotion_to_the_other_and_a_deletion_leaves_no_row(
    store: Store, pseudonyms: Pseudonyms, alice: UUID
) -> None:
    """Where nothing is left of an hour, nothing tells that the person ever wrote in it."""
    await wrote(store, pseudonyms, ALICE, NOON, label=Emotion.JOY)
    edited = await new_reading(store, pseudonyms, ALICE, NOON, label=Emotion.ANGER)
    async with store.begin() as session:
        assert await readings.replace(session, edited)
    assert await counted(store) == {(NOON, alice): {"anger": 1}}
    async with store.begin() as session:
        assert await readings.retract(session, edited.message, edited.message_hash, NOON)
    assert await counted(store) == {}


async def test_a_second_delivery_is_not_counted_twice(store: Store, pseudonyms: Pseudonyms, alice: UUID) -> None:
    """Neither is what is undone."""
    new = await new_reading(store, pseudonyms, ALICE, NOON)
    for _ in range(2):
        async with store.begin() as session:
            await readings.keep(session, new)
    again = await new_reading(store, pseudonyms, ALICE, NOON + timedelta(seconds=1))
    async with store.sessions() as session:
        assert await readings.keep(session, again)
        await session.rollback()
    assert await counted(store) == {(NOON, alice): {"joy": 1}}


@pytest.mark.parametrize("begins", ["Asia/Seoul", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns"])
async def test_a_day_is_exact_in_every_time_zone(
    store: Store, pseudonyms: Pseudonyms, alice: UUID, begins: str
) -> None:
    """A message of the moment before midnight, and of midnight, where the zone's hours are not UTC's as well."""
    midnight = datetime(2026, 11, 20, tzinfo=ZoneInfo(begins))
    moment, day = timedelta(microseconds=1), timedelta(days=1)
    for when, label in (
        (midnight - moment, Emotion.FEAR),
        (midnight, Emotion.JOY),
        (midnight + timedelta(hours=9), Emotion.JOY),
        (midnight + day - moment, Emotion.SURPRISE),
        (midnight + day, Emotion.FEAR),
    ):
        await wrote(store, pseudonyms, ALICE, when, label=label)
    async with store.read() as session:
        (found,) = (await cells.written(session, HERE, {midnight.date(): (midnight, midnight + day)})).values()
    assert found == {alice: {Emotion.JOY: 2, Emotion.SURPRISE: 1}}


@pytest.mark.parametrize("minute", [15, 30, 45])
async def test_who_wrote_on_the_other_side_of_midnight_alone_is_not_in_the_day(
    store: Store, pseudonyms: Pseudonyms, alice: UUID, minute: int
) -> None:
    """Midnight is within an hour that both days share. Nobody comes into a day with nothing, or with less than that."""
    boram = pseudonyms.person(BORAM)
    midnight = NOON + timedelta(minutes=minute)
    await wrote(store, pseudonyms, ALICE, midnight - timedelta(microseconds=1), label=Emotion.JOY)
    await wrote(store, pseudonyms, BORAM, midnight, label=Emotion.FEAR)
    before, after = (midnight - 24 * HOUR, midnight), (midnight, midnight + 24 * HOUR)
    async with store.read() as session:
        for spans, found in (
            ([before, after], [{alice: {Emotion.JOY: 1}}, {boram: {Emotion.FEAR: 1}}]),
            ([after], [{boram: {Emotion.FEAR: 1}}]),
            ([before], [{alice: {Emotion.JOY: 1}}]),
            ([], []),
        ):
            assert await hours.written(session, TEAM, CHANNEL, spans, CONSENTS) == found


@pytest.mark.parametrize("seed", range(3))
async def test_spans_of_any_kind_are_exact(store: Store, pseudonyms: Pseudonyms, alice: UUID, seed: int) -> None:
    """Shorter than an hour or days long, within each other or apart, none at all; they begin and end anywhere."""
    chance = random.Random(seed)  # noqa: S311 - moments and choices, not secrets
    people = {ALICE: alice, BORAM: pseudonyms.person(BORAM)}
    stands = [
        (
            NOON + timedelta(minutes=chance.randrange(1440), seconds=number),
            chance.choice([*people]),
            chance.choice(EMOTIONS),
        )
        for number in range(60)
    ]
    for moment, who, label in stands:
        await wrote(store, pseudonyms, who, moment, label=label)
    ends = [NOON + timedelta(minutes=minutes) for minutes in (0, 30, 720, 1440)] + [moment for moment, _, _ in stands]
    pairs = [sorted(chance.sample(ends, 2)) for _ in range(40)]
    spans: list[Span] = [(NOON, NOON), *((opens, closes) for opens, closes in pairs)]
    async with store.read() as session:
        found = await hours.written(session, TEAM, CHANNEL, spans, CONSENTS)
    for (opens, closes), parts in zip(spans, found, strict=True):
        expected: dict[UUID, Counter[Emotion]] = {}
        for moment, who, label in stands:
            if opens <= moment < closes:
                expected.setdefault(people[who], Counter())[label] += 1
        assert parts == expected


async def test_retention_that_ends_within_an_hour_leaves_what_is_younger(
    store: Store, pseudonyms: Pseudonyms, clock: Clock, alice: UUID
) -> None:
    """Of three messages of one hour the older two go; the hour before goes whole."""
    clock.now = NOON + timedelta(days=10, minutes=30)
    for minutes, label in ((-40, Emotion.JOY), (5, Emotion.JOY), (20, Emotion.FEAR), (30, Emotion.FEAR)):
        await wrote(store, pseudonyms, ALICE, NOON + timedelta(minutes=minutes), label=label)
    privacy = Privacy(store, pseudonyms, clock)
    assert await privacy.retain(10) == 3
    assert await counted(store) == {(NOON, alice): {"fear": 1}}


@pytest.mark.usefixtures("alice")
async def test_what_other_code_does_to_the_readings_is_counted_too(store: Store, pseudonyms: Pseudonyms) -> None:
    """Plain SQL that copies, moves, and deletes many at once: the triggers do not ask who it is."""
    for minutes in range(0, 180, 20):
        await wrote(store, pseudonyms, ALICE, NOON + timedelta(minutes=minutes))
    columns = "time, user_id, team_id, text_hash, model_version, temperature, logits, probs, top_label, top_p, entropy"
    copy = f"SELECT 'C9', message_ts, meta, {columns} FROM emotion_readings"  # noqa: S608 - all of it is ours
    await execute(store, f"INSERT INTO emotion_readings (channel_id, message_ts, meta, {columns}) {copy}")
    assert await wrong(store) == 0
    async with store.begin() as session:
        late = ReadingRow.time >= NOON + 2 * HOUR
        await session.execute(update(ReadingRow).where(late).values(top_label="fear", user_id=pseudonyms.person(BORAM)))
    assert await wrong(store) == 0
    async with store.begin() as session:
        await session.execute(delete(ReadingRow).where(ReadingRow.channel_id == CHANNEL))
    assert {labels.get("joy", labels.get("fear")) for labels in (await counted(store)).values()} == {3}
    assert await wrong(store) == 0
    await execute(store, "DELETE FROM emotion_readings")
    assert await counted(store) == {}


async def test_what_is_stored_and_deleted_in_one_transaction_was_never_there(
    store: Store, pseudonyms: Pseudonyms, alice: UUID
) -> None:
    """In whichever order the two are counted; beside another message of that hour, and without one."""
    await wrote(store, pseudonyms, ALICE, NOON, label=Emotion.FEAR)
    for moment in (NOON + timedelta(minutes=1), NOON + 5 * HOUR):
        new = await new_reading(store, pseudonyms, ALICE, moment)
        async with store.begin() as session:
            assert await readings.keep(session, new)
            assert await readings.remove(session, new.message, None)
    assert await counted(store) == {(NOON, alice): {"fear": 1}}


@pytest.mark.postgres
async def test_emptying_the_readings_empties_the_hours(postgresql_url: str, pseudonyms: Pseudonyms) -> None:
    """PostgreSQL has a statement of its own for that, which deletes no rows."""
    async with opened(postgresql_url) as store:
        await consenting(store, pseudonyms, [ALICE], NOON)
        await wrote(store, pseudonyms, ALICE, NOON)
        assert len(await counted(store)) == 1
        await execute(store, "TRUNCATE emotion_readings")
        assert await counted(store) == {}


async def test_a_picture_asks_the_hours_and_not_the_readings(store: Store, pseudonyms: Pseudonyms, alice: UUID) -> None:
    """No statement names the readings where a day begins with the hour; elsewhere some are looked at, all in one."""
    await wrote(store, pseudonyms, ALICE, NOON)
    asked: list[str] = []
    event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    for zone, looks in (("Asia/Seoul", False), ("Asia/Kolkata", True), ("Asia/Kathmandu", True)):
        asked.clear()
        opens = datetime(2026, 11, 20, tzinfo=ZoneInfo(zone))
        async with store.read() as session:
            found = await cells.written(session, HERE, {opens.date(): (opens, opens + timedelta(days=1))})
        assert found[opens.date()] == {alice: {Emotion.JOY: 1}}
        (statement,) = (statement for statement in asked if not statement.startswith("BEGIN"))
        assert ("emotion_readings" in statement) is looks
        assert "reading_hours" in statement


async def test_sqlite_goes_to_the_place_and_through_nothing_else(sqlite_url: str) -> None:
    """The hours lie in the order of their key, and of the readings an index gives those between two moments."""
    asked: list[tuple[str, Any]] = []
    opens = datetime(2026, 11, 20, tzinfo=ZoneInfo("Asia/Kolkata"))
    async with opened(sqlite_url) as store, store.read() as session:
        event.listen(store.engine.sync_engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
        await hours.written(session, TEAM, CHANNEL, [(opens, opens + timedelta(days=1))], CONSENTS)
        statement, parameters = asked[-1]
        connection = await session.connection()
        plan = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
        steps = [step for *_, step in plan]
    assert any(step.startswith("SEARCH reading_hours USING PRIMARY KEY") and "hour>" in step for step in steps)
    assert any(step.startswith("SEARCH emotion_readings") and "time>" in step for step in steps)
    assert not any(
        step.startswith(f"SCAN {table}") for step in steps for table in ("reading_hours", "emotion_readings")
    )


async def test_a_wrong_count_is_found_and_put_right(store: Store, pseudonyms: Pseudonyms, alice: UUID) -> None:
    """As after somebody has written the hours by hand: one that is too high, one that is missing, one too many."""
    for hour in range(3):
        await wrote(store, pseudonyms, ALICE, NOON + hour * HOUR)
    right = await counted(store)
    assert await wrong(store) == 0
    async with store.begin() as session:
        await session.execute(update(HourRow).where(HourRow.hour == NOON).values(joy=7))
        await session.execute(delete(HourRow).where(HourRow.hour == NOON + HOUR))
        session.add(HourRow(team_id=TEAM, channel_id="C9", hour=NOON, user_id=alice, **dict.fromkeys(EMOTIONS, 1)))
    assert await wrong(store) == 3
    async with store.begin() as session:
        assert await hours.rebuild(session) == 3
    assert await wrong(store) == 0
    assert await counted(store) == right


@pytest.mark.usefixtures("alice")
async def test_a_wrong_count_keeps_nobody_from_being_erased(store: Store, pseudonyms: Pseudonyms, clock: Clock) -> None:
    """Whether it is too low or missing: the readings go, and nothing of the hours stays."""
    clock.now = NOON + timedelta(days=40)
    for number in range(12):  # two messages of each in each of three hours
        await wrote(store, pseudonyms, (ALICE, BORAM)[number % 2], NOON + number * timedelta(minutes=15))
    async with store.begin() as session:
        await session.execute(update(HourRow).where(HourRow.hour == NOON).values(joy=1))
        await session.execute(delete(HourRow).where(HourRow.hour == NOON + HOUR))
    privacy = Privacy(store, pseudonyms, clock)
    await privacy.erase(ALICE, actor=None, reason="left")
    assert set((await privacy.holdings(ALICE)).values()) == {0}
    assert {who for _, who in await counted(store)} == {pseudonyms.person(BORAM)}
    assert await privacy.retain(30) == 6
    assert await counted(store) == {}


@pytest.mark.parametrize("earlier", ["0003", "0004"])
async def test_an_upgrade_counts_what_stands_and_a_downgrade_leaves_the_readings(
    database_url: str, pseudonyms: Pseudonyms, earlier: str
) -> None:
    """Readings from before the hours are in them afterwards; the earlier version can go on writing and deleting."""
    async with opened(database_url) as store:
        await consenting(store, pseudonyms, [ALICE, BORAM], NOON)
        for minutes in range(0, 300, 7):
            who, label = (ALICE, BORAM)[minutes % 2], EMOTIONS[minutes % 5]
            await wrote(store, pseudonyms, who, NOON + timedelta(minutes=minutes), label=label)
        right = await counted(store)
    await asyncio.to_thread(migrate.downgrade, database_url, earlier)
    try:
        async with opened(database_url) as store:
            await _write_and_delete_as_before(store, message_id(NOON + timedelta(seconds=1)))
    finally:
        await asyncio.to_thread(migrate.upgrade, database_url)
    async with opened(database_url) as store:
        assert await counted(store) == right
        assert await wrong(store) == 0


async def _write_and_delete_as_before(store: Store, message: MessageId) -> None:
    """A message like the first, by no code of today's: the key was another one."""
    changed = {"message_ts": literal(message.ts), "time": literal(message.time, type_=Instant)}
    columns: dict[str, Any] = {**ReadingRow.__table__.columns, **changed}
    like = select(*columns.values()).where(ReadingRow.message_ts == message_id(NOON).ts)
    for statement in (
        insert(ReadingRow).from_select(list(columns), like),
        delete(ReadingRow).where(ReadingRow.message_ts == message.ts).returning(ReadingRow.message_ts),
    ):
        async with store.begin() as session:
            done = await session.execute(statement)
    assert len(done.all()) == 1


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(3))
async def test_two_processes_that_write_and_delete_in_one_hour_lose_no_count(  # noqa: PLR0913 - fixtures and a seed
    store: Store, database_url: str, *, pseudonyms: Pseudonyms, clock: Clock, alice: UUID, seed: int
) -> None:
    """Two people, one hour: stored, edited and deleted at once, with erasures and retention in between. No error."""
    clock.now = NOON + timedelta(days=3)
    async with opened(database_url) as other:
        stores = (store, other)

        async def live(number: int) -> None:
            chance = random.Random(f"{seed}/{number}")  # noqa: S311 - pauses and choices, not secrets
            who, through = (ALICE, BORAM)[number % 2], stores[number // 2 % 2]
            moment = NOON + timedelta(seconds=number * 40)
            await asyncio.sleep(chance.random() / 5)
            label = chance.choice(EMOTIONS)
            for _ in range(chance.randint(1, 3)):
                await change(through, pseudonyms, who, moment, label)
                label = chance.choice(EMOTIONS)
            if chance.random() < 0.4:
                message = message_id(moment)
                async with through.begin() as session:
                    await readings.retract(session, message, pseudonyms.message(message), NOON)

        async def forget(process: int) -> None:
            chance = random.Random(f"{seed}/forget/{process}")  # noqa: S311 - as above
            privacy = Privacy(stores[process], pseudonyms, clock)
            for _ in range(3):
                await asyncio.sleep(chance.random() / 5)
                await privacy.retain(3) if process else await privacy.erase(BORAM, actor=None, reason="left")
                await consenting(stores[process], pseudonyms, [BORAM], NOON - timedelta(days=1))

        await asyncio.gather(*(live(number) for number in range(60)), forget(0), forget(1))
        assert await wrong(store) == 0
        assert all(count > 0 for labels in (await counted(store)).values() for count in labels.values())
        async with store.read() as session:
            left = (await session.scalars(select(ReadingRow.user_id))).all()
        assert alice in left


async def change(store: Store, pseudonyms: Pseudonyms, who: Person, moment: datetime, label: Emotion) -> None:
    """Store the message, or the edit of it, unless its author is being erased."""
    try:
        new = await new_reading(store, pseudonyms, who, moment, label=label)
    except AssertionError:  # no consent at this moment
        return
    async with store.begin() as session:
        await readings.replace(session, new)
